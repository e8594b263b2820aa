"""What clients may say, and what they are answered."""

from typing import Any

import pytest
import websocket

from tests.factories import Person
from tests.web.realtime.conftest import Client, Connect

Opcode = websocket.ABNF


@pytest.fixture
def client(join: Connect, mina: Person) -> Client:
    """A greeted socket."""
    return join(mina)


def test_a_ping_is_answered(client: Client) -> None:
    assert client.ask("ping") == {"ok": {}}


def test_an_acknowledgement_is_answered(client: Client) -> None:
    assert client.ask("ack", data={"seq": 3}) == {"ok": {"seq": 3}}


def test_one_may_subscribe_to_oneself_only(client: Client, mina: Person, joon: Person) -> None:
    for channel in ("user:me", f"user:{mina.id}"):
        assert client.ask("subscribe", channel=channel) == {"ok": {"channel": f"user:{mina.id}"}}
    for channel in (f"user:{joon.id}", "conversation:1", "", "*"):
        assert client.ask("subscribe", channel=channel)["error"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "UNREADABLE_MESSAGE"),
        ("", "UNREADABLE_MESSAGE"),
        ("[]", "VALIDATION_FAILED"),
        ("{}", "VALIDATION_FAILED"),
        ('{"event": 5}', "VALIDATION_FAILED"),
        ('{"event": "ping", "data": []}', "VALIDATION_FAILED"),
        ('{"event": "ack"}', "VALIDATION_FAILED"),
        ('{"event": "subscribe", "data": {"last_seq": "1"}}', "VALIDATION_FAILED"),
        ('{"event": "subscribe", "data": {"last_seq": -1}}', "VALIDATION_FAILED"),
        ('{"event": "sing"}', "UNKNOWN_MESSAGE"),
        ('{"event": "ping", "data": {"a": ["\\u0000"]}}', "VALIDATION_FAILED"),
    ],
)
def test_what_makes_no_sense_gets_an_error_and_the_socket_stays(
    client: Client, message: str, code: str
) -> None:
    client.socket.send(message)
    answer = client.read()
    assert (answer["reply_to"], answer["error"]["code"]) == (None, code)
    assert client.ask("ping") == {"ok": {}}


def test_what_is_deeply_nested_is_read_like_anything_else(client: Client) -> None:
    client.socket.send('{"event": "ping", "data": {"a": ' + "[" * 1000 + "]" * 1000 + "}}")
    assert client.read() == {"reply_to": None, "ok": {}}


def test_pings_of_the_transport_are_answered(client: Client) -> None:
    client.socket.ping(b"are you there")
    opcode, data = client.socket.recv_data(control_frame=True)
    assert (opcode, data) == (Opcode.OPCODE_PONG, b"are you there")


def test_a_message_may_come_in_pieces(client: Client) -> None:
    for payload, opcode, is_last in (
        (b'{"id": "\xec\x95', Opcode.OPCODE_TEXT, 0),
        (b"\x88", Opcode.OPCODE_CONT, 0),
        (b'", "event": "ping"}', Opcode.OPCODE_CONT, 1),
    ):
        client.socket.send_frame(Opcode(is_last, 0, 0, 0, opcode, 1, payload))
    assert client.read() == {"reply_to": "안", "ok": {}}


def _frame(opcode: int, payload: bytes, is_last: int = 1, rsv1: int = 0) -> Any:
    return Opcode(is_last, rsv1, 0, 0, opcode, 1, payload)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (_frame(Opcode.OPCODE_TEXT, b" " * 16_385), 1009),
        (_frame(Opcode.OPCODE_BINARY, b"{}"), 1003),
        (_frame(Opcode.OPCODE_TEXT, b"\xff"), 1007),
        (_frame(Opcode.OPCODE_CONT, b"{}"), 1002),
        (_frame(Opcode.OPCODE_TEXT, b"{}", rsv1=1), 1002),
        (_frame(Opcode.OPCODE_CLOSE, b"\x03\xe8bye"), 1000),
        (_frame(Opcode.OPCODE_CLOSE, b""), 0),  # the answer to no reason is none
        (_frame(Opcode.OPCODE_CLOSE, b"\x00\x01"), 1002),
    ],
)
def test_a_broken_frame_ends_the_socket_with_its_reason(client: Client, frame: Any, code: int) -> None:
    client.socket.send_frame(frame)
    assert client.close_code() == code


def test_pieces_do_not_add_up_to_more_than_the_limit(client: Client) -> None:
    client.socket.send_frame(_frame(Opcode.OPCODE_TEXT, b" " * 10_000, is_last=0))
    client.socket.send_frame(_frame(Opcode.OPCODE_CONT, b" " * 10_000))
    assert client.close_code() == 1009


@pytest.mark.parametrize("frame", [b"\x81\x02{}", b"\x83\x80mask", b"\x09\x80mask"])
def test_frames_unmasked_of_no_kind_or_broken_up_where_they_must_not_be_are_refused(
    client: Client, frame: bytes
) -> None:
    client.socket.sock.sendall(frame)
    assert client.close_code() == 1002
