"""Sealed messages: covered, carried, opened, receipted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import BLOCK, Device, b64, device_of, post
from tests.web.keys.test_devices import told
from tests.web.statements import sent
from tests.web.vanishing import WAYS, come_back, set_columns, vanish
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import Event
from web.core.jobs import JobLog
from web.keys.binary import LARGEST_CIPHERTEXT
from web.keys.events import SecretMessageDelivered, SecretMessageRead, SecretMessageSent
from web.keys.models import SecretMessage
from web.keys.schemas import MOST_DEVICES

Emitted = Callable[..., list[Event]]


def events(emitted: Emitted) -> list[type[Event]]:
    wanted = (SecretMessageSent, SecretMessageDelivered, SecretMessageRead)
    return [type(event) for event in emitted() if isinstance(event, wanted)]


def test_two_write_each_other(minas: Device, joons: Device, emitted: Emitted) -> None:
    minas.send("안녕, Joon", joons.owner.id)
    joons.send("hello, Mina 🦊", minas.owner.id)
    assert joons.read(minas.owner) == ["안녕, Joon"]
    assert minas.read(joons.owner) == ["hello, Mina 🦊"]
    assert events(emitted) == [SecretMessageSent] * 2


def test_every_device_gets_its_own_copy(app: App, api: Api, minas: Device, joons: Device) -> None:
    tablet, laptop = device_of(api, minas.owner, app), device_of(api, joons.owner, app)
    minas.send("hello", joons.owner.id)
    assert [device.read(joons.owner) for device in (minas, tablet)] == [[], ["hello"]]
    assert [device.read(minas.owner) for device in (joons, laptop)] == [["hello"], ["hello"]]
    joons.send("and you?", minas.owner.id)
    assert [device.read(joons.owner) for device in (minas, tablet)] == [["and you?"], ["hello", "and you?"]]
    assert laptop.read(minas.owner) == ["hello", "and you?"]


def test_a_device_without_a_copy_is_named(app: App, api: Api, minas: Device, joons: Device) -> None:
    message = minas.sealed("hello", joons.owner.id)
    laptop, tablet = device_of(api, joons.owner, app), device_of(api, minas.owner, app)
    error = post(minas, message, status=409)["error"]
    assert error["code"] == "DEVICES_CHANGED"
    missing = {
        (device["user_id"], device["device_id"], device["public_key"])
        for device in error["details"]["missing"]
    }
    assert missing == {
        (str(device.owner.id), str(device.id), device.public_key) for device in (laptop, tablet)
    }
    assert error["details"]["stale"] == []
    for device in error["details"]["missing"]:
        message["copies"].append(minas.seal("hello", device["public_key"]))
    post(minas, message)
    assert laptop.read(minas.owner) == tablet.read(joons.owner) == ["hello"]


def test_a_copy_for_a_former_key_is_named(minas: Device, joons: Device) -> None:
    message, former = minas.sealed("hello", joons.owner.id), joons.public_key
    joons.rotate()
    details = post(minas, message, status=409)["error"]["details"]
    assert details["stale"] == [former]
    assert [device["public_key"] for device in details["missing"]] == [joons.public_key]


def test_a_copy_for_somebody_else_is_refused(api: Api, sora: Person, minas: Device, joons: Device) -> None:
    stranger = device_of(api, sora)
    message = minas.sealed("hello", joons.owner.id)
    message["copies"].append(minas.seal("hello", stranger.public_key))
    assert post(minas, message, status=409)["error"]["details"]["stale"] == [stranger.public_key]


def test_the_sending_key_is_one_of_ones_own(minas: Device, joons: Device) -> None:
    message = minas.sealed("hello", joons.owner.id) | {"sender_public_key": joons.public_key}
    details = post(minas, message, status=409)["error"]["details"]
    assert joons.public_key in details["stale"]
    assert [device["public_key"] for device in details["missing"]] == [minas.public_key]


def test_no_device_gets_two_copies(minas: Device, joons: Device) -> None:
    message = minas.sealed("hello", joons.owner.id)
    message["copies"].append(minas.seal("hello again", joons.public_key))
    error = post(minas, message, status=422)["error"]
    assert error["code"] == "VALIDATION_FAILED"


def test_what_was_sealed_before_a_rotation_can_be_opened(minas: Device, joons: Device) -> None:
    minas.send("before", joons.owner.id)
    joons.rotate()
    minas.rotate()
    minas.send("after", joons.owner.id)
    assert joons.read(minas.owner) == ["before", "after"]


def test_the_same_client_id_is_the_same_message(minas: Device, joons: Device, emitted: Emitted) -> None:
    message = minas.sealed("hello", joons.owner.id)
    first = post(minas, message)
    joons.rotate()
    assert post(minas, message) == first
    assert events(emitted) == [SecretMessageSent]


def test_keys_have_to_be_exchanged_first(api: Api, sora: Person, minas: Device) -> None:
    soras = device_of(api, sora)
    assert minas.send("hello", sora.id, status=409)["error"]["code"] == "KEY_EXCHANGE_NEEDED"
    api.post("/key-exchanges", {"recipient_id": str(sora.id), "public_key": minas.public_key}, minas.owner)
    assert minas.send("hello", sora.id, status=409)["error"]["code"] == "KEY_EXCHANGE_NEEDED"
    assert soras.read(minas.owner) == []


def test_nothing_is_taken_for_somebody_without_a_device(
    app: App, api: Api, minas: Device, joons: Device
) -> None:
    device_of(api, minas.owner, app)
    api.delete(f"/keys/me/{joons.id}", joons.owner)
    error = minas.send("hello", joons.owner.id, status=409)["error"]
    assert (error["code"], error["details"]) == ("NO_DEVICES", {"user_ids": [str(joons.owner.id)]})


def test_nobody_writes_to_themselves(minas: Device, joons: Device) -> None:
    message = minas.sealed("hello", joons.owner.id) | {"recipient_id": str(minas.owner.id)}
    assert post(minas, message, status=422)["error"]["code"] == "SELF_EXCHANGE"


def test_who_agreed_takes_messages_whatever_the_setting_says_by_now(
    minas: Device, joons: Device, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, joons.owner, who_can_send_messages="friends_only")
    minas.send("hello", joons.owner.id)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": b64(b"n" * 23)},
        {"nonce": b64(b"n" * 25)},
        {"ciphertext": b64(b"c" * 16)},  # the tag of nothing
        {"ciphertext": b64(b"c" * (LARGEST_CIPHERTEXT + 1))},
        {"public_key": b64(b"\0" * 32)},
        {"ciphertext": "plain text"},
        {"ciphertext": None},
        {"text": "hello"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_not_sealed_is_refused(minas: Device, joons: Device, change: Any) -> None:
    message = minas.sealed("hello", joons.owner.id)
    message["copies"][0] |= change
    assert post(minas, message, status=422)["error"]["code"] == "VALIDATION_FAILED"


def test_the_largest_message_for_the_most_devices_fits(
    app: App, api: Api, minas: Device, joons: Device
) -> None:
    for _ in range(MOST_DEVICES - 1):
        device_of(api, minas.owner, app)
        device_of(api, joons.owner, app)
    text = "x" * ((LARGEST_CIPHERTEXT - 16) // BLOCK * BLOCK - 1)
    minas.send(text, joons.owner.id)
    assert joons.read(minas.owner) == [text]


def test_receipts_come_once_and_to_the_sender(
    api: Api, minas: Device, joons: Device, emitted: Emitted
) -> None:
    def state() -> tuple[bool, bool]:
        [item] = api.get(f"/secret-messages?peer={joons.owner.id}", minas.owner)["items"]
        return item["delivered_at"] is not None, item["read_at"] is not None

    message = minas.send("hello", joons.owner.id)
    address = f"/secret-messages/{message['id']}"
    assert state() == (False, False)
    for step, expected in (("delivered", (True, False)), ("read", (True, True))):
        for _ in range(2):
            api.put(f"{address}/{step}", joons.owner, status=204)
        assert state() == expected
    assert events(emitted) == [SecretMessageSent, SecretMessageDelivered, SecretMessageRead]


def test_what_is_read_has_been_delivered(api: Api, minas: Device, joons: Device, emitted: Emitted) -> None:
    message = minas.send("hello", joons.owner.id)
    api.put(f"/secret-messages/{message['id']}/read", joons.owner, status=204)
    api.put(f"/secret-messages/{message['id']}/delivered", joons.owner, status=204)
    [item] = api.get(f"/secret-messages?peer={joons.owner.id}", minas.owner)["items"]
    assert item["delivered_at"] == item["read_at"] is not None
    assert events(emitted) == [SecretMessageSent, SecretMessageRead]


def test_only_its_recipient_receipts_a_message(api: Api, sora: Person, minas: Device, joons: Device) -> None:
    message = minas.send("hello", joons.owner.id)
    for who in (minas.owner, sora):
        for step in ("delivered", "read"):
            api.put(f"/secret-messages/{message['id']}/{step}", who, status=404)
    api.put(f"/secret-messages/{uuid4()}/read", joons.owner, status=404)


def test_what_waits_of_one_sender_is_one_notification(api: Api, minas: Device, joons: Device) -> None:
    def unread() -> int:
        items = api.get("/notifications?unread_only=true", joons.owner)["items"]
        return [item["type"] for item in items].count("secret_message")

    messages = [minas.send(text, joons.owner.id) for text in ("one", "two")]
    assert told(api, joons.owner).count("secret_message") == 1
    assert unread() == 1
    api.put(f"/secret-messages/{messages[1]['id']}/read", joons.owner, status=204)
    assert unread() == 0


def test_nobody_else_reads_along(api: Api, sora: Person, minas: Device, joons: Device) -> None:
    minas.send("hello", joons.owner.id)
    for peer in (minas.owner, joons.owner):
        assert api.get(f"/secret-messages?peer={peer.id}", sora)["items"] == []
        stolen = f"/secret-messages?peer={peer.id}&device_id={joons.id}"
        assert api.get(stolen, sora)["items"] == []
    # Nor does the sender get the recipient's copy.
    [item] = api.get(f"/secret-messages?peer={joons.owner.id}&device_id={joons.id}", minas.owner)["items"]
    assert item["sealed"] is None


@pytest.mark.parametrize("way", WAYS)
def test_who_is_out_of_sight_neither_writes_nor_is_read(
    app: App, api: Api, minas: Device, joons: Device, owner_engine: sa.Engine, way: str
) -> None:
    mina, joon = minas.owner, joons.owner
    message = joons.send("hello", mina.id)
    reply = minas.sealed("bye", joon.id)
    vanish(app, owner_engine, joon, mina, way)
    assert post(minas, reply, status=404)["error"]["code"] == "NOT_FOUND"
    api.get(f"/secret-messages?peer={joon.id}&device_id={minas.id}", mina, status=404)
    for step in ("delivered", "read"):
        api.put(f"/secret-messages/{message['id']}/{step}", mina, status=404)
    come_back(app, owner_engine, joon, mina, way)
    assert minas.read(joon) == ["hello"]


def test_one_message_is_there_for_its_two_with_the_copy_of_a_device(
    app: App, api: Api, minas: Device, joons: Device, sora: Person, owner_engine: sa.Engine
) -> None:
    sent = minas.send("hello", joons.owner.id)
    page = f"/secret-messages/{sent['id']}"
    item = api.get(f"{page}?device_id={joons.id}", joons.owner)
    assert joons.open(item, item["sealed"]) == "hello"
    assert api.get(page, minas.owner)["sealed"] is None
    api.get(page, sora, status=404)
    api.get(f"/secret-messages/{uuid4()}", minas.owner, status=404)
    api.put(f"/users/{minas.owner.id}/block", joons.owner)
    for who in (minas.owner, joons.owner):
        api.get(page, who, status=404)


def test_pages_go_back_in_time_with_as_many_statements_for_many(
    app: App, api: Api, minas: Device, joons: Device
) -> None:
    def count() -> int:
        with sent(app) as statements:
            api.get(f"/secret-messages?peer={minas.owner.id}&device_id={joons.id}", joons.owner)
        return len(statements)

    minas.send("0", joons.owner.id)
    count()
    one = count()
    for number in range(1, 5):
        minas.send(str(number), joons.owner.id)
    assert joons.read(minas.owner) == ["0", "1", "2", "3", "4"]
    assert count() == one


def test_a_cursor_belongs_to_its_conversation(api: Api, sora: Person, minas: Device, joons: Device) -> None:
    for text in ("one", "two"):
        minas.send(text, joons.owner.id)
    page = api.get(f"/secret-messages?peer={joons.owner.id}&limit=1", minas.owner)
    other = f"/secret-messages?peer={sora.id}&limit=1&cursor={page['next_cursor']}"
    assert api.get(other, minas.owner, status=400)["error"]["code"] == "INVALID_CURSOR"


def test_messages_are_carried_for_90_days(
    app: App, api: Api, clock: FixedClock, minas: Device, joons: Device, run_jobs: Callable[[], int]
) -> None:
    start = clock.now()

    def left_after(time: timedelta) -> list[str]:
        clock.moment = start + time
        with app.work() as services:
            services[JobLog].add("keys.clean_up")
        run_jobs()
        clock.moment = start
        return joons.read(minas.owner)

    minas.send("old", joons.owner.id)
    clock.moment += timedelta(days=1)
    minas.send("newer", joons.owner.id)
    assert left_after(timedelta(days=90)) == ["old", "newer"]
    assert left_after(timedelta(days=90, seconds=1)) == ["newer"]


def test_what_is_too_old_is_shown_to_nobody_before_it_is_deleted(
    api: Api, clock: FixedClock, minas: Device, joons: Device, owner_engine: sa.Engine
) -> None:
    def unread() -> int:
        [exchange] = api.get("/key-exchanges", joons.owner)["items"]
        count: int = exchange["unread"]
        return count

    message = minas.send("old", joons.owner.id)
    with owner_engine.begin() as connection:
        connection.execute(sa.update(SecretMessage).values(created_at=clock.moment - timedelta(days=90)))
    minas.send("newer", joons.owner.id)
    assert (joons.read(minas.owner), unread()) == (["old", "newer"], 2)
    clock.moment += timedelta(microseconds=1)
    assert (joons.read(minas.owner), unread()) == (["newer"], 1)
    for who in (minas.owner, joons.owner):
        api.get(f"/secret-messages/{message['id']}", who, status=404)
    for what in ("delivered", "read"):
        api.put(f"/secret-messages/{message['id']}/{what}", joons.owner, status=404)
