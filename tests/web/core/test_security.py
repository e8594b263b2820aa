"""Who is asking: tokens, cookies, CSRF, revocation."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import webtest
from webob.cookies import SignedCookieProfile

from tests.factories import Person, bearer, make_dashboard
from tests.web.conftest import Api
from web.accounts.models import Session
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.requests import SAFE_METHODS
from web.core.security import COOKIE, CSRF_HEADER


@pytest.fixture
def signed_in(browser: webtest.TestApp, app: App, mina: Person) -> webtest.TestApp:
    """A browser with Mina's session cookie."""
    with app.work() as services:
        session_id = services[SessionService].open(mina.id, client="web")
    profile = SignedCookieProfile(app.settings.secret, "plaza.session", COOKIE, hashalg="sha256")
    cookie = profile.get_headers(str(session_id), domains=[None])[0][1]
    browser.set_cookie(COOKIE, cookie.split(";")[0].partition("=")[2])
    return browser


def test_a_cookie_reads_without_a_csrf_token(signed_in: webtest.TestApp) -> None:
    assert signed_in.get("/api/v1/auth/me", status=200).json["username"] == "mina"


def test_a_cookie_writes_only_with_the_csrf_token(signed_in: webtest.TestApp) -> None:
    refused = signed_in.post_json("/api/v1/posts", {"body": "forged"}, status=403)
    assert refused.json["error"]["code"] == "INVALID_CSRF_TOKEN"
    token = signed_in.cookies["plaza_csrf"]
    signed_in.post_json("/api/v1/posts", {"body": "forged"}, headers={CSRF_HEADER: "b" * 40}, status=403)
    signed_in.post_json("/api/v1/posts", {"body": "mine"}, headers={CSRF_HEADER: token}, status=201)


def test_every_api_route_that_changes_something_wants_the_token_from_a_cookie(
    signed_in: webtest.TestApp, wsgi: Any
) -> None:
    """By the routes themselves, public ones among them: whoever they are, it comes from their browser."""
    unsafe = [route for route in wsgi.registry.api_routes if route.method not in SAFE_METHODS]
    assert len(unsafe) > 30
    for route in unsafe:
        path = "/api/v1" + re.sub(r"\{\w+\}", str(uuid4()), route.path)
        for headers in ({}, {CSRF_HEADER: "forged"}):
            answer = signed_in.request(
                path,
                method=route.method,
                headers=headers,
                body=b"{}",
                content_type="application/json",
                status=403,
            )
            assert answer.json["error"]["code"] == "INVALID_CSRF_TOKEN", route.name


def test_every_page_that_changes_something_wants_the_token_with_or_without_a_session(
    browser: webtest.TestApp, signed_in: webtest.TestApp, wsgi: Any
) -> None:
    patterns = {
        route["introspectable"]["name"]: route["introspectable"]["pattern"]
        for route in wsgi.registry.introspector.get_category("routes")
    }
    posted = {
        patterns[view["introspectable"]["route_name"]]
        for view in wsgi.registry.introspector.get_category("views")
        if str(view["introspectable"]["route_name"]).startswith("page:")
        and "POST" in (view["introspectable"]["request_methods"] or ())
    }
    assert posted >= {"/login", "/logout", "/language", "/feed"}
    posted.remove("/unsubscribe")  # mail programs post there (RFC 8058), with the proof that the link carries
    stranger = webtest.TestApp(wsgi)
    for pattern in posted:
        path = re.sub(r"\{\w+\}", str(uuid4()), pattern)
        answer = signed_in.post(path, {"csrf_token": "forged"}, status=403)
        assert answer.json["error"]["code"] == "INVALID_CSRF_TOKEN", path
        answer = stranger.post(path, {"csrf_token": "forged"}, status=(401, 403))
        assert answer.json["error"]["code"] in ("INVALID_CSRF_TOKEN", "UNAUTHENTICATED"), path


def test_a_token_in_a_header_needs_no_csrf_token_and_a_cookie_beside_it_counts_for_nothing(
    signed_in: webtest.TestApp, joon: Person
) -> None:
    """Browsers send no such header on their own, so whoever sends one may be believed."""
    assert signed_in.get("/api/v1/auth/me", headers=joon.headers).json["username"] == "joon"
    signed_in.post_json("/api/v1/posts", {"body": "mine"}, headers=joon.headers, status=201)
    nonsense = {"Authorization": "Bearer nonsense"}
    signed_in.post_json("/api/v1/posts", {"body": "forged"}, headers=nonsense, status=401)


def test_a_forged_cookie_is_nobody(browser: webtest.TestApp) -> None:
    browser.set_cookie(COOKIE, "forged")
    browser.get("/api/v1/auth/me", status=401)


def test_without_a_token_the_answer_says_how_to_sign_in(api: Api) -> None:
    response = api.call("GET", "/auth/me", status=401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json["error"]["code"] == "UNAUTHENTICATED"


def test_a_revoked_session_is_nobody_at_once_where_it_was_revoked(api: Api, mina: Person) -> None:
    api.get("/auth/me", mina)
    api.post("/auth/logout", None, mina, status=204)
    api.get("/auth/me", mina, status=401)


def test_a_session_revoked_elsewhere_is_nobody_once_its_note_is_old(
    api: Api, app: App, mina: Person, owner_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.get("/auth/me", mina)
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).values(revoked_at=sa.func.now()))
    monkeypatch.setattr(SessionCache, "SECONDS", -1.0)
    api.get("/auth/me", mina, status=401)


def test_an_expired_session_is_nobody(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).values(expires_at=Session.created_at - timedelta(days=1)))
    api.get("/auth/me", mina, status=401)


def test_a_token_is_never_worth_more_than_its_session(
    api: Api, app: App, mina: Person, admin: Person
) -> None:
    """A scope that the session has not, and admin rights that the account has not, are left aside."""
    dashboard = make_dashboard(app)
    raised = bearer(app, "service:x", dashboard.session_id, "member admin")
    api.call("GET", "/auth/me", headers=raised, status=403)
    unknown = bearer(app, str(mina.id), uuid4(), "member admin")
    api.call("GET", "/auth/me", headers=unknown, status=401)


def test_a_page_token_does_not_open_the_members_api(api: Api, mina: Person) -> None:
    token = api.post("/auth/page-token", {}, mina, status=200)
    assert token["expires_in"] == 300
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    api.call("GET", "/auth/me", headers=headers, status=403)


def test_most_requests_look_the_session_up_in_memory(
    api: Api, mina: Person, statements: Callable[[], list[str]]
) -> None:
    api.get("/auth/me", mina)
    api.get("/auth/me", mina)
    assert sum("FROM sessions" in statement for statement in statements()) == 1
