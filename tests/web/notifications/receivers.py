"""Push services and the browsers behind them, as the standards describe them."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from web.notifications.delivery.push_services import Push
from web.notifications.delivery.strategies import Rendered

Headers = dict[str, str]
Answer = tuple[int, Any] | tuple[int, Any, Headers]


@dataclass(frozen=True)
class Received:
    """A request; the names of its headers in small letters."""

    path: str
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode())


@dataclass
class LocalService:
    """A web server on this machine; it waits with each answer until ``go`` is set."""

    answer: Callable[[Received], Answer] = lambda _: (200, {})
    requests: list[Received] = field(default_factory=list)
    go: Event = field(default_factory=Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def local_service() -> Iterator[LocalService]:
    """Serve until the block ends."""
    state = LocalService()
    state.go.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, headers, body)
            state.requests.append(request)
            state.go.wait(10)
            status, content, *more = state.answer(request)
            answer = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield state
    finally:
        state.go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """What a browser keeps of a push subscription, and how it reads what comes (RFC 8291 §3.4)."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None, auth: bytes = b"a" * 16) -> None:
        self._private = private or ec.generate_private_key(ec.SECP256R1())
        self.auth = auth
        self.p256dh = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """What ``PushSubscription.toJSON()`` would give."""
        keys = {"p256dh": base64url(self.p256dh), "auth": base64url(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> bytes:
        """The plain text of a message of one record."""
        salt, record_size, key_length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + key_length], body[21 + key_length :]
        assert len(sealed) <= record_size
        their_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._private.exchange(ec.ECDH(), their_key)
        info = b"WebPush: info\0" + self.p256dh + sender
        secret = HKDF(SHA256(), 32, salt=self.auth, info=info).derive(shared)
        key = HKDF(SHA256(), 16, salt=salt, info=b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt=salt, info=b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain.endswith(b"\x02")  # the last record
        return plain[:-1]


def check_vapid(request: Received, origin: str) -> str:
    """What a push service checks of who sends (RFC 8292 §4.2); the public key that it was signed with."""
    scheme, _, rest = request.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    point = from_base64url(parts["k"])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=origin)
    assert datetime.fromtimestamp(claims["exp"], UTC) <= datetime.now(UTC) + timedelta(hours=24)
    assert claims["sub"].startswith("mailto:")
    return parts["k"]


def make_note(**values: Any) -> Rendered:
    """A notification on its way."""
    usual: dict[str, Any] = {
        "title": "Joon 님이 좋아해요",
        "message": "¡hola!",
        "action_url": "/posts/1",
        "icon_type": "heart",
        "icon_color": "#e0455e",
        "image_url": None,
        "badge": 3,
        "type": "content_liked",
        "notification_id": uuid4(),
        "locale": "ko",
    }
    return Rendered(**(usual | values))


def make_push(address: str, browser: Browser | None = None, **values: Any) -> Push:
    """A push to a token, or to a browser."""
    if browser is None:
        return Push(address, make_note(**values))
    return Push(address, make_note(**values), browser.p256dh, browser.auth)
