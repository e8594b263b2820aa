"""Which tokens count, and until when."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import psycopg
import pytest

from analytics_api.settings import Settings
from tests.analytics_api.conftest import (
    PREFIX,
    KeyServer,
    Tokens,
    bearer,
    statements_run,
)
from tests.eventually import eventually
from tests.forgeries import FORGERIES, GENUINE, forge
from web.core.ids import new_id
from web.core.key_file import rotate
from web.core.tokens import KeyRing

DAILY_USERS = f"{PREFIX}/daily-users"
StartApi = Callable[[Settings], httpx.Client]


@pytest.fixture
def own_api(start_api: StartApi, exact_settings: Settings, key_server: KeyServer) -> httpx.Client:
    """An API that trusts the key server of this test."""
    return start_api(replace(exact_settings, jwks_url=key_server.url, key_pause=0.2))


def status(api: httpx.Client, token: str) -> int:
    """What a dashboard is told that presents the token."""
    return api.get(DAILY_USERS, headers=bearer(token)).status_code


def test_a_token_with_all_claims_counts(api: httpx.Client, shared_key_server: KeyServer) -> None:
    assert status(api, forge(shared_key_server.ring_file, GENUINE)) == 200


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_does_not(api: httpx.Client, shared_key_server: KeyServer, forgery: str) -> None:
    answer = api.get(DAILY_USERS, headers=bearer(forge(shared_key_server.ring_file, forgery)))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eDp4", "Bearer " + "x" * 5000, "Bearer é.é.é"],
)
def test_anything_else_in_the_header_is_refused_politely(api: httpx.Client, header: str) -> None:
    answer = api.get(DAILY_USERS, headers={"Authorization": header.encode()})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHENTICATED")


def test_a_header_that_is_no_object_is_refused(api: httpx.Client) -> None:
    odd = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in (b'["EdDSA"]', b"{}", b"x"))
    assert status(api, odd) == 401


def test_made_up_key_ids_do_not_become_requests_to_web(
    start_api: StartApi, exact_settings: Settings, key_server: KeyServer
) -> None:
    api = start_api(replace(exact_settings, jwks_url=key_server.url))
    for _ in range(20):
        assert status(api, forge(key_server.ring_file, "brings its own key")) == 401
    assert key_server.asked == 1


def test_a_new_key_is_found_when_it_comes_up(own_api: httpx.Client, key_server: KeyServer) -> None:
    assert status(own_api, Tokens(key_server.ring).make("dashboard")) == 200
    key_server.rotate()
    new = Tokens(key_server.ring).make("dashboard")
    eventually(lambda: status(own_api, new) == 200)


def test_after_a_rotation_tokens_of_the_old_and_of_the_new_key_count(
    own_api: httpx.Client, key_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyRing, "LOOK_SECONDS", 0.0)  # what `web` does within two seconds
    old = Tokens(key_server.ring).make("dashboard")
    assert status(own_api, old) == 200
    rotate(key_server.ring_file, datetime.now(UTC) - timedelta(minutes=1))
    new = Tokens(key_server.ring).make("dashboard")
    assert jwt.get_unverified_header(new)["kid"] != jwt.get_unverified_header(old)["kid"]
    eventually(lambda: status(own_api, new) == 200)
    assert status(own_api, old) == 200


def test_a_key_taken_out_of_the_ring_stops_working(
    start_api: StartApi, exact_settings: Settings, key_server: KeyServer
) -> None:
    api = start_api(replace(exact_settings, jwks_url=key_server.url, key_age=0.2, key_pause=0.2))
    old = Tokens(key_server.ring).make("dashboard")
    assert status(api, old) == 200
    key_server.rotate()
    eventually(lambda: status(api, old) == 401)


def test_keys_of_other_kinds_do_not_disturb(own_api: httpx.Client, key_server: KeyServer) -> None:
    key_server.other_keys = [
        {"kty": "RSA", "kid": "another", "n": "AQAB", "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "broken", "x": "AAAA"},
    ]
    assert status(own_api, Tokens(key_server.ring).make("dashboard")) == 200


def test_known_keys_go_on_while_web_is_away(own_api: httpx.Client, key_server: KeyServer) -> None:
    assert status(own_api, Tokens(key_server.ring).make("dashboard")) == 200
    key_server.is_away = True
    assert status(own_api, Tokens(key_server.ring).make("dashboard")) == 200


def test_without_any_keys_tokens_cannot_be_checked_yet(own_api: httpx.Client, key_server: KeyServer) -> None:
    key_server.is_away = True
    token = Tokens(key_server.ring).make("dashboard")
    answer = own_api.get(DAILY_USERS, headers=bearer(token))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert own_api.get(f"{PREFIX}/trending-posts").status_code == 200
    key_server.is_away = False
    eventually(lambda: status(own_api, token) == 200)


class TestRevocation:
    """A session that was ended takes its tokens with it."""

    @pytest.fixture
    def token(self, urls: dict[str, str], tokens: Tokens) -> tuple[str, Callable[[], None]]:
        """A token, and how to end its session as `web` does."""
        session_id = new_id()
        now = datetime.now(UTC)
        with psycopg.connect(urls["PLAZA_DATABASE_URL"]) as connection:
            connection.execute(
                "INSERT INTO public.sessions (id, client, scope, created_at, last_used_at, expires_at)"
                " VALUES (%s, 'cli', 'dashboard', %s, %s, %s)",
                (session_id, now, now, now + timedelta(days=1)),
            )

        def revoke() -> None:
            with psycopg.connect(urls["PLAZA_DATABASE_URL"]) as connection:
                connection.execute(
                    "UPDATE public.sessions SET revoked_at = now() WHERE id = %s", (session_id,)
                )

        return tokens.make("dashboard", session_id=session_id), revoke

    def test_stops_at_the_next_look(self, api: httpx.Client, token: tuple[str, Callable[[], None]]) -> None:
        token_text, revoke = token
        assert status(api, token_text) == 200
        revoke()
        assert status(api, token_text) == 401

    def test_stops_within_seconds_with_the_usual_settings(
        self, start_api: StartApi, exact_settings: Settings, token: tuple[str, Callable[[], None]]
    ) -> None:
        usual = Settings.revocation_age
        api = start_api(replace(exact_settings, revocation_age=usual))
        token_text, revoke = token
        assert status(api, token_text) == 200
        revoke()
        eventually(lambda: status(api, token_text) == 401, seconds=usual + 2)

    def test_the_list_is_not_read_for_every_request(
        self, start_api: StartApi, exact_settings: Settings, tokens: Tokens
    ) -> None:
        api = start_api(replace(exact_settings, revocation_age=60, publication_age=60))
        token = tokens.make("dashboard")
        status(api, token)
        before = statements_run(api)
        for _ in range(10):
            assert status(api, token) == 200
        assert statements_run(api) == before
