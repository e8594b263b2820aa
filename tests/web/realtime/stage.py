"""Topics of the tests, ``stage:<id>`` and ``loose:<id>``, which keep what was said in Valkey.

``stage`` numbers what is said and says it again to those who come back; ``loose`` does neither.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import redis
from pyramid.router import Router

from web.core import logging
from web.core.app import App
from web.core.errors import Forbidden
from web.core.services import Services
from web.core.settings import Settings
from web.core.signalling import Valkey
from web.core.topics import Broadcast, Caller, TopicKind
from web.features import build_app
from web.realtime.hub import Hub
from web.realtime.main import make_wsgi_app

MOST = 50


class Stage:
    """What is kept of a topic."""

    def __init__(self, valkey: Valkey, topic_id: UUID) -> None:
        self._client = valkey.client
        self._key = valkey.key("stage", topic_id)

    def keep(self, text: str) -> int:
        """Keep what was said; its number."""
        return int(self._client.rpush(f"{self._key}:said", text))  # type: ignore[arg-type]

    def said(self, after: int = 0) -> list[tuple[int, str]]:
        """What was said after a number."""
        texts = self._client.lrange(f"{self._key}:said", after, -1)
        return [(seq, text.decode()) for seq, text in enumerate(texts, start=after + 1)]

    def close_to(self, member_id: UUID) -> None:
        """Do not let a member in any more."""
        self._client.sadd(f"{self._key}:closed", str(member_id))

    def is_closed_to(self, member_id: UUID) -> bool:
        """Whether a member is not let in."""
        return bool(self._client.sismember(f"{self._key}:closed", str(member_id)))

    def note_left(self, member_id: UUID) -> None:
        """Note that a member is gone."""
        self._client.rpush(f"{self._key}:left", str(member_id))

    def left(self) -> list[str]:
        """Who is gone."""
        return [name.decode() for name in self._client.lrange(f"{self._key}:left", 0, -1)]


def enter(services: Services, caller: Caller, topic_id: UUID) -> dict[str, Any]:
    """Everybody may, except those it is closed to."""
    stage = Stage(services[Valkey], topic_id)
    if stage.is_closed_to(caller.member_id):
        raise Forbidden()
    return {"seq": len(stage.said())}


def say(services: Services, caller: Caller, topic_id: UUID, data: dict[str, Any]) -> dict[str, Any]:
    """Keep it, and tell everybody, or only some."""
    seq = Stage(services[Valkey], topic_id).keep(data["text"])
    services[Broadcast].publish(
        f"stage:{topic_id}",
        "said",
        {"text": data["text"]},
        seq=seq,
        but=caller.connection_id if data.get("quietly") else None,
        only=[UUID(given) for given in data["only"]] if "only" in data else None,
        hidden_from=[UUID(given) for given in data.get("hidden_from", ())],
    )
    return {"seq": seq}


def call(services: Services, caller: Caller, topic_id: UUID, data: dict[str, Any]) -> None:
    """Tell everybody and keep nothing."""
    services[Broadcast].publish(f"loose:{topic_id}", "called", data)


def typing(services: Services, caller: Caller, topic_id: UUID, data: dict[str, Any]) -> None:
    """Show that somebody types."""
    services[Broadcast].typing(f"stage:{topic_id}", caller, is_typing=data.get("is_typing", True))


def stumble(services: Services, caller: Caller, topic_id: UUID, data: dict[str, Any]) -> None:
    """What a broken feature does."""
    services[Broadcast].publish(f"stage:{topic_id}", "never", {})
    raise LookupError("a broken feature")


def miss(services: Services, caller: Caller, topic_id: UUID, data: dict[str, Any]) -> None:
    """What a feature does while Valkey is away."""
    raise redis.ConnectionError("away")


def leave(services: Services, caller: Caller, topic_id: UUID) -> None:
    """Note it."""
    Stage(services[Valkey], topic_id).note_left(caller.member_id)


def replay(
    services: Services, member_id: UUID, topic_id: UUID, after: int
) -> Sequence[tuple[int, dict[str, Any]]] | None:
    """What was said, up to a limit."""
    said = Stage(services[Valkey], topic_id).said(after)
    if len(said) > MOST:
        return None
    return [(seq, {"event": "said", "data": {"text": text}}) for seq, text in said]


HANDLERS = {"say": say, "typing": typing, "stumble": stumble, "miss": miss}
STAGE = TopicKind(
    "stage",
    enter,
    {"say": say, "typing": typing, "stumble": stumble, "miss": miss},
    leave=leave,
    replay=replay,
)
LOOSE = TopicKind("loose", enter, {"call": call})


def main(global_config: dict[str, str], **local_config: Any) -> Router:
    """The socket app with these topics."""
    settings = Settings.load()
    logging.configure(settings)
    app: App = build_app(settings)
    app.topics.add(STAGE)
    app.topics.add(LOOSE)
    hub = Hub(app)
    router = make_wsgi_app(app, hub)
    router.on_stop = hub.stop
    hub.start()
    return router
