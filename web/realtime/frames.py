"""WebSocket frames (RFC 6455) over the socket that the handshake has left us.

Reading and writing are apart: reading belongs to the connection's reader, bytes to be written go through its
queue, so that two greenlets never write to one socket.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from geventwebsocket.exceptions import ProtocolError
from geventwebsocket.websocket import Header

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
CONTINUATION = 0x0
LARGEST_MESSAGE = 16 * 1024  # bytes that a client may send in one message

NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNSUPPORTED, NOT_TEXT, TOO_LARGE = 1000, 1001, 1002, 1003, 1007, 1009


class Closed(Exception):
    """The connection ends; ``code`` is what to answer, None when nobody is there to read it."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Received:
    """One frame from the client."""

    opcode: int
    is_last: bool
    payload: bytes


def encode(opcode: int, payload: bytes) -> bytes:
    """One unmasked frame, as servers send them."""
    return bytes(Header.encode_header(True, opcode, b"", len(payload), 0)) + payload


def encode_close(code: int, reason: str = "") -> bytes:
    """A close frame."""
    return encode(CLOSE, struct.pack("!H", code) + reason.encode()[:123])


class FrameReader:
    """Reads whole messages from a client.

    Args:
        read: reads exactly so many bytes, fewer at the end of the stream.
        on_control: called with the opcode and payload of pings and pongs.
    """

    def __init__(self, read: Callable[[int], bytes], on_control: Callable[[int, bytes], None]) -> None:
        self.read = read
        self._on_control = on_control

    def message(self) -> str:
        """The next text message, put together from its fragments.

        Raises:
            Closed: the client said so, broke the protocol, sent too much, or is gone.
        """
        parts: list[bytes] = []
        size = 0
        while True:
            frame = self._frame(LARGEST_MESSAGE - size)
            if frame.opcode in (PING, PONG):
                self._on_control(frame.opcode, frame.payload)
                continue
            if frame.opcode == CLOSE:
                raise Closed(_answer_to(frame.payload))
            if frame.opcode == BINARY:
                raise Closed(UNSUPPORTED)
            if frame.opcode != (CONTINUATION if parts else TEXT):
                raise Closed(PROTOCOL_ERROR)
            parts.append(frame.payload)
            size += len(frame.payload)
            if frame.is_last:
                break
        try:
            return b"".join(parts).decode()
        except UnicodeDecodeError as error:
            raise Closed(NOT_TEXT) from error

    def _frame(self, room: int) -> Received:
        try:
            header = Header.decode_header(self)
            if header.flags or not header.mask:  # no extension was agreed on, and clients must mask
                raise Closed(PROTOCOL_ERROR)
            if header.opcode < CLOSE and header.length > room:
                raise Closed(TOO_LARGE)
            payload = self.read(header.length) if header.length else b""
        except ProtocolError as error:
            raise Closed(PROTOCOL_ERROR) from error
        except OSError as error:  # also the library's own error for the end of the stream
            raise Closed(None) from error
        if len(payload) != header.length:
            raise Closed(None)
        return Received(header.opcode, header.fin, _unmask(payload, header.mask))


def _unmask(payload: bytes, mask: bytes) -> bytes:
    """XOR with the repeated mask, all bytes at once (RFC 6455 §5.3)."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


def _answer_to(payload: bytes) -> int:
    """The close code to echo; a malformed one is a protocol error."""
    if not payload:
        return NORMAL
    code = int.from_bytes(payload[:2]) if len(payload) >= 2 else 0
    is_valid = code in range(1000, 1004) or code in range(1007, 1012) or code in range(3000, 5000)
    return code if is_valid else PROTOCOL_ERROR
