"""Web Push to a service that checks who sends, and a browser that decrypts."""

import json
import socket
import stat
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.web.notifications.receivers import (
    Browser,
    LocalService,
    check_vapid,
    from_base64url,
    make_push,
)
from tests.web.together import together
from web.core.settings import SettingsError
from web.notifications.delivery.public_hosts import PublicHosts
from web.notifications.delivery.push_services import Fate, Outcome
from web.notifications.delivery.strategies import TryLater
from web.notifications.delivery.vapid import VapidKey, create_vapid_key
from web.notifications.delivery.web_push import WebPush


@pytest.fixture(scope="module")
def key() -> VapidKey:
    return VapidKey(ec.generate_private_key(ec.SECP256R1()))


def web_push(key: VapidKey, seconds: float = 5) -> WebPush:
    return WebPush(key, "mailto:post@plaza.example", PublicHosts(with_loopback=True, seconds=seconds))


def sent(service: LocalService, key: VapidKey) -> Outcome:
    [outcome] = web_push(key).send([make_push(f"{service.url}/push/abc", Browser())])
    return outcome


def test_the_browser_of_the_tests_reads_the_example_of_rfc_8291() -> None:
    private = int.from_bytes(from_base64url("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = Browser(
        ec.derive_private_key(private, ec.SECP256R1()), from_base64url("BTBZMqHH6r4Tts7J_aSIgg")
    )
    body = from_base64url(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.read(body) == b"When I grow up, I want to be a watermelon"


def test_a_push_is_readable_by_the_browser_alone(service: LocalService, key: VapidKey) -> None:
    service.answer = lambda _: (201, b"")
    browser, endpoint = Browser(), f"{service.url}/push/abc"
    push = make_push(endpoint, browser)
    assert web_push(key).send([push]) == [Outcome(Fate.SENT)]
    [request] = service.requests
    assert request.path == "/push/abc"
    assert b"Joon" not in request.body
    note = push.note
    assert json.loads(browser.read(request.body)) == {
        "id": str(note.notification_id),
        "type": "content_liked",
        "title": "Joon 님이 좋아해요",
        "message": "¡hola!",
        "action_url": "/posts/1",
        "image_url": None,
        "badge": 3,
        "locale": "ko",
    }
    headers = request.headers
    assert headers["content-encoding"] == "aes128gcm"
    assert (headers["ttl"], headers["urgency"]) == ("86400", "normal")
    assert headers["topic"] == note.notification_id.hex
    assert check_vapid(request, service.url) == key.public_key


def test_even_the_longest_texts_fit_into_what_services_take(service: LocalService, key: VapidKey) -> None:
    service.answer = lambda _: (201, b"")
    browser = Browser()
    push = make_push(f"{service.url}/p", browser, title="👪" * 1000, message="\u0001" * 1000)
    web_push(key).send([push])
    body = service.requests[0].body
    assert len(body) <= 4096  # RFC 8030 §7.2
    assert json.loads(browser.read(body))["title"] == "👪" * 149 + "…"


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (200, Fate.SENT),
        (201, Fate.SENT),
        (202, Fate.SENT),
        (404, Fate.GONE),
        (410, Fate.GONE),
        (301, Fate.REFUSED),
        (400, Fate.REFUSED),
        (401, Fate.REFUSED),
        (403, Fate.REFUSED),
        (413, Fate.REFUSED),
    ],
)
def test_what_an_answer_means(service: LocalService, key: VapidKey, status: int, fate: Fate) -> None:
    service.answer = lambda _: (status, b"", {"Location": f"{service.url}/elsewhere"})
    assert sent(service, key).fate is fate
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("status", "asked", "seconds"),
    [(429, "120", 120), (503, "7", 7), (429, None, 30), (429, "soon", 30), (429, "999999", 3600)],
)
def test_a_busy_service_says_how_long_to_wait(
    service: LocalService, key: VapidKey, status: int, asked: str | None, seconds: float
) -> None:
    service.answer = lambda _: (status, b"", {"Retry-After": asked} if asked else {})
    with pytest.raises(TryLater, match=f"answered {status}") as raised:
        sent(service, key)
    assert raised.value.seconds == seconds


def test_it_may_also_say_until_when(service: LocalService, key: VapidKey) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    service.answer = lambda _: (429, b"", {"Retry-After": until})
    with pytest.raises(TryLater) as raised:
        sent(service, key)
    assert 590 <= raised.value.seconds <= 600


def test_a_broken_service_is_an_outage(service: LocalService, key: VapidKey) -> None:
    service.answer = lambda _: (500, b"")
    with pytest.raises(OSError, match="answered 500"):
        sent(service, key)


def test_a_service_that_is_away_is_an_outage_without_its_address(key: VapidKey) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(OSError, match="cannot be reached: ConnectError") as raised:
            web_push(key).send([make_push(f"http://127.0.0.1:{port}/secret", Browser())])
    assert "secret" not in str(raised.value)


def test_a_service_that_does_not_answer_in_time_is_an_outage(service: LocalService, key: VapidKey) -> None:
    service.go.clear()
    with pytest.raises(OSError, match="ReadTimeout"):
        web_push(key, seconds=0.1).send([make_push(f"{service.url}/p", Browser())])


def test_an_address_within_is_never_asked(service: LocalService, key: VapidKey) -> None:
    strict = WebPush(key, "mailto:post@plaza.example", PublicHosts())
    [outcome] = strict.send([make_push(f"{service.url}/p", Browser())])
    assert outcome.fate is Fate.GONE
    assert service.requests == []


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "vapid.pem"
    together([lambda: create_vapid_key(path)] * 8)
    first = VapidKey.read(path).public_key
    create_vapid_key(path)
    assert VapidKey.read(path).public_key == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["vapid.pem"]


@pytest.mark.parametrize("kind", ["nothing", "text", "rsa", "P-384"])
def test_a_file_without_such_a_key_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "key.pem"
    if kind == "text":
        path.write_text("no key")
    elif kind in ("rsa", "P-384"):
        private = (
            rsa.generate_private_key(65537, 2048)
            if kind == "rsa"
            else ec.generate_private_key(ec.SECP384R1())
        )
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SettingsError, match="PLAZA_VAPID_KEY"):
        VapidKey.read(path)
