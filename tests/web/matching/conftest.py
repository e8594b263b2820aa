"""Strangers: two who were matched, and what is told on topics."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import orjson
import pytest

from tests.factories import Person
from tests.web.realtime.conftest import connect, join, realtime  # noqa: F401  # fixtures
from web.core.app import App
from web.core.topics import Caller, Published, topic_channel
from web.matching.schemas import MatchingState, NewWish
from web.matching.service import MatchingService


def caller(who: Person, connection_id: str = "here") -> Caller:
    """Somebody who speaks on a socket."""
    return Caller(who.id, who.session_id, connection_id)


def wish(**values: Any) -> NewWish:
    """Whom somebody would like to meet."""
    return NewWish.model_validate(values)


def enter(app: App, who: Person | UUID, **values: Any) -> MatchingState:
    """Somebody begins to wait."""
    with app.work() as services:
        return services[MatchingService].join(who if isinstance(who, UUID) else who.id, wish(**values))


def look(app: App) -> None:
    """What the clock wants every ten seconds."""
    with app.work() as services:
        services[MatchingService].look()


def speak(app: App, who: Person, match_id: UUID, event: str, **data: Any) -> Any:
    """Somebody says something on a match; the answer."""
    with app.work() as services:
        return app.topics["match"].handlers[event](services, caller(who), match_id, data)


@pytest.fixture
def match_id(app: App, mina: Person, joon: Person) -> UUID:
    """Mina came first, so she sits on ``a``; Joon on ``b``."""
    assert enter(app, mina).status == "waiting"
    state = enter(app, joon)
    assert state.match is not None
    return state.match.session_id


class Ear:
    """Hears what is published on a topic, as a hub does."""

    def __init__(self, pubsub: Any, topic: str) -> None:
        self._pubsub = pubsub
        self.topic = topic

    def told(self) -> list[Published]:
        """What was published since the last time."""
        found = []
        while message := self._pubsub.get_message(timeout=0.2):
            if message["type"] == "message":
                found.append(Published.from_bytes(message["data"]))
        return found

    def frames(self) -> list[Any]:
        """The frames of it, as ``(event, data)``."""
        frames = [orjson.loads(published.frame) for published in self.told() if published.frame]
        return [(frame["event"], frame["data"]) for frame in frames]


Hear = Callable[[str], Ear]


@pytest.fixture
def hear(app: App) -> Iterator[Hear]:
    """Listens to a topic from now on."""
    with ExitStack() as cleanup:

        def hear(topic: str) -> Ear:
            pubsub = app.valkey.client.pubsub()
            cleanup.callback(pubsub.close)
            pubsub.subscribe(topic_channel(app.valkey, topic))
            assert pubsub.get_message(timeout=5)["type"] == "subscribe"
            return Ear(pubsub, topic)

        yield hear
