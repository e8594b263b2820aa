"""Outgoing mail behind one small interface: SMTP, or files in ``var/outbox`` that the dev mailbox shows."""

import smtplib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from web.core.ids import new_id
from web.core.settings import Settings

SMTP_TIMEOUT_SECONDS = 10
MAILBOX_SHOWS = 50


@dataclass(frozen=True)
class Mail:
    """A plain-text mail.

    Attributes:
        headers: more of them, such as List-Unsubscribe.
    """

    to: str
    subject: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()


class MailRefused(OSError):
    """The server takes no mail for this address; trying again does not help."""


class Mailer(ABC):
    """Sends mail. Called from jobs only, so that a slow server never holds up a request."""

    def __init__(self, sender: str) -> None:
        self.sender = sender

    def message(self, mail: Mail) -> EmailMessage:
        """The MIME message (RFC 5322) for a mail."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, mail.to, mail.subject
        message["Message-ID"] = f"<{new_id()}@plaza>"
        for name, value in mail.headers:
            message[name] = value
        message.set_content(mail.text)
        return message

    @abstractmethod
    def send(self, mail: Mail) -> None:
        """Hand the mail over.

        Raises:
            MailRefused: it will never be taken.
            OSError: not now.
        """


class SmtpMailer(Mailer):
    """Sends through an SMTP server: ``smtp://user:password@host:port`` (STARTTLS) or ``smtps://…``.

    Errors have the server's number (RFC 5321 §4.2) and never its text, which may quote the receiver's
    address: what failed is kept in logs and among the dead jobs.
    """

    def __init__(self, sender: str, url: str) -> None:
        super().__init__(sender)
        self._url = urlsplit(url)

    def send(self, mail: Mail) -> None:
        try:
            self._send(mail)
        except smtplib.SMTPRecipientsRefused as error:
            [(number, _)] = error.recipients.values()
            problem = f"the mail server answered {number} to the receiver's address"
            raise (MailRefused if number >= 500 else OSError)(problem) from None
        except smtplib.SMTPResponseException as error:
            raise OSError(f"the mail server answered {error.smtp_code}") from None

    def _send(self, mail: Mail) -> None:
        host, secure = self._url.hostname or "localhost", self._url.scheme == "smtps"
        client = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with client(host, self._url.port or (465 if secure else 25), timeout=SMTP_TIMEOUT_SECONDS) as smtp:
            if not secure and smtp.has_extn("starttls"):
                smtp.starttls()
            if self._url.username:
                smtp.login(unquote(self._url.username), unquote(self._url.password or ""))
            smtp.send_message(self.message(mail))


class OutboxMailer(Mailer):
    """The development adapter: sends nothing, keeps every mail as a file."""

    def __init__(self, sender: str, folder: Path) -> None:
        super().__init__(sender)
        self.folder = folder

    def send(self, mail: Mail) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = str(new_id())
        draft = self.folder / f"{name}.part"
        draft.write_bytes(self.message(mail).as_bytes(policy=policy.SMTP))
        draft.rename(self.folder / f"{name}.eml")

    def newest(self) -> list[Mail]:
        """What was "sent" last, newest first."""
        files = sorted(self.folder.glob("*.eml"), reverse=True)[:MAILBOX_SHOWS]
        messages = (message_from_bytes(file.read_bytes(), policy=policy.default) for file in files)
        return [
            Mail(message["To"], message["Subject"], message.get_content().replace("\r\n", "\n"))
            for message in messages
        ]


def mailer_for(settings: Settings) -> Mailer:
    """The adapter that the settings ask for; production has to name an SMTP server."""
    if settings.smtp_url:
        return SmtpMailer(settings.mail_from, settings.smtp_url)
    return OutboxMailer(settings.mail_from, settings.var / "outbox")
