"""Two members agree to exchange keys."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, befriend, make_person
from tests.web.conftest import Api
from tests.web.keys.clients import Device, agree, ask, device_of, exchange
from tests.web.keys.test_devices import told
from tests.web.statements import sent
from tests.web.swapped import swapped
from tests.web.together import together
from tests.web.vanishing import WAYS, come_back, set_columns, vanish
from web.core.app import App
from web.core.events import Event
from web.core.settings import Limits, Settings
from web.core.throttle import Throttle
from web.keys.events import KeyExchangeDone, KeyExchangeEnded, KeyExchangeStarted
from web.keys.my_data import exchanges

Emitted = Callable[..., list[Event]]


@pytest.fixture
def minas(app: App, api: Api, mina: Person) -> Device:
    return device_of(api, mina, app)


@pytest.fixture
def joons(api: Api, joon: Person) -> Device:
    return device_of(api, joon)


def listed(api: Api, who: Person, query: str = "") -> list[tuple[str, str, str]]:
    items = api.every_page(f"/key-exchanges{query}", who, limit=1)
    return [(item["peer"]["username"], item["direction"], item["status"]) for item in items]


def named(emitted: Emitted) -> list[type[Event]]:
    wanted = (KeyExchangeStarted, KeyExchangeDone, KeyExchangeEnded)
    return [type(event) for event in emitted() if isinstance(event, wanted)]


def test_one_asks_and_the_other_agrees(
    api: Api, mina: Person, joon: Person, minas: Device, joons: Device, emitted: Emitted
) -> None:
    asked = ask(minas, joon)
    assert (asked["status"], asked["recipient_public_key"]) == ("pending", None)
    assert (listed(api, mina), listed(api, joon)) == (
        [("joon", "sent", "pending")],
        [("mina", "received", "pending")],
    )
    done = agree(joons, asked)
    assert done["status"] == "completed"
    assert done["initiator_public_key"] == minas.public_key
    assert done["recipient_public_key"] == joons.public_key
    assert listed(api, mina, "?status=completed") == [("joon", "sent", "completed")]
    assert listed(api, mina, "?status=pending") == []
    assert (told(api, joon), told(api, mina)) == (["key_exchange_started"], ["key_exchange_done"])
    assert named(emitted) == [KeyExchangeStarted, KeyExchangeDone]


def test_completing_twice_is_a_conflict(minas: Device, joons: Device, joon: Person) -> None:
    asked = ask(minas, joon)
    agree(joons, asked)
    error = agree(joons, asked, status=409)["error"]
    assert (error["code"], error["details"]["exchange_id"]) == ("KEY_EXCHANGE_COMPLETED", asked["id"])
    assert ask(minas, joon, status=409)["error"]["code"] == "KEY_EXCHANGE_COMPLETED"
    assert ask(joons, minas.owner, status=409)["error"]["code"] == "KEY_EXCHANGE_COMPLETED"


def test_asking_twice_is_asking_once(minas: Device, joon: Person, api: Api, emitted: Emitted) -> None:
    asked = ask(minas, joon)
    minas.rotate()
    again = ask(minas, joon)
    assert again == asked | {"initiator_public_key": minas.public_key}
    assert named(emitted) == [KeyExchangeStarted]
    assert told(api, joon) == ["key_exchange_started"]


def test_who_asks_somebody_who_asked_agrees(minas: Device, joons: Device) -> None:
    asked = ask(minas, joons.owner)
    agreed = ask(joons, minas.owner)
    assert (agreed["id"], agreed["status"]) == (asked["id"], "completed")


def test_both_may_ask_at_once(minas: Device, joons: Device, emitted: Emitted) -> None:
    both = together([lambda: ask(minas, joons.owner), lambda: ask(joons, minas.owner)])
    assert both[0]["id"] == both[1]["id"]
    assert sorted(answer["status"] for answer in both) == ["completed", "pending"]
    # Within a millisecond the ids that events are read by have no order.
    assert sorted(named(emitted), key=str) == [KeyExchangeDone, KeyExchangeStarted]


def test_agreeing_at_once_is_agreeing_once(minas: Device, joons: Device, emitted: Emitted) -> None:
    asked = ask(minas, joons.owner)
    answers = together([lambda: agree(joons, asked, status="*")] * 4)  # type: ignore[arg-type]
    assert sorted("error" in answer for answer in answers) == [False, True, True, True]
    assert named(emitted) == [KeyExchangeStarted, KeyExchangeDone]


def test_only_who_was_asked_can_agree(api: Api, sora: Person, minas: Device, joons: Device) -> None:
    asked = ask(minas, joons.owner)
    assert agree(minas, asked, status=403)["error"]["code"] == "FORBIDDEN"
    agree(device_of(api, sora), asked, status=404)
    agree(joons, {"id": uuid4()}, status=404)


def test_the_key_is_one_of_ones_own(api: Api, sora: Person, minas: Device, joons: Device) -> None:
    stranger = Device(api, sora)
    assert ask(stranger, joons.owner, status=422)["error"]["code"] == "UNKNOWN_DEVICE_KEY"
    stranger.secret = minas.secret
    assert ask(stranger, joons.owner, status=422)["error"]["code"] == "UNKNOWN_DEVICE_KEY"
    joons.secret = minas.secret
    assert agree(joons, ask(minas, joons.owner), status=422)["error"]["code"] == "UNKNOWN_DEVICE_KEY"


def test_nobody_exchanges_keys_with_themselves(minas: Device) -> None:
    assert ask(minas, minas.owner, status=422)["error"]["code"] == "SELF_EXCHANGE"


def test_who_takes_no_messages_is_not_asked(
    app: App, minas: Device, joons: Device, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, joons.owner, who_can_send_messages="friends_only")
    assert ask(minas, joons.owner, status=403)["error"]["code"] == "MESSAGES_NOT_ACCEPTED"
    befriend(app, minas.owner, joons.owner)
    ask(minas, joons.owner)


def test_who_asks_takes_the_answer_whatever_the_setting_says(
    minas: Device, joons: Device, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, minas.owner, who_can_send_messages="friends_only")
    ask(minas, joons.owner)
    assert ask(joons, minas.owner)["status"] == "completed"


def test_who_is_declined_is_not_told_and_waits(
    api: Api, mina: Person, joon: Person, minas: Device, joons: Device
) -> None:
    asked = ask(minas, joon)
    api.delete(f"/key-exchanges/{asked['id']}", joon)
    api.delete(f"/key-exchanges/{asked['id']}", joon, status=404)
    assert (listed(api, mina), listed(api, joon)) == ([("joon", "sent", "pending")], [])
    assert ask(minas, joon) == asked
    assert listed(api, joon) == []
    assert told(api, mina) == []
    assert agree(joons, asked)["status"] == "completed"  # a second thought


def test_who_is_declined_takes_it_back_and_asks_anew_in_vain(
    app: App, api: Api, mina: Person, joon: Person, minas: Device, joons: Device, emitted: Emitted
) -> None:
    asked = ask(minas, joon)
    api.delete(f"/key-exchanges/{asked['id']}", joon)
    for _ in range(2):
        api.delete(f"/key-exchanges/{asked['id']}", mina)
        for who in (mina, joon):
            api.delete(f"/key-exchanges/{asked['id']}", who, status=404)
            assert listed(api, who) == []
        with app.work() as services:
            copied = [list(exchanges(services, who.id)) for who in (mina, joon)]
        assert [len(records) for records in copied] == [0, 1]
        agree(joons, asked, status=404)
        agree(minas, asked, status=404)
        assert told(api, joon) == []
        assert ask(minas, joon)["direction"] == "sent"
        assert (listed(api, mina), listed(api, joon)) == ([("joon", "sent", "pending")], [])
    assert named(emitted) == [KeyExchangeStarted]
    assert agree(joons, asked)["status"] == "completed"  # a second thought


def test_who_declined_asks_who_has_taken_it_back(
    api: Api, mina: Person, joon: Person, minas: Device, joons: Device
) -> None:
    asked = ask(minas, joon)
    for who in (joon, mina):
        api.delete(f"/key-exchanges/{asked['id']}", who)
    anew = ask(joons, mina)
    assert (anew["direction"], anew["status"]) == ("sent", "pending")  # nobody has agreed to anything
    assert listed(api, mina) == [("joon", "received", "pending")]
    assert agree(minas, anew)["status"] == "completed"


def test_what_was_asked_can_be_taken_back(
    api: Api, mina: Person, joon: Person, minas: Device, joons: Device
) -> None:
    asked = ask(minas, joon)
    api.delete(f"/key-exchanges/{asked['id']}", mina)
    assert (listed(api, joon), told(api, joon)) == ([], [])
    agree(joons, asked, status=404)


def test_asking_and_taking_back_again_and_again_ends(
    app: App, api: Api, settings: Settings, mina: Person, joon: Person, minas: Device, joons: Device
) -> None:
    strict = replace(settings, limits=Limits(requests="2/hour"))
    with swapped(app, Throttle, Throttle(strict, app.valkey)):
        for _ in range(2):
            asked = ask(minas, joon)
            assert ask(minas, joon) == asked  # is nothing new
            api.delete(f"/key-exchanges/{asked['id']}", mina)
        assert ask(minas, joon, status=429)["error"]["code"] == "RATE_LIMITED"
        agree(minas, ask(joons, mina))


@pytest.mark.parametrize("who", ["mina", "joon"])
def test_either_can_end_it_and_both_can_agree_anew(
    api: Api, mina: Person, joon: Person, minas: Device, joons: Device, emitted: Emitted, who: str
) -> None:
    done = exchange(minas, joons)
    api.delete(f"/key-exchanges/{done['id']}", {"mina": mina, "joon": joon}[who])
    assert (listed(api, mina), listed(api, joon)) == ([], [])
    assert named(emitted)[-1] is KeyExchangeEnded
    minas.send("hello", joon.id, status=409)
    exchange(joons, minas)
    minas.send("hello", joon.id)


@pytest.mark.parametrize("way", WAYS)
def test_who_is_out_of_sight_exchanges_no_keys(
    app: App, api: Api, mina: Person, minas: Device, joons: Device, owner_engine: sa.Engine, way: str
) -> None:
    asked, joon = ask(joons, mina), joons.owner
    vanish(app, owner_engine, joon, mina, way)
    assert listed(api, mina) == []
    assert api.call("GET", f"/keys/{joon.id}", mina).status_int == 404
    assert api.call("GET", f"/keys/{joon.id}/safety-number", mina).status_int == 404
    agree(minas, asked, status=404)
    api.delete(f"/key-exchanges/{asked['id']}", mina, status=404)
    ask(minas, joon, status=404)
    come_back(app, owner_engine, joon, mina, way)
    # A block has ended it; who was away for another reason finds it again.
    assert listed(api, mina) == ([] if "block" in way else [("joon", "received", "pending")])


def test_the_list_takes_as_many_statements_for_many(app: App, api: Api, minas: Device) -> None:
    def count() -> int:
        with sent(app) as statements:
            api.get("/key-exchanges", minas.owner)
        return len(statements)

    ask(device_of(api, make_person(app, "first")), minas.owner)
    count()  # sessions are looked up once
    one = count()
    for number in range(4):
        ask(device_of(api, make_person(app, f"other{number}")), minas.owner)
    assert count() == one


def test_unread_messages_are_counted(api: Api, minas: Device, joons: Device) -> None:
    def unread(who: Person) -> Any:
        [item] = api.get("/key-exchanges", who)["items"]
        return item["unread"]

    exchange(minas, joons)
    messages = [minas.send(text, joons.owner.id) for text in ("one", "two")]
    assert (unread(joons.owner), unread(minas.owner)) == (2, 0)
    api.put(f"/secret-messages/{messages[0]['id']}/read", joons.owner, status=204)
    assert unread(joons.owner) == 1
