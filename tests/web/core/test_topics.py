"""What is published on topics: to whom, when, and in which words."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
import transaction

from tests.factories import Person
from web.core.app import App
from web.core.ids import new_id
from web.core.services import Services
from web.core.topics import Broadcast, Caller, Published, TopicKind, Topics, topic_channel

TOPIC = f"room:{new_id()}"


def enter(services: Services, caller: Caller, topic_id: UUID) -> dict[str, Any]:
    """Everybody may."""
    return {}


KIND = TopicKind("room", enter)

Heard = Callable[[], list[Published]]


@pytest.fixture
def heard(app: App) -> Iterator[Heard]:
    """What was published on the topic since the last time."""
    with app.valkey.client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(topic_channel(app.valkey, TOPIC))
        pubsub.get_message(timeout=5)

        def heard() -> list[Published]:
            app.valkey.publish(topic_channel(app.valkey, TOPIC), b"end")
            found: list[Published] = []
            while (message := pubsub.get_message(timeout=5)) is None or message["data"] != b"end":
                assert message is not None
                found.append(Published.from_bytes(message["data"]))
            return found

        yield heard


def test_a_name_is_found_in_its_usual_spelling_only() -> None:
    topics = Topics()
    topics.add(KIND)
    topic_id = new_id()
    assert topics.find(f"room:{topic_id}") == (KIND, topic_id)
    for name in (f"room:{topic_id}".upper(), f"room:{topic_id.hex}", "room:", "room", f"cave:{topic_id}", ""):
        assert topics.find(name) is None
    assert list(topics) == ["room"]
    with pytest.raises(ValueError, match="room"):
        topics.add(KIND)


@pytest.mark.parametrize(
    "published",
    [
        Published(b'{"event": "x"}'),
        Published(b"{}", seq=7, but="c", only=frozenset([new_id()]), hidden_from=frozenset([new_id()])),
        Published(b"{}", only=frozenset()),
        Published(dismissed=new_id(), reason="kicked"),
    ],
)
def test_what_is_published_arrives_as_it_was(published: Published) -> None:
    assert Published.from_bytes(published.to_bytes()) == published


def test_frames_reach_who_they_are_for() -> None:
    mina, joon = new_id(), new_id()

    def reached(published: Published) -> list[UUID]:
        return [member for member in (mina, joon) if published.reaches(member, f"of {member}")]

    assert reached(Published(b"")) == [mina, joon]
    assert reached(Published(b"", but=f"of {mina}")) == [joon]
    assert reached(Published(b"", only=frozenset([mina]))) == [mina]
    assert reached(Published(b"", only=frozenset())) == []
    assert reached(Published(b"", hidden_from=frozenset([mina]))) == [joon]


def test_it_is_said_after_the_commit_and_in_order(app: App, heard: Heard) -> None:
    with app.work() as services:
        broadcast = services[Broadcast]
        broadcast.publish(TOPIC, "one", {"id": new_id(), "at": app.clock.now()}, seq=1)
        broadcast.dismiss(TOPIC, UUID(int=1), "kicked")
        assert heard() == []
    first, second = heard()
    assert first.frame is not None
    frame = orjson.loads(first.frame)
    assert (frame["event"], frame["channel"], frame["seq"], first.seq) == ("one", TOPIC, 1, 1)
    assert (second.dismissed, second.reason, second.frame) == (UUID(int=1), "kicked", None)


def test_what_was_undone_is_not_said(app: App, heard: Heard) -> None:
    def fail() -> None:
        with app.work() as services:
            services[Broadcast].publish(TOPIC, "one", {})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert heard() == []


def test_after_a_new_beginning_only_what_follows_it_is_said(app: App, heard: Heard) -> None:
    manager = transaction.TransactionManager(explicit=True)
    manager.begin()
    services = app.services(lambda: app.writing_session(manager))
    services[Broadcast].publish(TOPIC, "undone", {})
    manager.abort()
    manager.begin()
    services[Broadcast].publish(TOPIC, "done", {})
    manager.commit()
    (published,) = heard()
    assert b'"done"' in (published.frame or b"")


def test_without_a_transaction_it_is_said_at_once(app: App, heard: Heard) -> None:
    with app.reading() as services:
        services[Broadcast].publish(TOPIC, "one", {})
        assert len(heard()) == 1


def test_typing_is_said_once_in_two_seconds_and_that_it_stopped_always(
    app: App, heard: Heard, mina: Person, joon: Person
) -> None:
    with app.reading() as services:
        broadcast = services[Broadcast]
        caller, other = Caller(mina.id, mina.session_id, "1"), Caller(joon.id, joon.session_id, "2")
        broadcast.typing(TOPIC, caller, name="Mina", hidden_from=[joon.id])
        broadcast.typing(TOPIC, caller)
        broadcast.typing(TOPIC, other)
        broadcast.typing(TOPIC, caller, is_typing=False)
        broadcast.typing(TOPIC, caller)
    said = heard()
    data = [orjson.loads(published.frame or b"")["data"] for published in said]
    assert [(one["user_id"], one["is_typing"]) for one in data] == [
        (str(mina.id), True),
        (str(joon.id), True),
        (str(mina.id), False),
        (str(mina.id), True),
    ]
    assert (data[0]["name"], data[0]["expires_in"]) == ("Mina", 5)
    assert said[0].hidden_from == {mina.id, joon.id}
