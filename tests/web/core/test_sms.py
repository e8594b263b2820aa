"""The adapters for text messages: a server that speaks Twilio's Messages API, and the outbox."""

import base64
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from web.core.settings import Settings
from web.core.sms import OutboxSmsSender, Sms, SmsRefused, SmsSender, TwilioSender, sms_sender_for

SMS = Sms("+821012345678", "Plaza 코드 123456 & ¡más! +1")
SENT = (201, {"sid": "SM" + "0" * 32, "status": "queued", "error_code": None})


@dataclass
class Twilio:
    """What the server was sent, and what it answers; it waits with the answer until ``go`` is set."""

    status: int = SENT[0]
    answer: Any = field(default_factory=lambda: SENT[1])
    requests: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    go: Event = field(default_factory=Event)
    port: int = 0

    def sender(self, timeout: float = 5) -> SmsSender:
        return TwilioSender(f"http://AC123:s%40cret@127.0.0.1:{self.port}", "+15005550006", timeout=timeout)


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    """A server that takes messages of account AC123."""
    state = Twilio()
    state.go.set()

    class Messages(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            state.requests.append((self.path, self.headers["Authorization"], parse_qs(body)))
            state.go.wait(10)
            answer = state.answer if isinstance(state.answer, bytes) else json.dumps(state.answer).encode()
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Messages)
    state.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield state
    state.go.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_message_is_one_form_with_basic_authentication(twilio: Twilio) -> None:
    twilio.sender().send(SMS)
    ((path, authorization, form),) = twilio.requests
    assert path == "/2010-04-01/Accounts/AC123/Messages.json"
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"AC123:s@cret"
    assert form == {"To": [SMS.to], "From": ["+15005550006"], "Body": [SMS.text]}


@pytest.mark.parametrize(
    ("status", "number", "error"),
    [
        (400, 21211, SmsRefused),  # no such number
        (401, 20003, SmsRefused),  # wrong credentials
        (403, 21408, SmsRefused),  # that country is switched off
        (429, 20429, OSError),
        (500, 20500, OSError),
        (503, 20503, OSError),
    ],
)
def test_a_refusal_is_final_and_an_outage_is_not(
    twilio: Twilio, status: int, number: int, error: type[Exception]
) -> None:
    twilio.status = status
    twilio.answer = {
        "code": number,
        "message": f"The 'To' number {SMS.to} is not valid.",
        "more_info": f"https://www.twilio.com/docs/errors/{number}",
        "status": status,
    }
    with pytest.raises(error, match=f"answered {status}, error {number}") as raised:
        twilio.sender().send(SMS)
    assert SMS.to not in str(raised.value)


@pytest.mark.parametrize("answer", [b"<html>Bad Gateway</html>", b"", [], {"code": None}])
def test_an_answer_that_is_not_twilios_is_an_outage_too(twilio: Twilio, answer: Any) -> None:
    twilio.status, twilio.answer = 502, answer
    with pytest.raises(OSError, match="answered 502, error unknown"):
        twilio.sender().send(SMS)


def test_a_redirect_is_neither_followed_nor_taken_for_success(twilio: Twilio) -> None:
    twilio.status = 302
    with pytest.raises(SmsRefused, match="302"):
        twilio.sender().send(SMS)
    assert len(twilio.requests) == 1


def test_a_provider_that_does_not_answer_in_time_is_an_outage(twilio: Twilio) -> None:
    twilio.go.clear()
    with pytest.raises(OSError, match="ReadTimeout"):
        twilio.sender(timeout=0.05).send(SMS)


def test_a_provider_that_is_away_is_an_outage() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sender = TwilioSender(f"http://AC:token@127.0.0.1:{free.getsockname()[1]}", "+1")
        with pytest.raises(OSError, match="cannot be reached"):
            sender.send(SMS)


def test_the_outbox_keeps_what_was_written_newest_first(tmp_path: Path) -> None:
    sender = OutboxSmsSender(tmp_path / "outbox")
    assert sender.newest() == []
    second = Sms("+15005550001", "second")
    for sms in (SMS, second):
        sender.send(sms)
    assert sender.newest() == [second, SMS]


def test_the_settings_choose_the_adapter(settings: Settings) -> None:
    assert isinstance(sms_sender_for(settings), OutboxSmsSender)
    twilio = replace(settings, sms_url="https://AC:token@api.twilio.com", sms_from="+15005550006")
    assert isinstance(sms_sender_for(twilio), TwilioSender)
