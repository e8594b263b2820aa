"""WebSocket frames (RFC 6455): what a client's bytes mean, and what is answered to them.

Reading is the protocol of ``websockets``, which does no input or output of its own. Frames for many sockets
are encoded once, here, beside it.
"""

import codecs
import logging
from collections.abc import Sequence

from websockets.frames import BINARY, CLOSE, CONT, PING, TEXT, Frame, Opcode
from websockets.protocol import CLOSED, OPEN, SERVER, Protocol

LARGEST_REASON = 123  # bytes that a close frame has for its reason
GOING_AWAY, UNSUPPORTED = 1001, 1003

_STARTS = {126: 4, 127: 10}  # where the payload begins, by the length that an unmasked frame begins with

_Utf8 = codecs.getincrementaldecoder("utf-8")
_log = logging.getLogger("plaza.websocket")
_log.setLevel(logging.ERROR)  # how every connection ends is counted, not logged


class Encoded(bytes):
    """A frame that can be written as it is."""


Happened = Encoded | str | bytes  # an answer of the protocol itself, a text message, a binary message


def encode(opcode: Opcode, payload: bytes) -> Encoded:
    """One unmasked frame, as servers send them."""
    return Encoded(Frame(opcode, payload).serialize(mask=False))


def encode_text(payload: bytes) -> Encoded:
    """A text message."""
    return encode(TEXT, payload)


def text_of(frame: bytes) -> bytes | None:
    """What :func:`encode_text` was given; None of any other frame."""
    if frame[0] & 0x0F != TEXT:
        return None
    return frame[_STARTS.get(frame[1], 2) :]


def encode_ping() -> Encoded:
    """The question whether somebody is there."""
    return encode(PING, b"")


class Wire(Protocol):
    """Reads what a client sends.

    Args:
        largest: bytes that one message may have, however many frames it comes in.
    """

    def __init__(self, largest: int) -> None:
        super().__init__(SERVER, max_size=largest, logger=_log)
        self._happened: list[Happened] = []
        self._parts: list[str | bytes] = []
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def is_open(self) -> bool:
        """Whether no close frame went either way."""
        return self.state is OPEN

    @property
    def is_over(self) -> bool:
        """Whether nothing that the client sends counts any more."""
        return self.eof_sent or self.state is CLOSED

    def feed(self, data: bytes) -> Sequence[Happened]:
        """What these bytes mean, in the order of the client's frames; no bytes are the end of the stream."""
        if not data:
            self.receive_eof()
        elif not self.reader.eof:
            self.receive_data(data)
        return self._take()

    def close(self, code: int, reason: str = "") -> Sequence[Happened]:
        """Begin to close; the frame that says so, or nothing when it was said before."""
        if self.is_open:
            self.send_close(code, reason.encode()[:LARGEST_REASON].decode(errors="ignore"))
        return self._take()

    def _take(self) -> Sequence[Happened]:
        happened, self._happened = self._happened, []
        self.writes.clear()
        return happened

    def send_frame(self, frame: Frame) -> None:
        """Put an answer in the order of what it answers."""
        self._happened.append(Encoded(frame.serialize(mask=False)))

    def recv_frame(self, frame: Frame) -> None:
        """Take in a frame; messages are put together, and their text is checked as it comes.

        Raises:
            ProtocolError: it must not come here.
            UnicodeDecodeError: it is no text.
        """
        if frame.opcode is CLOSE:
            self.current_size = None  # an end in the middle of a message is one as well (RFC 6455 §5.4)
        super().recv_frame(frame)
        self.events.clear()
        if frame.opcode is TEXT or frame.opcode is BINARY:
            self._begin(frame)
        elif frame.opcode is CONT:
            self._go_on(frame)

    def _begin(self, frame: Frame) -> None:
        is_text = frame.opcode is TEXT
        if frame.fin:
            self._happened.append(bytes(frame.data).decode() if is_text else bytes(frame.data))
            return
        self._decoder = _Utf8() if is_text else None
        self._go_on(frame)

    def _go_on(self, frame: Frame) -> None:
        data = bytes(frame.data)
        part = self._decoder.decode(data, frame.fin) if self._decoder else data
        if part:  # of pieces without anything in them there may be any number
            self._parts.append(part)
        if frame.fin:
            empty = "" if self._decoder else b""
            self._happened.append(empty.join(self._parts))  # type: ignore[arg-type]  # all of one kind
            self._parts, self._decoder = [], None
