"""What sockets are told of keys and sealed messages."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import Device, agree, ask, device_of, exchange
from tests.web.statements import sent
from tests.web.vanishing import WAYS, vanish
from web.core.app import App
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner

Frames = Callable[[Person], list[Any]]
OURS = ("secret.", "keys.")


@pytest.fixture
def frames(app: App) -> Frames:
    """What a member gets who connects now, oldest first."""

    def frames(reader: Person) -> list[Any]:
        JobRunner(app, "relay").run_due()
        with app.reading() as services:
            inbox = services[Inbox]
            shown = inbox.frames(inbox.after(reader.id, 0, 100))
        found = [orjson.loads(frame) for frame in shown if frame]
        return [frame for frame in found if frame["event"].startswith(OURS)]

    return frames


@pytest.fixture
def pair(app: App, api: Api, mina: Person, joon: Person) -> tuple[Device, Device]:
    """Devices of two who have exchanged keys."""
    both = device_of(api, mina, app), device_of(api, joon, app)
    exchange(*both)
    return both


def named(frames: list[Any], *events: str) -> list[Any]:
    return [frame["data"] for frame in frames if frame["event"] in events]


def test_a_message_arrives_sealed_for_each_device(
    app: App, api: Api, mina: Person, joon: Person, pair: tuple[Device, Device], frames: Frames
) -> None:
    minas, joons = pair
    tablet = device_of(api, mina, app)
    message = minas.send("hello", joon.id)
    [received] = named(frames(joon), "secret.new")
    assert {name: received[name] for name in message} == message
    assert [joons.open(received, copy) for copy in received["copies"]] == ["hello"]
    # The sender's other device learns it from the frame, too.
    [own] = named(frames(mina), "secret.new")
    assert [tablet.open(own, copy) for copy in own["copies"]] == ["hello"]
    assert "hello" not in str(received) + str(own)


def test_receipts_reach_the_sender(
    api: Api, mina: Person, joon: Person, pair: tuple[Device, Device], frames: Frames
) -> None:
    message = pair[0].send("hello", joon.id)
    for step in ("delivered", "read"):
        api.put(f"/secret-messages/{message['id']}/{step}", joon, status=204)
    for who in (mina, joon):
        told = named(frames(who), "secret.delivered", "secret.read")
        assert [frame["message_id"] for frame in told] == [message["id"]] * 2
        assert {frame["user_id"] for frame in told} == {str(joon.id)}
        assert told[-1]["read_at"] is not None


def test_both_are_told_how_an_exchange_goes(api: Api, mina: Person, joon: Person, frames: Frames) -> None:
    minas, joons = device_of(api, mina), device_of(api, joon)
    done = agree(joons, ask(minas, joon))
    api.delete(f"/key-exchanges/{done['id']}", mina)
    for who, peer in ((mina, joon), (joon, mina)):
        told = named(frames(who), "keys.exchange")
        assert [frame["status"] for frame in told] == ["pending", "completed", "ended"]
        assert {(frame["exchange_id"], frame["peer_id"]) for frame in told} == {(done["id"], str(peer.id))}


def test_who_exchanged_keys_is_told_when_they_change(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, pair: tuple[Device, Device], frames: Frames
) -> None:
    before = len(named(frames(joon), "keys.changed"))
    pair[0].rotate()
    tablet = device_of(api, mina, app)
    api.delete(f"/keys/me/{tablet.id}", mina)
    for who in (joon, mina):
        told = named(frames(who), "keys.changed")[-3:]
        assert [frame["change"] for frame in told] == ["rotated", "added", "removed"]
        assert [frame["device_id"] for frame in told] == [str(pair[0].id), *[str(tablet.id)] * 2]
        assert {frame["user_id"] for frame in told} == {str(mina.id)}
    assert len(named(frames(joon), "keys.changed")) == before + 3
    assert frames(sora) == []


def test_who_is_only_asked_is_not_told_of_changes(
    app: App, api: Api, mina: Person, joon: Person, frames: Frames
) -> None:
    minas = device_of(api, mina, app)
    ask(minas, joon)
    minas.rotate()
    assert named(frames(joon), "keys.changed") == []


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_told_of_who_is_out_of_sight(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    pair: tuple[Device, Device],
    frames: Frames,
    owner_engine: sa.Engine,
    way: str,
) -> None:
    message = pair[1].send("hello", mina.id)
    reply = pair[0].send("hello back", joon.id)
    api.put(f"/secret-messages/{message['id']}/read", mina, status=204)
    api.put(f"/secret-messages/{reply['id']}/read", joon, status=204)
    pair[1].rotate()
    assert {frame["event"] for frame in frames(mina)} == {
        "keys.changed",
        "keys.exchange",
        "secret.new",
        "secret.read",
    }
    vanish(app, owner_engine, joon, mina, way)
    left = frames(mina)
    assert str(joon.id) not in str(left)
    assert {frame["event"] for frame in left} == {"keys.changed"}  # of Mina's own device


def test_many_frames_take_as_many_statements_as_one(
    app: App, joon: Person, pair: tuple[Device, Device], frames: Frames
) -> None:
    def count() -> int:
        frames(joon)
        with app.reading() as services, sent(app) as statements:
            inbox = services[Inbox]
            inbox.frames(inbox.after(joon.id, 0, 100))
        return len(statements)

    pair[0].send("one", joon.id)
    one = count()
    for text in ("two", "three", "four"):
        pair[0].send(text, joon.id)
    assert count() == one
