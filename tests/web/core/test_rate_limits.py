"""Too many requests are refused, and Valkey being away is met with care."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import webtest
from prometheus_client import REGISTRY

from tests.factories import Person
from web.accounts.sessions.directory import SessionCache
from web.core.api import Route
from web.core.app import App
from web.core.rate_limits import kind_of
from web.core.requests import Request
from web.core.security import Permission
from web.core.settings import Limits, Settings
from web.features import build_app
from web.main import make_wsgi_app

LOGIN = {"email": "mina@example.com", "password": "wrong password"}


def limited(settings: Settings, **changes: Any) -> Iterator[webtest.TestApp]:
    limits = Limits(auth="2/minute", reads="3/minute", writes="1/minute", longest_pause=0)
    app = build_app(replace(settings, limits=limits, **changes))
    yield webtest.TestApp(make_wsgi_app(app))
    app.close()


@pytest.fixture
def client(app: App, settings: Settings) -> Iterator[webtest.TestApp]:
    """The app with small limits."""
    app.value(SessionCache).clear()
    yield from limited(settings)


@pytest.fixture
def client_without_valkey(app: App, settings: Settings) -> Iterator[webtest.TestApp]:
    """The same where nothing listens at Valkey's address."""
    yield from limited(settings, valkey_url="redis://127.0.0.1:1/0")


def test_every_answer_says_what_is_left(client: webtest.TestApp) -> None:
    first = client.get("/api/v1/posts?ids=x", status=422).headers
    second = client.get("/api/v1/posts?ids=x", status=422).headers
    assert first["RateLimit-Limit"] == "3"
    assert (first["RateLimit-Remaining"], second["RateLimit-Remaining"]) == ("2", "1")


def test_too_many_reads_are_429_with_the_time_to_wait(client: webtest.TestApp) -> None:
    for _ in range(3):
        client.get("/api/v1/nothing", status=404)
    refused = client.get("/api/v1/nothing", status=429)
    assert refused.json["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    client.get("/healthz", status=200)


def test_guesses_at_a_login_are_counted_by_address_whoever_asks(
    client: webtest.TestApp, mina: Person
) -> None:
    for headers in ({}, mina.headers):
        client.post_json("/api/v1/auth/login", LOGIN, headers=headers, status=401)
    client.post_json("/api/v1/auth/login", LOGIN, status=429)


def test_each_route_of_getting_in_is_an_attempt_and_no_other_is(wsgi: Any) -> None:
    """By the routes themselves: what needs no session is an attempt, and so is telling a password."""
    unsafe = [route for route in wsgi.registry.api_routes if route.method != "GET"]
    attempts = {route.path for route in unsafe if route.path.startswith("/auth/") and is_attempt(route)}
    assert len(attempts) > 10
    for route in unsafe:
        for slash in ("", "/"):
            path = f"/api/v1{route.path}{slash}".replace("{", "").replace("}", "")
            expected = "auth" if route.path in attempts else "writes"
            assert kind_of(Request.blank(path, method=route.method)) == expected, route.path


def is_attempt(route: Route) -> bool:
    return route.permission is Permission.PUBLIC or route.path == "/auth/reauthenticate"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/login", "auth"),
        ("/login/passkey", "auth"),
        ("/second-factor", "auth"),
        ("/forgot/", "auth"),
        ("/reset", "auth"),
        ("/phone", "auth"),
        ("/phone/code", "auth"),
        ("/code/resend", "auth"),
        ("/prove-it", "auth"),
        ("/settings/account/password", "writes"),
        ("/logout", "writes"),
        ("/", "writes"),
        ("/members/@login/follow", "writes"),
        ("/static/x.js", None),
    ],
)
def test_pages_that_let_somebody_in_are_attempts(path: str, kind: str | None) -> None:
    assert kind_of(Request.blank(path, method="POST")) == kind


def test_members_are_counted_each_for_themselves(client: webtest.TestApp, mina: Person, joon: Person) -> None:
    client.post_json("/api/v1/posts", {"body": "x"}, headers=mina.headers, status=201)
    client.post_json("/api/v1/posts", {"body": "x"}, headers=mina.headers, status=429)
    client.post_json("/api/v1/posts", {"body": "x"}, headers=joon.headers, status=201)


def test_without_valkey_reads_go_on_and_logins_are_refused(
    client_without_valkey: webtest.TestApp, mina: Person
) -> None:
    def skipped(kind: str) -> float:
        return REGISTRY.get_sample_value("plaza_limits_skipped_total", {"kind": kind}) or 0.0

    before = skipped("reads"), skipped("auth")
    client_without_valkey.get("/api/v1/auth/me", headers=mina.headers, status=200)
    refused = client_without_valkey.post_json("/api/v1/auth/login", LOGIN, status=503)
    assert refused.json["error"]["code"] == "UNAVAILABLE"
    assert (skipped("reads"), skipped("auth")) == (before[0] + 1, before[1] + 1)


def test_without_valkey_a_write_still_commits(
    client_without_valkey: webtest.TestApp, mina: Person, joon: Person
) -> None:
    address = f"/api/v1/users/{joon.id}/follow"
    assert client_without_valkey.put(address, headers=mina.headers, status=200).json["following"]
