"""Firebase Cloud Messaging, HTTP v1: a request for each device, with a short-lived token of our account.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages; the token is OAuth 2.0's JWT bearer
grant (RFC 7523).
"""

import threading
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
from pydantic import BaseModel, ValidationError

from web.core.settings import SettingsError
from web.notifications.delivery.push_services import KEPT, SENT, Busy, Fate, Outcome, Push, PushService
from web.notifications.delivery.retry_after import retry_after

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTED_SECONDS = 3600
RENEWED_BEFORE = 60.0  # seconds before a token expires
PAUSE = 60.0  # seconds; what Google asks for after a 429 that does not say
TIMEOUT_SECONDS = 10.0
# The token will never work again: the app was removed, or it belongs to another project.
_DEAD = ("UNREGISTERED", "SENDER_ID_MISMATCH")


class ServiceAccount(BaseModel):
    """The JSON key that the Firebase console makes."""

    project_id: str
    client_email: str
    private_key_id: str
    private_key: str
    token_uri: str

    @classmethod
    def read(cls, path: Path) -> "ServiceAccount":
        """The account in a file.

        Raises:
            SettingsError
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            # Without pydantic's text, which would quote the key.
            raise SettingsError(f"PLAZA_FCM_CREDENTIALS: {path} is no key of a service account") from error


class Fcm(PushService):
    """Sends to Firebase's tokens, on Android and on iOS."""

    name = "fcm"

    def __init__(self, account: ServiceAccount, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._account = account
        self._address = f"{url}/v1/projects/{account.project_id}/messages:send"
        self._timeout = timeout
        self._lock = threading.Lock()
        self._token, self._renew_at = "", 0.0

    @cached_property
    def _http(self) -> httpx.Client:
        """Made by the first push: most processes never push."""
        return httpx.Client(timeout=self._timeout)

    def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        return [self._send(push) for push in pushes]

    def _send(self, push: Push) -> Outcome:
        headers = {"Authorization": f"Bearer {self._access_token()}"}
        response = self._post(self._address, json={"message": message(push)}, headers=headers)
        if response.is_success:
            return SENT
        code, field = _problem(response)
        problem = f"Firebase answered {response.status_code} {code}"
        if code in _DEAD or (code == "INVALID_ARGUMENT" and field == "message.token"):
            return Outcome(Fate.GONE, problem)
        if code == "UNAUTHENTICATED":  # the token was withdrawn; the next try gets another
            self._renew_at = 0.0
            raise OSError(problem)
        if response.status_code == 429:
            raise Busy(problem, retry_after(response.headers, PAUSE))
        if response.status_code >= 500:
            raise Busy(problem, retry_after(response.headers, 0))
        if response.status_code != 400:  # of our access or project, which the operator has to mend
            raise OSError(problem)
        return Outcome(Fate.REFUSED, problem)

    def _access_token(self) -> str:
        """A token that works for a while yet."""
        with self._lock:
            if time.monotonic() >= self._renew_at:
                self._token, seconds = self._fetch_token()
                self._renew_at = time.monotonic() + seconds - RENEWED_BEFORE
            return self._token

    def _fetch_token(self) -> tuple[str, float]:
        account, now = self._account, int(time.time())
        claims = {
            "iss": account.client_email,
            "scope": SCOPE,
            "aud": account.token_uri,
            "iat": now,
            "exp": now + ASSERTED_SECONDS,
        }
        assertion = jwt.encode(
            claims, account.private_key, algorithm="RS256", headers={"kid": account.private_key_id}
        )
        form = {"grant_type": GRANT, "assertion": assertion}
        response = self._post(account.token_uri, data=form)
        try:
            answer = response.raise_for_status().json()
            return str(answer["access_token"]), float(answer["expires_in"])
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
            raise OSError(f"Google gave no token: it answered {response.status_code}") from error

    def _post(self, url: str, **options: Any) -> httpx.Response:
        try:
            return self._http.post(url, **options)
        except httpx.HTTPError as error:
            raise OSError(f"Google cannot be reached: {type(error).__name__}") from error


def message(push: Push) -> dict[str, Any]:
    """The message of a push."""
    note = push.note
    seconds = int(KEPT.total_seconds())
    thread = note.notification_id.hex
    return {
        "token": push.address,
        "notification": {"title": push.title, "body": push.message},
        "data": push.data | {"badge": str(note.badge)},
        "android": {
            "ttl": f"{seconds}s",
            "collapse_key": thread,
            "notification": {"tag": thread, "notification_count": note.badge},
        },
        "apns": {
            "headers": {"apns-collapse-id": thread, "apns-expiration": str(int(time.time()) + seconds)},
            "payload": {"aps": {"badge": note.badge, "sound": "default"}},
        },
    }


def _problem(response: httpx.Response) -> tuple[str, str]:
    """FCM's code of an error, or else Google's; and the field that it complains about."""
    try:
        error = orjson.loads(response.content)["error"]
        details = [detail for detail in error.get("details", []) if isinstance(detail, dict)]
        codes = [detail["errorCode"] for detail in details if "errorCode" in detail]
        fields = [item["field"] for detail in details for item in detail.get("fieldViolations", [])]
        return str(codes[0] if codes else error["status"]), str(fields[0] if fields else "")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):  # a proxy in between
        return "unknown", ""
