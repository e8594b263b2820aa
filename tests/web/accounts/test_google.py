"""Getting in with Google, and having it linked; a local server has Google's keys."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.swapped import swapped
from tests.web.together import together
from web.accounts.models import Account, Email, GoogleLink, SecurityEvent, Session
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.google_tokens import GoogleTokens
from web.core.app import App
from web.core.clock import FixedClock
from web.core.settings import Settings
from web.core.signalling import Valkey

NONCE = "n-0S6_WzA2Mj-and-more"
CLIENT_IDS = ("plaza-web.apps.example", "plaza-ios.apps.example")
SUBJECT = "110169484474386276334"
MISSING = object()

KEY, NEXT_KEY, FOREIGN_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(3))


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "alg": "RS256", "use": "sig"}


@dataclass
class Google:
    """What the server has, how often it was asked, and which connections Plaza held meanwhile."""

    app: App
    answer: Any = field(default_factory=lambda: {"keys": [jwk(KEY, "k1")]})
    status: int = 200
    asked: int = 0
    held: list[int] = field(default_factory=list)
    url: str = ""

    def body(self) -> bytes:
        self.asked += 1
        engines = self.app.engines
        self.held.append(engines.reads.pool.checkedout() + engines.writes.pool.checkedout())
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Claims as Google writes them; ``MISSING`` leaves one out."""
        now = int(self.app.clock.now().timestamp())
        claims = {
            "iss": "https://accounts.google.com",
            "azp": CLIENT_IDS[0],
            "aud": CLIENT_IDS[0],
            "sub": SUBJECT,
            "email": "hana@example.com",
            "email_verified": True,
            "nonce": NONCE,
            "name": "Hana Sato",
            "iat": now,
            "exp": now + 3600,
            "jti": uuid4().hex,
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not MISSING}

    def token(self, key: rsa.RSAPrivateKey = KEY, kid: str | None = "k1", **changes: Any) -> str:
        return jwt.encode(
            self.claims(**changes), key, algorithm="RS256", headers={"kid": kid} if kid else None
        )


@pytest.fixture
def google(app: App, settings: Settings) -> Iterator[Google]:
    """A Google that Plaza takes tokens of."""
    state = Google(app)

    class Certs(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = state.body()
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Certs)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/oauth2/v3/certs"
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    with swapped(app, GoogleTokens, GoogleTokens(configured(settings, state), app.valkey)):
        yield state
    server.shutdown()
    server.server_close()
    thread.join()


def configured(settings: Settings, google: Google) -> Settings:
    return replace(settings, google_client_ids=CLIENT_IDS, google_jwks_url=google.url)


def sign_in(api: Api, token: str, status: int = 200, **values: Any) -> Any:
    return api.post("/auth/google", {"id_token": token, "nonce": NONCE, **values}, status=status)


def rows(engine: sa.Engine, statement: sa.Select[Any]) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.scalars(statement))


def change(engine: sa.Engine, statement: sa.Executable) -> None:
    with engine.begin() as connection:
        connection.execute(statement)


def give_google(engine: sa.Engine, person: Person, subject: str = SUBJECT) -> None:
    row = {"account_id": person.id, "subject": subject, "email": "x@example.com", "linked_at": sa.func.now()}
    change(engine, sa.insert(GoogleLink).values(row))


def part(value: dict[str, Any] | bytes) -> str:
    """A part of a token (RFC 7515 §2), for tokens that no library writes."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(google: Google) -> str:
    return f"{part({'alg': 'none', 'kid': 'k1'})}.{part(google.claims())}."


def signed_with_the_public_key(google: Google) -> str:
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(google.claims())}"
    return f"{signed}.{part(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def with_other_claims(google: Google) -> str:
    header, _, signature = google.token().split(".")
    return f"{header}.{part(google.claims(sub='1'))}.{signature}"


def of_another_curve(google: Google) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    google.answer = {"keys": [{**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1"}]}
    return jwt.encode(google.claims(), key, algorithm="ES256", headers={"kid": "k1"})


def ago(google: Google, **delta: float) -> int:
    return int((google.app.clock.now() - timedelta(**delta)).timestamp())


REFUSED: dict[str, Callable[[Google], str]] = {
    "no signature": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "claims changed after signing": with_other_claims,
    "another algorithm": of_another_curve,
    "RS512": lambda google: jwt.encode(google.claims(), KEY, algorithm="RS512", headers={"kid": "k1"}),
    "a foreign key under a known kid": lambda google: google.token(FOREIGN_KEY),
    "unknown kid": lambda google: google.token(kid="k9"),
    "no kid": lambda google: google.token(kid=None),
    "for somebody else": lambda google: google.token(aud="other.apps.example"),
    "for several others": lambda google: google.token(aud=["a", "b"]),
    "for nobody": lambda google: google.token(aud=MISSING),
    "of another issuer": lambda google: google.token(iss="https://accounts.google.com.example"),
    "of no issuer": lambda google: google.token(iss=MISSING),
    "expired": lambda google: google.token(iat=ago(google, hours=2), exp=ago(google, minutes=1)),
    "never expiring": lambda google: google.token(exp=MISSING),
    "of the future": lambda google: google.token(iat=ago(google, minutes=-5)),
    "of no time": lambda google: google.token(iat=MISSING),
    "another nonce": lambda google: google.token(nonce="another-nonce-altogether"),
    "a nonce that is no text": lambda google: google.token(nonce=1),
    "no nonce": lambda google: google.token(nonce=MISSING),
    "of nobody": lambda google: google.token(sub=MISSING),
    "without an address": lambda google: google.token(email=MISSING),
    "not a token": lambda _: "id_token",
    "not letters": lambda _: "é.ü.ß",
}


class TestTokens:
    @pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
    def test_what_google_did_not_say_to_us_is_refused(
        self, api: Api, google: Google, make: Callable[[Google], str], owner_engine: sa.Engine
    ) -> None:
        assert sign_in(api, make(google), status=401)["error"]["code"] == "INVALID_GOOGLE_TOKEN"
        assert rows(owner_engine, sa.select(Account.id)) == []

    @pytest.mark.parametrize(
        "changes",
        [{"iss": "accounts.google.com"}, {"aud": CLIENT_IDS[1]}, {"aud": [CLIENT_IDS[1]]}],
        ids=str,
    )
    def test_both_issuers_and_each_of_our_clients_are_taken(
        self, api: Api, google: Google, changes: dict[str, Any]
    ) -> None:
        sign_in(api, google.token(**changes))

    def test_a_token_works_once_however_its_signature_is_spelled(self, api: Api, google: Google) -> None:
        token = google.token()
        sign_in(api, token)
        for again in (token, token + "=="):  # padding that is usually left out (RFC 7515 §2)
            sign_in(api, again, status=401)

    def test_of_many_who_send_one_token_at_once_one_gets_in(self, api: Api, google: Google) -> None:
        body = {"id_token": google.token(), "nonce": NONCE}
        answers = together([lambda: api.call("POST", "/auth/google", json=body)] * 4)
        assert sorted(answer.status_int for answer in answers) == [200, 401, 401, 401]

    def test_without_a_note_of_what_was_used_nobody_gets_in(
        self, api: Api, app: App, settings: Settings, google: Google, owner_engine: sa.Engine
    ) -> None:
        away = Valkey(replace(settings, valkey_url="redis://127.0.0.1:1/0"))
        with swapped(app, GoogleTokens, GoogleTokens(configured(settings, google), away)):
            sign_in(api, google.token(), status=503)
        assert rows(owner_engine, sa.select(Account.id)) == []

    @pytest.mark.parametrize("nonce", ["short", "x" * 201, None])
    def test_a_nonce_has_to_be_hard_to_guess(self, api: Api, google: Google, nonce: str | None) -> None:
        sign_in(api, google.token(), status=422, nonce=nonce)

    def test_without_client_ids_there_is_no_google(self, api: Api, app: App, settings: Settings) -> None:
        with swapped(app, GoogleTokens, GoogleTokens(settings, app.valkey)):
            assert sign_in(api, "a token", status=404)["error"]["code"] == "GOOGLE_NOT_OFFERED"


class TestKeys:
    def test_they_are_fetched_once_while_no_connection_is_held(self, api: Api, google: Google) -> None:
        for _ in range(2):
            sign_in(api, google.token())
        assert (google.asked, google.held) == (1, [0])

    def test_unknown_ones_are_looked_for_but_not_again_and_again(self, api: Api, google: Google) -> None:
        for kid in ("k7", "k8", "k9"):
            sign_in(api, google.token(kid=kid), status=401)
        assert google.asked == 1  # just fetched: too soon for once more

    def test_a_new_one_is_found(self, api: Api, app: App, google: Google) -> None:
        sign_in(api, google.token())
        google.answer["keys"].append(jwk(NEXT_KEY, "k2"))
        app.value(GoogleTokens)._keys.cooldown_duration = 0  # a minute later
        sign_in(api, google.token(NEXT_KEY, "k2"))
        assert google.asked == 2

    @pytest.mark.parametrize(
        ("status", "answer"),
        [(500, {}), (302, {}), (200, b"<html>"), (200, []), (200, {"keys": []}), (200, b"\xff")],
        ids=str,
    )
    def test_without_them_it_is_later_not_never(
        self, api: Api, google: Google, status: int, answer: Any
    ) -> None:
        google.status, google.answer = status, answer
        token = google.token()
        refused = api.call("POST", "/auth/google", json={"id_token": token, "nonce": NONCE}, status=503)
        assert refused.headers["Retry-After"] == "5"
        google.status, google.answer = 200, {"keys": [jwk(KEY, "k1")]}
        sign_in(api, token)

    def test_a_google_that_is_away_is_waited_for(
        self, api: Api, app: App, settings: Settings, google: Google
    ) -> None:
        nowhere = replace(configured(settings, google), google_jwks_url="http://127.0.0.1:1/certs")
        with swapped(app, GoogleTokens, GoogleTokens(nowhere, app.valkey)):
            sign_in(api, google.token(), status=503)


class TestGettingIn:
    def test_somebody_new_gets_an_account_that_has_to_tell_its_birth_date(
        self, api: Api, google: Google, owner_engine: sa.Engine
    ) -> None:
        answer = sign_in(api, google.token(), zone="Asia/Tokyo", locale="ja")
        user = answer["user"]
        assert answer["is_new_user"] is True
        assert (user["email"], user["username"], user["nickname"], user["full_name"]) == (
            "hana@example.com",
            "hana",
            "Hana Sato",
            "Hana Sato",
        )
        assert (user["has_google"], user["zone"], user["locale"]) == (True, "Asia/Tokyo", "ja")
        assert user["profile_incomplete"] == ["birth_date"]
        assert rows(owner_engine, sa.select(Session.methods)) == [["fed"]]

    def test_the_google_account_counts_then_whatever_its_address(self, api: Api, google: Google) -> None:
        first = sign_in(api, google.token())
        second = sign_in(api, google.token(email="other@example.com"))
        assert second["user"]["id"] == first["user"]["id"]
        assert second["is_new_user"] is False

    @pytest.mark.parametrize("verified", [False, "false", MISSING], ids=["no", "in words", "unsaid"])
    def test_an_address_that_google_did_not_verify_is_nobodys(
        self, api: Api, google: Google, verified: Any, owner_engine: sa.Engine
    ) -> None:
        user = sign_in(api, google.token(email_verified=verified))["user"]
        assert user["email"] is None
        assert user["username"].startswith("member_")
        assert rows(owner_engine, sa.select(Email.address)) == []

    @pytest.mark.parametrize(
        ("name", "nickname", "full_name"),
        [
            ("A" * 300, "A" * 30, "A" * 100),
            (" Hana\n\x00 Sato\u202e ", "Hana Sato", "Hana Sato"),
            ("", "hana", None),
            (MISSING, "hana", None),
        ],
        ids=["long", "with letters that cannot be seen", "empty", "none"],
    )
    def test_any_name_becomes_one_that_can_be_shown(
        self, api: Api, google: Google, name: Any, nickname: str, full_name: str | None
    ) -> None:
        user = sign_in(api, google.token(name=name))["user"]
        assert (user["nickname"], user["full_name"]) == (nickname, full_name)

    def test_who_has_the_address_on_both_sides_gets_into_that_account_and_is_told(
        self, api: Api, google: Google, mina: Person, owner_engine: sa.Engine
    ) -> None:
        answer = sign_in(api, google.token(email="Mina@Example.com"))
        assert (answer["user"]["id"], answer["is_new_user"]) == (str(mina.id), False)
        assert rows(owner_engine, sa.select(GoogleLink.account_id)) == [mina.id]
        assert "google_linked" in rows(owner_engine, sa.select(SecurityEvent.kind))

    def test_a_members_address_that_google_did_not_verify_opens_nothing(
        self, api: Api, google: Google, mina: Person, owner_engine: sa.Engine
    ) -> None:
        token = google.token(email="mina@example.com", email_verified=False)
        assert sign_in(api, token, status=409)["error"]["code"] == "GOOGLE_ACCOUNT_NOT_VERIFIED"
        assert rows(owner_engine, sa.select(GoogleLink.account_id)) == []

    def test_a_second_google_account_does_not_take_the_place_of_the_first(
        self, api: Api, google: Google, mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_google(owner_engine, mina, "another subject")
        token = google.token(email="mina@example.com")
        assert sign_in(api, token, status=409)["error"]["code"] == "ANOTHER_GOOGLE_LINKED"

    def test_two_first_sign_ins_at_once_make_one_account(
        self, api: Api, google: Google, owner_engine: sa.Engine
    ) -> None:
        tokens = [google.token(email_verified=False) for _ in range(3)]
        answers = together([lambda token=token: sign_in(api, token) for token in tokens])
        assert len({answer["user"]["id"] for answer in answers}) == 1
        assert sorted(answer["is_new_user"] for answer in answers) == [False, False, True]
        assert len(rows(owner_engine, sa.select(Account.id))) == 1

    def test_a_second_factor_is_still_asked_for(
        self, api: Api, google: Google, mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_google(owner_engine, mina)
        change(owner_engine, sa.update(Account).values(second_factor_since=sa.func.now()))
        assert "access_token" not in sign_in(api, google.token())

    def test_who_is_banned_stays_out_and_nothing_is_linked(
        self, api: Api, google: Google, mina: Person, owner_engine: sa.Engine
    ) -> None:
        change(owner_engine, sa.update(Account).values(banned_at=sa.func.now()))
        refused = sign_in(api, google.token(email="mina@example.com"), status=403)
        assert refused["error"]["code"] == "ACCOUNT_BANNED"
        assert rows(owner_engine, sa.select(GoogleLink.account_id)) == []


class TestMyGoogle:
    @pytest.fixture(autouse=True)
    def _proof(self, app: App, mina: Person) -> None:
        with app.work() as services:
            services[SessionService].proved(mina.session_id)

    @staticmethod
    def link(api: Api, who: Person, token: str, status: int = 204) -> Any:
        return api.post("/users/me/google", {"id_token": token, "nonce": NONCE}, who, status=status)

    def test_it_can_be_linked_also_twice_and_with_another_address(
        self, api: Api, google: Google, mina: Person, owner_engine: sa.Engine
    ) -> None:
        for _ in range(2):
            self.link(api, mina, google.token(email="private@example.com", email_verified=False))
        assert api.get("/auth/me", mina)["has_google"] is True
        assert rows(owner_engine, sa.select(SecurityEvent.kind)) == ["google_linked"]
        assert sign_in(api, google.token())["user"]["id"] == str(mina.id)

    def test_keys_are_fetched_while_no_connection_is_held(
        self, api: Api, app: App, google: Google, mina: Person
    ) -> None:
        app.value(SessionCache).clear()  # so that the session is looked up by the request's connection
        self.link(api, mina, google.token())
        assert google.held == [0]

    def test_anothers_cannot_be_linked(
        self, api: Api, google: Google, mina: Person, joon: Person, owner_engine: sa.Engine
    ) -> None:
        give_google(owner_engine, joon)
        assert self.link(api, mina, google.token(), status=409)["error"]["code"] == "GOOGLE_TAKEN"

    def test_one_at_a_time(self, api: Api, google: Google, mina: Person, owner_engine: sa.Engine) -> None:
        give_google(owner_engine, mina, "another subject")
        refused = self.link(api, mina, google.token(), status=409)
        assert refused["error"]["code"] == "ANOTHER_GOOGLE_LINKED"

    def test_it_can_be_removed_where_another_way_in_is_left(
        self, api: Api, mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_google(owner_engine, mina)
        api.delete("/users/me/google", mina)
        assert rows(owner_engine, sa.select(GoogleLink.account_id)) == []
        assert rows(owner_engine, sa.select(SecurityEvent.kind)) == ["google_removed"]
        api.delete("/users/me/google", mina, status=404)

    def test_the_only_way_in_stays(self, api: Api, mina: Person, owner_engine: sa.Engine) -> None:
        give_google(owner_engine, mina)
        change(owner_engine, sa.delete(Email))
        assert api.delete("/users/me/google", mina, status=409)["error"]["code"] == "LAST_WAY_IN"

    def test_changing_it_needs_a_recent_proof(
        self, api: Api, google: Google, mina: Person, clock: FixedClock
    ) -> None:
        token = google.token()
        clock.moment += timedelta(minutes=16)
        linked = self.link(api, mina, token, status=403)
        removed = api.delete("/users/me/google", mina, status=403)
        assert {answer["error"]["code"] for answer in (linked, removed)} == {"REAUTHENTICATION_REQUIRED"}
