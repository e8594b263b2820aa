"""What clients may say, ``{"id", "event", "channel", "data"}``, and what each message is answered.

``subscribe``, ``unsubscribe``, ``ack``, ``ping`` and ``presence`` are answered here; everything else belongs
to the topic that it is said on (``TopicKind.handlers``).
"""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import orjson
import structlog
from pydantic import BaseModel, Field, ValidationError

from web.core import metrics
from web.core.api import field_problems, refuse_nul
from web.core.errors import DomainError, Forbidden, InternalError, RateLimited, Unavailable, ValidationFailed
from web.core.security import SessionDirectory, Standing, refusal
from web.core.services import Services
from web.core.topics import Facts, Handler
from web.realtime.connection import Connection
from web.realtime.errors import NotSubscribed, UnknownMessage, UnreadableMessage
from web.realtime.follow import Follow
from web.realtime.frames import UNSUPPORTED, encode_text
from web.realtime.hub import Hub
from web.realtime.presence import CHANNEL as PRESENCE
from web.realtime.work import AWAY

log = structlog.get_logger(__name__)

LARGEST_SEQ = 2**63 - 1
MOST_WATCHED = 100  # members of one socket

Seq = Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEQ)]


class ClientMessage(BaseModel):
    """A message from a client."""

    id: Annotated[str, Field(max_length=100)] | int | None = None
    event: Annotated[str, Field(max_length=50)]
    channel: Annotated[str, Field(max_length=100)] | None = None
    data: dict[str, Any] = {}


class SubscribeData(BaseModel):
    """Where to go on; without it, from now on."""

    last_seq: Seq | None = None


class AckData(BaseModel):
    """How far the client has come."""

    seq: Seq


class PresenceData(BaseModel):
    """Whose presence is asked for."""

    user_ids: Annotated[list[UUID], Field(max_length=MOST_WATCHED)]


Answer = Callable[[Connection, str, dict[str, Any]], Facts]


class Protocol:
    """Answers clients."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._answers: dict[str, Answer] = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ack": self._ack,
            "ping": self._ping,
            "presence": self._presence,
        }

    def handle(self, connection: Connection, text: str | bytes) -> None:
        """Answer one message."""
        if isinstance(text, bytes):
            connection.close(UNSUPPORTED)
        else:
            self.answer(connection, lambda: _read(text))

    def answer(self, connection: Connection, read: Callable[[], Any]) -> None:
        """Answer one message.

        Args:
            read: what the client said, as JSON has it; raises a DomainError when that cannot be read.
        """
        reply_to = None
        event = "unreadable"
        try:
            if not connection.may_speak():
                raise RateLimited()
            message = ClientMessage.model_validate(read())
            reply_to = message.id
            channel = connection.home if message.channel is None else message.channel
            answer = self._answers.get(message.event)
            event = message.event if answer else "other"
            refuse_nul("data", message.data)
            ok = (answer or self._hand_over(message.event))(connection, channel, message.data)
        except ValidationError as error:
            self._refuse(connection, reply_to, event, ValidationFailed(fields=field_problems(error)))
        except DomainError as error:
            self._refuse(connection, reply_to, event, error)
        except AWAY as error:
            log.warning("message_not_handled", socket_event=event, error=str(error).splitlines()[0])
            self._refuse(connection, reply_to, event, Unavailable())
        except Exception as error:  # a broken feature must not end the socket, nor say what broke
            log.error("message_failed", socket_event=event, exc_info=error)
            self._refuse(connection, reply_to, event, InternalError())
        else:
            metrics.SOCKET_MESSAGES.labels(event, "ok").inc()
            _reply(connection, {"reply_to": reply_to, "ok": ok})
            if message.event == "subscribe":
                self._hub.following.begin(connection, channel, ok)

    def open(self, connection: Connection) -> None:
        """Let a socket follow the topic that its address names, if it names one, and say so."""
        topic = connection.home
        if _is_own(connection, topic):
            return
        try:
            facts = self._hub.following.enter(connection, topic)
        except DomainError as error:  # open at the door, and not any more
            self._refuse(connection, None, "subscribe", error)
        except AWAY as error:
            log.warning("topic_not_entered", error=str(error).splitlines()[0])
            self._refuse(connection, None, "subscribe", Unavailable())
        else:
            _reply(connection, {"event": "subscribed", "channel": topic, "data": facts})
            self._hub.following.begin(connection, topic, facts)

    def followed(self, connection: Connection, channel: str) -> Follow | None:
        """The topic that a client says something on, if it follows it.

        Raises:
            DomainError
        """
        return connection.follows.get(channel)

    def _subscribe(self, connection: Connection, channel: str, data: dict[str, Any]) -> Facts:
        if channel == PRESENCE:
            user_ids = PresenceData.model_validate(data).user_ids
            return {"channel": PRESENCE, "members": self._hub.presence.watch(connection, user_ids)}
        last_seq = SubscribeData.model_validate(data).last_seq
        if self._hub.following.exists(channel):
            return {"channel": channel, **self._hub.following.enter(connection, channel, last_seq)}
        if not _is_own(connection, channel):
            raise Forbidden()
        if last_seq is not None:
            self._hub.own.restart_after(connection, last_seq)
        return {"channel": connection.channel}

    def _unsubscribe(self, connection: Connection, channel: str, data: dict[str, Any]) -> Facts:
        """End a subscription, if it is one; the member's own channel stays."""
        if channel == PRESENCE:
            self._hub.presence.forget(connection)
        else:
            self._hub.following.leave(connection, channel)
        return {"channel": channel}

    def _ack(self, connection: Connection, channel: str, data: dict[str, Any]) -> Facts:
        """Clients keep their own place; an acknowledgement only shows that they are awake."""
        return {"seq": AckData.model_validate(data).seq}

    def _ping(self, connection: Connection, channel: str, data: dict[str, Any]) -> Facts:
        return {}

    def _presence(self, connection: Connection, channel: str, data: dict[str, Any]) -> Facts:
        user_ids = PresenceData.model_validate(data).user_ids
        return {"members": self._hub.presence.look(connection.member_id, user_ids)}

    def _hand_over(self, event: str) -> Answer:
        """What a topic answers to an event of its own."""

        def answer(connection: Connection, channel: str, data: dict[str, Any]) -> Facts:
            follow = self.followed(connection, channel)
            if follow is None:
                raise UnknownMessage(event=event) if _is_own(connection, channel) else NotSubscribed()
            handler = follow.kind.handlers.get(event)
            if handler is None:
                raise UnknownMessage(event=event)
            return self._hub.work.do(
                lambda services: _speak(services, connection, follow.topic_id, handler, data)
            )

        return answer

    def _refuse(
        self, connection: Connection, reply_to: str | int | None, event: str, error: DomainError
    ) -> None:
        metrics.SOCKET_MESSAGES.labels(event, error.code).inc()
        details = {"code": error.code, "message": error.message, "details": error.details}
        _reply(connection, {"reply_to": reply_to, "error": details})


def _speak(
    services: Services, connection: Connection, topic_id: UUID, handler: Handler, data: dict[str, Any]
) -> Facts:
    """Run a handler for a member who may act now, which takes more than to be connected.

    Raises:
        DomainError
    """
    facts = services[SessionDirectory].find(connection.session_id)
    if facts is None or facts.standing is not Standing.ACTIVE:
        raise (refusal(facts.standing, facts.suspended_until) if facts else None) or Forbidden()
    return handler(services, connection.caller, topic_id, data) or {}


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableMessage(reason=str(error)) from error


def _reply(connection: Connection, message: dict[str, Any]) -> None:
    connection.send(encode_text(orjson.dumps(message, default=str)))


def _is_own(connection: Connection, channel: str) -> bool:
    return channel in ("user:me", connection.channel)
