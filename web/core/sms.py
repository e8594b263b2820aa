"""Text messages behind one small interface: Twilio, or files in ``var/outbox`` that the dev mailbox shows."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import orjson

from web.core.ids import new_id
from web.core.settings import Settings

TIMEOUT_SECONDS = 10
MAILBOX_SHOWS = 50


class SmsRefused(Exception):
    """The provider will not send this message; trying again does not help."""


@dataclass(frozen=True)
class Sms:
    """A text message; ``to`` is E.164."""

    to: str
    text: str


class SmsSender(ABC):
    """Sends text messages. Called from jobs only, so that a slow provider never holds up a request."""

    @abstractmethod
    def send(self, sms: Sms) -> None:
        """Hand the message over.

        Raises:
            SmsRefused: it will never be taken.
            OSError: not now.
        """


class OutboxSmsSender(SmsSender):
    """The development adapter: sends nothing, keeps every message as a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, sms: Sms) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = str(new_id())
        draft = self.folder / f"{name}.part"
        draft.write_bytes(orjson.dumps({"to": sms.to, "text": sms.text}))
        draft.rename(self.folder / f"{name}.sms")

    def newest(self) -> list[Sms]:
        """What was "sent" last, newest first."""
        files = sorted(self.folder.glob("*.sms"), reverse=True)[:MAILBOX_SHOWS]
        return [Sms(**orjson.loads(file.read_bytes())) for file in files]


class TwilioSender(SmsSender):
    """Twilio's Messages resource (API version 2010-04-01): one form POST with basic authentication.

    Errors name Twilio's own number for them (its error dictionary) and never its text, which may quote the
    receiver's number: what failed is kept in logs.
    """

    def __init__(self, url: str, sender: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._account, self._token = unquote(parts.username or ""), unquote(parts.password or "")
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        self._address = f"{parts.scheme}://{host}/2010-04-01/Accounts/{self._account}/Messages.json"
        self._sender = sender
        self._timeout = timeout

    def send(self, sms: Sms) -> None:
        try:
            response = httpx.post(
                self._address,
                data={"To": sms.to, "From": self._sender, "Body": sms.text},
                auth=(self._account, self._token),
                timeout=self._timeout,
            )
        except httpx.HTTPError as error:
            raise OSError(f"the provider cannot be reached: {type(error).__name__}") from error
        if response.is_success:
            return
        problem = f"the provider answered {response.status_code}, error {_error_number(response)}"
        if response.status_code == 429 or response.status_code >= 500:
            raise OSError(problem)
        raise SmsRefused(problem)


def _error_number(response: httpx.Response) -> str:
    try:
        return str(int(response.json()["code"]))
    except (ValueError, KeyError, TypeError):  # a proxy in between answers in its own way
        return "unknown"


def sms_sender_for(settings: Settings) -> SmsSender:
    """The adapter that the settings ask for."""
    if settings.sms_url:
        return TwilioSender(settings.sms_url, settings.sms_from)
    return OutboxSmsSender(settings.var / "outbox")
