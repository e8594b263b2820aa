"""Firebase Cloud Messaging and Google's tokens, as their documentation describes them."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.web.notifications.receivers import Answer, LocalService, Received, make_push
from web.core.settings import SettingsError
from web.notifications.delivery.fcm import GRANT, SCOPE, Fcm, ServiceAccount
from web.notifications.delivery.push_services import Fate
from web.notifications.delivery.strategies import TryLater

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
EMAIL = "push@plaza-1.iam.gserviceaccount.com"


class Google:
    """Gives tokens for good assertions, and answers messages that carry one with ``answer``."""

    def __init__(self, service: LocalService) -> None:
        self.service = service
        self.answer: Answer = (200, {"name": "projects/plaza-1/messages/1"})
        self.lifetime = 3599
        self.given: list[str] = []
        service.answer = self._answer

    @property
    def messages(self) -> list[Received]:
        return [request for request in self.service.requests if request.path != "/token"]

    def account(self) -> ServiceAccount:
        return ServiceAccount(
            project_id="plaza-1",
            client_email=EMAIL,
            private_key_id="key-7",
            private_key=PEM,
            token_uri=f"{self.service.url}/token",
        )

    def fcm(self, timeout: float = 5) -> Fcm:
        return Fcm(self.account(), self.service.url, timeout=timeout)

    def _answer(self, request: Received) -> Answer:
        if request.path == "/token":
            return self._token(request)
        assert request.path == "/v1/projects/plaza-1/messages:send"
        if request.headers["authorization"] != f"Bearer {self.given[-1]}":
            return error(401, "UNAUTHENTICATED")
        return self.answer

    def _token(self, request: Received) -> Answer:
        form = request.form
        assert form["grant_type"] == [GRANT]
        [assertion] = form["assertion"]
        assert jwt.get_unverified_header(assertion)["kid"] == "key-7"
        claims = jwt.decode(
            assertion, KEY.public_key(), algorithms=["RS256"], audience=f"{self.service.url}/token"
        )
        assert (claims["iss"], claims["scope"]) == (EMAIL, SCOPE)
        assert claims["exp"] - claims["iat"] <= 3600
        self.given.append(f"ya29.{len(self.given)}")
        token = {"access_token": self.given[-1], "expires_in": self.lifetime, "token_type": "Bearer"}
        return 200, token


def error(status: int, name: str, code: str | None = None, *, field: str | None = None) -> Answer:
    """An error as Google's APIs write it."""
    details: list[dict[str, Any]] = []
    if code:
        kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
        details.append({"@type": kind, "errorCode": code})
    if field:
        violation = {"field": field, "description": "Invalid registration token"}
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
    return status, {"error": {"code": status, "message": "…", "status": name, "details": details}}


@pytest.fixture
def google(service: LocalService) -> Google:
    return Google(service)


def test_a_message_for_each_device_under_one_token(google: Google) -> None:
    pushes = [make_push("token-1"), make_push("token-2")]
    fcm = google.fcm()
    assert [outcome.fate for push in pushes for outcome in fcm.send([push])] == [Fate.SENT] * 2
    assert len(google.given) == 1
    first, second = google.messages
    assert second.json["message"]["token"] == "token-2"
    message, note = first.json["message"], pushes[0].note
    assert message["token"] == "token-1"
    assert message["notification"] == {"title": "Joon 님이 좋아해요", "body": "¡hola!"}
    assert message["data"] == {
        "notification_id": str(note.notification_id),
        "type": "content_liked",
        "action_url": "/posts/1",
        "icon_type": "heart",
        "icon_color": "#e0455e",
        "image_url": "",
        "badge": "3",
    }
    assert message["android"]["ttl"] == "86400s"
    assert message["apns"]["payload"]["aps"]["badge"] == 3
    assert message["apns"]["headers"]["apns-collapse-id"] == note.notification_id.hex


def test_a_token_that_is_about_to_expire_is_renewed(google: Google) -> None:
    google.lifetime = 60
    fcm = google.fcm()
    for _ in range(2):
        fcm.send([make_push("token")])
    assert len(google.given) == 2


def test_a_token_that_was_withdrawn_is_renewed_by_the_next_try(google: Google) -> None:
    fcm = google.fcm()
    fcm.send([make_push("token")])
    google.given.append("another, so that the first is worth nothing")
    with pytest.raises(OSError, match="UNAUTHENTICATED"):
        fcm.send([make_push("token")])
    assert [outcome.fate for outcome in fcm.send([make_push("token")])] == [Fate.SENT]


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (error(404, "NOT_FOUND", "UNREGISTERED"), Fate.GONE),
        (error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Fate.GONE),
        (error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", field="message.token"), Fate.GONE),
        (error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", field="message.data"), Fate.REFUSED),
        (error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Fate.REFUSED),
        ((400, {"error": "invalid"}), Fate.REFUSED),
    ],
)
def test_what_an_answer_means(google: Google, answer: Answer, fate: Fate) -> None:
    google.answer = answer
    [outcome] = google.fcm().send([make_push("a-token")])
    assert outcome.fate is fate
    assert "a-token" not in outcome.problem


@pytest.mark.parametrize(
    "answer",
    [
        error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
        error(403, "PERMISSION_DENIED"),
        (404, b"<html>Not Found</html>"),
    ],
)
def test_what_the_operator_has_to_mend_is_an_outage(google: Google, answer: Answer) -> None:
    google.answer = answer
    with pytest.raises(OSError, match=f"Firebase answered {answer[0]}"):
        google.fcm().send([make_push("a-token")])


@pytest.mark.parametrize(
    ("answer", "headers", "seconds"),
    [
        (error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), {"Retry-After": "70"}, 70),
        (error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), {}, 60),
        (error(503, "UNAVAILABLE", "UNAVAILABLE"), {"Retry-After": "9"}, 9),
        (error(500, "INTERNAL", "INTERNAL"), {}, 0),
    ],
)
def test_a_busy_service_is_asked_again_later(
    google: Google, answer: Answer, headers: dict[str, str], seconds: float
) -> None:
    google.answer = (answer[0], answer[1], headers)
    with pytest.raises(TryLater, match=f"Firebase answered {answer[0]}") as raised:
        google.fcm().send([make_push("token")])
    assert raised.value.seconds == seconds


@pytest.mark.parametrize(
    "answer", [(400, {"error": "invalid_grant"}), (200, {"token": "?"}), (200, b"<html>")]
)
def test_without_a_token_nothing_is_sent(service: LocalService, google: Google, answer: Answer) -> None:
    service.answer = lambda _: answer
    with pytest.raises(OSError, match="Google gave no token"):
        google.fcm().send([make_push("token")])
    assert google.messages == []


def test_a_service_that_does_not_answer_in_time_is_an_outage(service: LocalService, google: Google) -> None:
    service.go.clear()
    with pytest.raises(OSError, match="ReadTimeout"):
        google.fcm(timeout=0.05).send([make_push("token")])


def test_the_account_comes_from_the_file_of_the_console(tmp_path: Path, google: Google) -> None:
    path = tmp_path / "account.json"
    path.write_text(json.dumps({"type": "service_account", **google.account().model_dump()}))
    assert ServiceAccount.read(path) == google.account()


@pytest.mark.parametrize("content", [None, "", "{}", json.dumps({"private_key": "-----secret"})])
def test_a_file_that_is_no_account_is_refused_without_quoting_it(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "account.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match="PLAZA_FCM_CREDENTIALS") as raised:
        ServiceAccount.read(path)
    assert "secret" not in str(raised.value)
