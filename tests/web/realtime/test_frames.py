"""The protocol itself: pieces, control frames between them, text that is checked as it comes, and the end.

The numbers are those of the Autobahn test suite for cases of the same kind.
"""

import os
from collections.abc import Iterator

import pytest
from websockets.frames import BINARY, CLOSE, CONT, PING, PONG, TEXT, Close, Frame, Opcode

from web.realtime.frames import Encoded, Happened, Wire, encode

LARGEST = 1000
MOST = 16 * 1024 * 1024


def client(opcode: Opcode, payload: bytes = b"", fin: bool = True, rsv1: bool = False) -> bytes:
    """A frame as clients send it; ``rsv1`` is set in bytes, because the library refuses to."""
    frame = bytearray(Frame(opcode, payload, fin).serialize(mask=True))
    frame[0] |= 0x40 * rsv1
    return bytes(frame)


def told(data: bytes, largest: int = LARGEST, at_once: int = 10**9) -> list[Happened]:
    """All that happens when these bytes come, so many at once."""
    wire = Wire(largest)
    parts = (data[start : start + at_once] for start in range(0, len(data), at_once))
    return [one for part in parts for one in wire.feed(part)]


def closed(code: int | None) -> Encoded:
    """The close frame that answers; None is one without a code."""
    return encode(CLOSE, b"" if code is None else Close(code, "").serialize())


def code_of(happened: list[Happened]) -> int:
    """The code of the close frame that came last."""
    last = happened[-1]
    assert isinstance(last, Encoded)
    assert last[0] == 0x80 | CLOSE
    return int.from_bytes(last[2:4])


def pieces(*payloads: bytes, opcode: Opcode = TEXT) -> bytes:
    """A message in pieces."""
    last = len(payloads) - 1
    return b"".join(
        client(CONT if number else opcode, payload, fin=number == last)
        for number, payload in enumerate(payloads)
    )


@pytest.mark.parametrize("size", [0, 125, 126, 127, 128, 65_535, 65_536])
@pytest.mark.parametrize("at_once", [10**9, 997])
def test_messages_of_every_size_are_read_however_they_come(size: int, at_once: int) -> None:  # 1
    data = os.urandom(size)
    assert told(client(TEXT, b"*" * size), MOST, at_once) == ["*" * size]
    assert told(client(BINARY, data), MOST, at_once) == [data]


@pytest.mark.parametrize("payload", [b"", b"Hello", bytes(range(125)), b"\xfe" * 125])
def test_pings_are_answered_with_what_they_said(payload: bytes) -> None:  # 2
    assert told(client(PING, payload) * 10, at_once=1) == [encode(PONG, payload)] * 10
    assert told(client(PONG, payload)) == []


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_control_frames_are_short_and_whole(opcode: Opcode) -> None:  # 2.5, 5.1, 5.2
    too_long = bytes([0x80 | opcode, 0x80 | 126, 0, 126]) + bytes(4) + b"\xfe" * 126
    in_pieces = bytes([opcode, 0x80]) + bytes(4)
    for frame in (too_long, in_pieces):
        assert code_of(told(frame)) == 1002


def test_what_was_said_before_a_mistake_is_answered_and_nothing_after_it() -> None:  # 3, 4
    for mistake in (client(TEXT, b"x", rsv1=True), b"\x83\x80mask", b"\x8b\x80mask", b"\x81\x01x"):
        happened = told(client(TEXT, b"before") + client(PING) + mistake + client(PING) + client(TEXT, b"x"))
        assert happened[:2] == ["before", encode(PONG, b"")]
        assert len(happened) == 3
        assert code_of(happened) == 1002


def test_pieces_are_put_together_with_pings_answered_between_them() -> None:  # 5.3 to 5.8
    data = client(TEXT, b"frag", fin=False) + client(PING, b"?") + client(CONT, b"ment")
    for at_once in (10**9, 1):
        assert told(data, at_once=at_once) == [encode(PONG, b"?"), "fragment"]
    assert told(pieces(b"\x00", b"", b"\xff", opcode=BINARY)) == [b"\x00\xff"]


@pytest.mark.parametrize(
    "data",
    [
        client(CONT, b"nothing to go on with"),  # 5.9 to 5.17
        pieces(b"a", b"b") + client(CONT, b"c"),
        client(TEXT, b"a", fin=False) + client(TEXT, b"b"),  # 5.18
        client(TEXT, b"a", fin=False) + client(BINARY, b"b"),
    ],
    ids=["nothing before", "after the end", "text within", "bytes within"],  # masks are drawn anew each time
)
def test_pieces_of_nothing_and_messages_within_messages_are_refused(data: bytes) -> None:
    assert code_of(told(data)) == 1002


GREEK, BROKEN = "κόσμε".encode(), b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"
NO_TEXT = [
    BROKEN,
    b"\xff",
    b"\xc0\xaf",  # too many bytes for a character
    b"\xed\xa0\x80",  # half of a pair
    b"\xf4\x90\x80\x80",  # beyond the last character
    b"\xf8\x88\x80\x80\x80",
    GREEK[:-1],  # half of a character at the end
]


def test_characters_may_be_cut_by_pieces() -> None:  # 6.1, 6.2
    assert told(pieces(*(bytes([byte]) for byte in GREEK))) == ["κόσμε"]
    assert told(pieces(b"", b"", b"")) == [""]
    assert told(client(TEXT, "\U0010ffff\ufffe\x00".encode())) == ["\U0010ffff\ufffe\x00"]


@pytest.mark.parametrize("text", NO_TEXT)
def test_what_is_no_text_is_refused(text: bytes) -> None:  # 6.3, 6.6 to 6.23
    assert code_of(told(client(TEXT, text))) == 1007
    assert code_of(told(pieces(*(bytes([byte]) for byte in text)))) == 1007
    assert told(client(BINARY, text)) == [text]


def test_what_is_no_text_is_refused_before_the_message_is_whole() -> None:  # 6.4
    assert code_of(told(client(TEXT, b"good", fin=False) + client(CONT, b"\xff", fin=False))) == 1007


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe8bye", b"\x0b\xb8", b"\x13\x87", b"\x03\xf1"])
def test_a_goodbye_is_answered_with_itself_and_nothing_after_it_is_looked_at(payload: bytes) -> None:  # 7
    happened = told(client(TEXT, b"x") + client(CLOSE, payload) + client(TEXT, b"y") + client(PING))
    assert happened == ["x", encode(CLOSE, payload)]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
def test_codes_that_nobody_may_send_are_refused(code: int) -> None:  # 7.9, 7.13
    assert code_of(told(client(CLOSE, code.to_bytes(2)))) == 1002


def test_a_goodbye_of_one_byte_or_with_a_reason_that_is_no_text_is_refused() -> None:  # 7.3.2, 7.5
    assert code_of(told(client(CLOSE, b"\x03"))) == 1002
    assert code_of(told(client(CLOSE, b"\x03\xe8" + BROKEN))) == 1007


def test_a_goodbye_in_the_middle_of_a_message_is_one() -> None:  # 7.1.5
    data = client(TEXT, b"half", fin=False) + client(CLOSE, b"\x03\xe8") + client(CONT, b"other")
    assert told(data) == [closed(1000)]


def test_messages_have_a_largest_size_whole_or_in_pieces() -> None:  # 9, 10
    assert told(client(TEXT, b"x" * LARGEST)) == ["x" * LARGEST]
    assert told(pieces(*[b"x" * 10] * (LARGEST // 10))) == ["x" * LARGEST]
    for data in (client(TEXT, b"x" * (LARGEST + 1)), pieces(*[b"x" * 10] * (LARGEST // 10), b"x")):
        assert code_of(told(data)) == 1009


def test_a_size_beyond_the_limit_is_refused_by_its_announcement() -> None:
    announced = b"\x82\xff" + (2**62).to_bytes(8)
    assert code_of(told(announced)) == 1009


def test_sixteen_mebibytes_fit_where_they_may() -> None:  # 9.2.6
    data = os.urandom(MOST)
    assert told(client(BINARY, data), MOST, 1_000_000) == [data]


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A connection."""
    return Wire(LARGEST)


def test_one_says_goodbye_once_and_hears_the_other_side_out(wire: Wire) -> None:
    assert list(wire.close(4001, "signed out")) == [encode(CLOSE, Close(4001, "signed out").serialize())]
    assert list(wire.close(1000)) == []
    assert not wire.is_open
    assert not wire.is_over
    assert list(wire.feed(client(TEXT, b"still there"))) == ["still there"]
    assert list(wire.feed(client(CLOSE, b"\x0f\xa1"))) == []
    assert wire.is_over


def test_the_end_of_the_stream_is_the_end(wire: Wire) -> None:
    assert list(wire.feed(client(TEXT, b"half a messa")[:-2])) == []
    assert list(wire.feed(b"")) == []
    assert wire.is_over
    assert list(wire.feed(b"")) == []


def test_a_reason_is_cut_at_a_character(wire: Wire) -> None:
    (frame,) = wire.close(1000, "가" * 100)
    assert isinstance(frame, Encoded)
    assert frame[4:].decode() == "가" * 41
