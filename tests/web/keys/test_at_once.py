"""Sealed messages, while something else happens at the same moment."""

from uuid import uuid4

import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import Device, device_of, exchange, post
from tests.web.keys.test_messages import Emitted, events
from tests.web.together import meanwhile, together
from web.core.app import App
from web.graph.service import GraphService
from web.keys.devices import DeviceKeyService
from web.keys.events import SecretMessageSent


def test_sending_at_once_is_sending_once(minas: Device, joons: Device, emitted: Emitted) -> None:
    message = minas.sealed("hello", joons.owner.id)
    answers = together([lambda: post(minas, message)] * 4)
    assert len({answer["id"] for answer in answers}) == 1
    assert joons.read(minas.owner) == ["hello"]
    assert events(emitted) == [SecretMessageSent]


def test_one_client_id_for_two_receivers_is_one_message(
    api: Api, sora: Person, minas: Device, joons: Device, emitted: Emitted
) -> None:
    soras = device_of(api, sora)
    exchange(minas, soras)
    client_id = {"client_id": str(uuid4())}
    messages = [minas.sealed("hello", device.owner.id) | client_id for device in (joons, soras)]
    answers = together([lambda message=message: post(minas, message) for message in messages])  # type: ignore[misc]
    assert answers[0] == answers[1]
    assert events(emitted) == [SecretMessageSent]


def test_a_message_waits_for_a_block_that_is_not_committed_yet(
    app: App, minas: Device, joons: Device, owner_engine: sa.Engine
) -> None:
    message = minas.sealed("hello", joons.owner.id)
    refused = meanwhile(
        app,
        owner_engine,
        lambda services: services[GraphService].block(joons.owner.id, minas.owner.id),
        lambda: post(minas, message, status=404),
    )
    assert refused["error"]["code"] == "NOT_FOUND"


def test_a_message_waits_for_the_end_of_a_device_that_is_not_committed_yet(
    app: App, api: Api, minas: Device, joons: Device, owner_engine: sa.Engine
) -> None:
    tablet = device_of(api, joons.owner, app)
    message = minas.sealed("hello", joons.owner.id)
    refused = meanwhile(
        app,
        owner_engine,
        lambda services: services[DeviceKeyService].remove(joons.owner.id, joons.owner.session_id, tablet.id),
        lambda: post(minas, message, status=409),
    )
    assert refused["error"]["details"] == {"missing": [], "stale": [tablet.public_key]}
