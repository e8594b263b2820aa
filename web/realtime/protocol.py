"""What clients may say, ``{"id", "event", "channel", "data"}``, and what each message is answered."""

from collections.abc import Callable
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field, ValidationError

from web.core.api import field_problems
from web.core.errors import DomainError, Forbidden, ValidationFailed
from web.realtime.connection import Connection
from web.realtime.errors import UnknownMessage, UnreadableMessage
from web.realtime.frames import TEXT, encode
from web.realtime.hub import Hub

LARGEST_SEQ = 2**63 - 1

Seq = Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEQ)]


class ClientMessage(BaseModel):
    """A message from a client."""

    id: Annotated[str, Field(max_length=100)] | int | None = None
    event: Annotated[str, Field(max_length=50)]
    channel: Annotated[str, Field(max_length=100)] = "user:me"
    data: dict[str, Any] = {}


class SubscribeData(BaseModel):
    """Where to go on; without it, from now on."""

    last_seq: Seq | None = None


class AckData(BaseModel):
    """How far the client has come."""

    seq: Seq


class Protocol:
    """Answers clients. Features get their own channels here; so far there is the member's own."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._handlers: dict[str, Callable[[Connection, ClientMessage], dict[str, Any]]] = {
            "subscribe": self._subscribe,
            "ack": self._ack,
            "ping": self._ping,
        }

    def handle(self, connection: Connection, text: str) -> None:
        """Answer one message."""
        reply_to = None
        try:
            message = _read(text)
            reply_to = message.id
            handler = self._handlers.get(message.event)
            if handler is None:
                raise UnknownMessage(event=message.event)
            _require_own(connection, message.channel)
            answer: dict[str, Any] = {"ok": handler(connection, message)}
        except ValidationError as error:
            answer = _error(ValidationFailed(fields=field_problems(error)))
        except DomainError as error:
            answer = _error(error)
        connection.send(encode(TEXT, orjson.dumps({"reply_to": reply_to, **answer})))

    def _subscribe(self, connection: Connection, message: ClientMessage) -> dict[str, Any]:
        data = SubscribeData.model_validate(message.data)
        if data.last_seq is not None:
            self._hub.restart_after(connection, data.last_seq)
        return {"channel": connection.channel}

    def _ack(self, connection: Connection, message: ClientMessage) -> dict[str, Any]:
        """Clients keep their own place; an acknowledgement only shows that they are awake."""
        return {"seq": AckData.model_validate(message.data).seq}

    def _ping(self, connection: Connection, message: ClientMessage) -> dict[str, Any]:
        return {}


def _read(text: str) -> ClientMessage:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableMessage(reason=str(error)) from error
    return ClientMessage.model_validate(value)


def _require_own(connection: Connection, channel: str) -> None:
    if channel not in ("user:me", connection.channel):
        raise Forbidden()


def _error(error: DomainError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message, "details": error.details}}
