"""The wire: Engine.IO 4 and Socket.IO 5 in the text messages of a WebSocket.

Reading and writing packets is python-engineio's and python-socketio's, which do no input or output in them.
Packets with binary attachments are refused: nothing that clients say here has any.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from engineio import packet as engine
from socketio import packet as talk

ROOT = "/"
ALONE = (engine.CLOSE, engine.PING, engine.PONG, engine.UPGRADE, engine.NOOP)  # that clients may send


class Malformed(ValueError):
    """No packet that a client may send."""


class _Json:
    """As the packets ask for it. Other than the standard library's it is not brought down by deep nesting."""

    @staticmethod
    def loads(text: str) -> Any:
        return orjson.loads(text)

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value, default=str).decode()


class EnginePacket(engine.Packet):  # type: ignore[misc]  # ships no types
    """A packet of Engine.IO."""

    json = _Json


class Packet(talk.Packet):  # type: ignore[misc]  # ships no types
    """A packet of Socket.IO."""

    json = _Json

    @property
    def place(self) -> str:
        """Its namespace."""
        return self.namespace or ROOT


def read(text: str) -> Packet | int:
    """What a client's message says: a packet of Socket.IO, or the kind of one of Engine.IO alone.

    Raises:
        Malformed
    """
    try:
        outer = EnginePacket(encoded_packet=text)
        if outer.packet_type != engine.MESSAGE:
            if outer.packet_type not in ALONE:
                raise Malformed("no packet of a client's")
            return int(outer.packet_type)
        # As it stands: the outer packet takes some of these for JSON.
        packet = Packet(encoded_packet=text[1:])
    except (ValueError, IndexError) as error:
        raise Malformed(str(error)) from error
    if outer.binary or packet.packet_type not in (talk.CONNECT, talk.DISCONNECT, talk.EVENT, talk.ACK):
        raise Malformed("no packet of a client's")
    if packet.packet_type == talk.EVENT and not _is_event(packet.data):
        raise Malformed("an event needs a name")
    return packet


def _is_event(data: Any) -> bool:
    return isinstance(data, list) and len(data) > 0 and isinstance(data[0], str)


def engine_text(kind: int, data: dict[str, Any] | None = None) -> bytes:
    """A packet of Engine.IO alone."""
    return _bytes(EnginePacket(kind, data))


def connected(place: str, sid: str, pid: str) -> bytes:
    """The client may come in; it sends ``pid`` back when it comes again, with the last offset it got."""
    return _text(Packet(talk.CONNECT, {"sid": sid, "pid": pid}, place, binary=False))


def refused(place: str, error: dict[str, Any]) -> bytes:
    """The client may not; it does not try again by itself."""
    return _text(Packet(talk.CONNECT_ERROR, error, place, binary=False))


def disconnected(place: str) -> bytes:
    """The server wants no more of it; the client does not come back by itself."""
    return _text(Packet(talk.DISCONNECT, None, place, binary=False))


def event(place: str, arguments: Sequence[Any]) -> bytes:
    """Something happened: its name, and what listeners are called with."""
    return _text(Packet(talk.EVENT, list(arguments), place, binary=False))


def answer(place: str, to: int, said: Any) -> bytes:
    """What the callback of an event is called with."""
    return _text(Packet(talk.ACK, [said], place, to, binary=False))


def _text(packet: Packet) -> bytes:
    return _bytes(EnginePacket(engine.MESSAGE, packet.encode()))


def _bytes(packet: EnginePacket) -> bytes:
    encoded: str = packet.encode()
    return encoded.encode()
