"""One socket on one topic, while what it has missed is on its way and something else happens."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import gevent
import orjson
import pytest
from websockets.frames import TEXT
from websockets.protocol import CLIENT, Protocol

from tests.factories import Person
from web.core.app import App
from web.core.errors import Unavailable
from web.core.ids import new_id
from web.core.services import Services
from web.core.topics import Caller, Published, TopicKind, Topics, frame_of, topic_channel
from web.realtime import following as following_module
from web.realtime.connection import Connection
from web.realtime.follow import Follow
from web.realtime.following import Following
from web.realtime.frames import encode_text
from web.realtime.roll import Roll
from web.realtime.subscription import Subscription
from web.realtime.work import Work

HEAD = 600  # more frames than a queue takes before its socket has read some
LONG = "x" * 4000


def enter(services: Services, caller: Caller, topic_id: UUID) -> dict[str, Any]:
    """Everybody may."""
    return {"seq": HEAD}


def replay(
    services: Services, member_id: UUID, topic_id: UUID, after: int
) -> Sequence[tuple[int, dict[str, Any]]]:
    """Long frames, up to the last one."""
    return [(seq, {"event": "said", "data": {"text": LONG}}) for seq in range(after + 1, HEAD + 1)]


KIND = TopicKind("long", enter, replay=replay)


class Reader:
    """A client that reads when it is told to."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._socket.setblocking(False)
        self._wire = Protocol(CLIENT, state=1)

    def read(self, quiet: float = 0.2) -> list[Any]:
        """What came, until nothing more does for so many seconds."""
        with gevent.Timeout(quiet, False) as timeout:
            while True:
                try:
                    self._wire.receive_data(self._socket.recv(65_536))
                    timeout.cancel()
                    timeout.start()
                except BlockingIOError:
                    gevent.sleep(0.001)
        frames = self._wire.events_received()
        return [orjson.loads(bytes(frame.data)) for frame in frames if frame.opcode is TEXT]


@pytest.fixture
def ends(mina: Person) -> Iterator[tuple[Connection, Reader]]:
    """Mina's connection, and what reads from it."""
    with ExitStack() as closing:
        server, client = (closing.enter_context(end) for end in socket.socketpair())
        connection = Connection(server, b"", mina.id, mina.session_id)
        yield connection, Reader(client)
        connection.cut()


@pytest.fixture
def follow(app: App, ends: tuple[Connection, Reader]) -> Follow:
    """Follows a topic, and waits in the middle of what it has missed for the client to read."""
    connection, _ = ends
    topic_id = new_id()
    follow = Follow(connection, KIND, f"long:{topic_id}", topic_id, Work(app))
    connection.follows[follow.topic] = follow
    follow.hold({"seq": HEAD}, 0)
    follow.begin({"seq": HEAD})
    gevent.sleep(0.05)
    assert 0 < len(connection._queue) < HEAD
    return follow


def pass_on(follow: Follow, seq: int) -> None:
    """Something is said."""
    frame = frame_of(follow.topic, "said", {}, seq)
    follow.pass_on(Published(frame, seq), encode_text(frame))


def test_whoever_is_shown_out_gets_no_more_of_what_they_missed(
    follow: Follow, ends: tuple[Connection, Reader]
) -> None:
    connection, reader = ends
    waiting = len(connection._queue)
    pass_on(follow, HEAD + 1)
    del connection.follows[follow.topic]
    connection.send(encode_text(frame_of(follow.topic, "unsubscribed", {})))
    told = [frame["event"] for frame in reader.read()]
    assert waiting < len(told) < HEAD
    assert told[-1] == "unsubscribed"


def test_who_asks_again_meanwhile_gets_nothing_twice(follow: Follow, ends: tuple[Connection, Reader]) -> None:
    _, reader = ends
    follow.hold({"seq": HEAD}, None)  # from now on, says the client this time
    follow.begin({"seq": HEAD})
    pass_on(follow, HEAD + 1)
    numbers = [frame["seq"] for frame in reader.read()]
    pass_on(follow, HEAD + 2)
    numbers += [frame["seq"] for frame in reader.read()]
    assert numbers == sorted(set(numbers))
    assert numbers[-2:] == [HEAD + 1, HEAD + 2]


def test_nobody_is_let_in_before_the_topic_is_listened_to(
    app: App, ends: tuple[Connection, Reader], joon: Person
) -> None:
    asked: list[UUID] = []

    def note(services: Services, caller: Caller, topic_id: UUID) -> dict[str, Any]:
        asked.append(caller.member_id)
        return {}

    following = following_of(app, TopicKind("noted", note))
    subscription = following._subscription
    subscription._is_connected = True
    first, _ = ends
    server, client = socket.socketpair()
    with server, client:
        second = Connection(server, b"", joon.id, joon.session_id)
        topic = f"noted:{new_id()}"
        coming = [gevent.spawn(following.enter, one, topic, is_there=False) for one in (first, second)]
        gevent.sleep(0.05)
        assert asked == []
        pubsub = app.valkey.client.pubsub()
        subscription._apply_wishes(pubsub)
        gevent.joinall(coming, timeout=5, raise_error=True)
        assert asked == [first.member_id, second.member_id]
        assert list(pubsub.channels) == [topic_channel(app.valkey, topic).encode()]
        pubsub.close()
        second.cut()


def test_nobody_is_shown_out_because_something_is_away_that_would_know(
    app: App, ends: tuple[Connection, Reader]
) -> None:
    is_away = False

    def enter(services: Services, caller: Caller, topic_id: UUID) -> dict[str, Any]:
        if is_away:
            raise Unavailable()
        return {}

    following = following_of(app, TopicKind("shaky", enter))
    connection, reader = ends
    topic = f"shaky:{new_id()}"
    following.enter(connection, topic, is_there=False)
    is_away = True
    following.check(topic, connection.member_id)
    assert topic in connection.follows
    assert reader.read() == []


def test_a_topic_is_told_who_is_gone_when_it_can_hear_it_again(
    app: App, monkeypatch: pytest.MonkeyPatch, mina: Person
) -> None:
    monkeypatch.setattr(following_module, "CHECK_SECONDS", 0.01)
    told: list[UUID] = []

    def leave(services: Services, caller: Caller, topic_id: UUID) -> None:
        told.append(caller.member_id)
        if len(told) == 1:
            raise Unavailable()

    following = following_of(app, TopicKind("shaky", enter, leave=leave))
    following.gone(f"shaky:{new_id()}", mina.id, None)
    with gevent.Timeout(10):
        while len(told) < 2:
            gevent.sleep(0.005)
    assert told == [mina.id, mina.id]


def following_of(app: App, kind: TopicKind) -> Following:
    """A hub's topics, of one kind, without the hub."""
    topics = Topics()
    topics.add(kind)
    subscription = Subscription(app.valkey, app.settings, lambda *_: None, lambda: None)
    roll = Roll(app.valkey, lambda *_: None, lambda *_: None)
    return Following(topics, app.valkey, subscription, roll, Work(app))
