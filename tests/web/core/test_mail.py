"""The mail adapters: a real SMTP conversation, and the outbox."""

import socket
from collections.abc import Iterator
from pathlib import Path
from traceback import format_exception

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from web.core.mail import Mail, Mailer, MailRefused, OutboxMailer, SmtpMailer

MAIL = Mail(to="mina@example.com", subject="가입을 환영합니다", text="안녕하세요, 미나!\n\n¡Hola!")


class Inbox:
    """What an SMTP server was given."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer.format(address)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.received.append(envelope)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: LoginPassword
    ) -> AuthResult:
        self.logins.append((auth_data.login, auth_data.password))
        return AuthResult(success=auth_data.password == b"p@ss", handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    """The port of an SMTP server that wants a login."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=inbox.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield port
    controller.stop()


def test_a_mail_goes_through_smtp_with_a_login(inbox: Inbox, port: int) -> None:
    SmtpMailer("Plaza <no-reply@plaza.example>", f"smtp://us%40er:p%40ss@127.0.0.1:{port}").send(MAIL)
    (envelope,) = inbox.received
    assert inbox.logins == [(b"us@er", b"p@ss")]
    assert envelope.rcpt_tos == ["mina@example.com"]
    assert envelope.mail_from == "no-reply@plaza.example"


def test_a_refusal_is_an_error_so_that_the_job_is_tried_again(port: int) -> None:
    with pytest.raises(OSError, match="535"):
        SmtpMailer("a@b.example", f"smtp://user:wrong@127.0.0.1:{port}").send(MAIL)


@pytest.mark.parametrize("number", [450, 550])
def test_an_address_that_is_refused_is_named_in_no_error(inbox: Inbox, port: int, number: int) -> None:
    inbox.answer = f"{number} {{0}} is not here"
    with pytest.raises(OSError, match=f"answered {number}") as raised:
        SmtpMailer("a@b.example", f"smtp://user:p%40ss@127.0.0.1:{port}").send(MAIL)
    assert isinstance(raised.value, MailRefused) is (number == 550)
    assert "mina" not in "".join(format_exception(raised.value))


def test_the_outbox_keeps_what_was_written_newest_first(tmp_path: Path) -> None:
    mailer: Mailer = OutboxMailer("Plaza <no-reply@localhost>", tmp_path / "outbox")
    mailer.send(MAIL)
    mailer.send(Mail("joon@example.com", "second", "text"))
    assert isinstance(mailer, OutboxMailer)
    newest = mailer.newest()
    assert [mail.subject for mail in newest] == ["second", MAIL.subject]
    assert newest[1].text.strip() == MAIL.text


def test_no_header_can_be_smuggled_in_through_a_subject(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        OutboxMailer("a@b.example", tmp_path).send(Mail("c@d.example", "x\nBcc: e@f.example", "text"))
