"""Conversations as topics of sockets: who may follow them, and what clients may say there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.messaging.conftest import Talk
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.errors import NotFound
from web.core.topics import Caller, Published, topic_channel

Say = Callable[..., Any]


def caller(who: Person) -> Caller:
    return Caller(who.id, who.session_id, f"socket of {who.username}")


@pytest.fixture
def say(app: App) -> Say:
    """Has a client say something on the topic of a conversation."""

    def say(who: Person, talk: Talk, event: str, **data: Any) -> Any:
        with app.work() as services:
            handler = app.topics["conversation"].handlers[event]
            return handler(services, caller(who), UUID(talk.id), data)

    return say


def enter(app: App, who: Person, talk: Talk) -> dict[str, Any]:
    with app.reading() as services:
        return app.topics["conversation"].enter(services, caller(who), UUID(talk.id))


@contextmanager
def listening(app: App, talk: Talk) -> Iterator[Callable[[], list[Published]]]:
    """What is published on the topic of a conversation inside the block, so far."""
    with app.valkey.client.pubsub() as subscription:  # type: ignore[no-untyped-call]
        subscription.subscribe(topic_channel(app.valkey, f"conversation:{talk.id}"))
        assert subscription.get_message(timeout=5)["type"] == "subscribe"

        def heard() -> list[Published]:
            app.valkey.publish(topic_channel(app.valkey, f"conversation:{talk.id}"), b"end")
            found = []
            while (message := subscription.get_message(timeout=5))["data"] != b"end":
                found.append(Published.from_bytes(message["data"]))
            return found

        yield heard


def test_who_is_in_it_may_follow_it(app: App, mina: Person, sora: Person, direct: Talk) -> None:
    assert enter(app, mina, direct) == direct.seen_by(mina)
    for talk in (direct, Talk(direct._api, uuid4())):
        with pytest.raises(NotFound):
            enter(app, sora, talk)


def test_a_message_is_sent_once(say: Say, mina: Person, joon: Person, direct: Talk) -> None:
    new = {"client_id": str(uuid4()), "body": "hello"}
    first, second = (say(mina, direct, "message", **new) for _ in range(2))
    assert first == second == {"message": direct.read(joon)[0]}


def test_marks_are_set(say: Say, mina: Person, joon: Person, direct: Talk) -> None:
    for number in range(3):
        direct.say(mina, str(number))
    assert say(joon, direct, "delivered") == {"seq": 3}
    assert say(joon, direct, "read", seq=2) == {"seq": 2}
    seen = direct.seen_by(mina)
    assert (seen["partner_read_seq"], seen["partner_delivered_seq"]) == (2, 3)


@pytest.mark.parametrize("event", ["message", "typing", "read", "delivered"])
def test_others_may_say_nothing(say: Say, sora: Person, direct: Talk, event: str) -> None:
    data = {"client_id": str(uuid4()), "body": "x"} if event == "message" else {}
    with pytest.raises(NotFound):
        say(sora, direct, event, **data)


@pytest.mark.parametrize(
    ("event", "data"), [("message", {}), ("typing", {"is_typing": "x"}), ("read", {"seq": -1})]
)
def test_nonsense_is_refused(say: Say, mina: Person, direct: Talk, event: str, data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        say(mina, direct, event, **data)


def test_typing_is_shown_to_those_who_may_know(
    app: App, api: Api, say: Say, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    api.put(f"/users/{sora.id}/block", mina)
    with listening(app, group) as heard:
        say(mina, group, "typing")
        [shown] = heard()
    assert shown.frame is not None
    assert str(mina.id) in shown.frame.decode()
    assert shown.reaches(joon.id, "a socket")
    assert not shown.reaches(sora.id, "a socket")


def test_a_stranger_does_not_see_who_types_before_accepting(
    app: App, api: Api, say: Say, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    talk = Talk(api, api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"])
    talk.say(joon)
    with listening(app, talk) as heard:
        say(mina, talk, "typing")
        assert heard() == []
        say(joon, talk, "typing")
        [shown] = heard()
    assert not shown.reaches(mina.id, "a socket")


def test_who_leaves_a_group_follows_it_no_longer(app: App, api: Api, joon: Person, group: Talk) -> None:
    with listening(app, group) as heard:
        api.post(f"{group.path}/leave", None, joon, status=204)
        [shown] = heard()
    assert (shown.dismissed, shown.reason) == (joon.id, "left")
