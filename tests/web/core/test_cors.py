"""Which pages of elsewhere may call the API from a browser."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import webtest

from tests.factories import Person
from web.core.app import App
from web.core.settings import Settings
from web.features import build_app
from web.main import make_wsgi_app

FRIEND, STRANGER = "https://app.example", "https://elsewhere.example"
POSTS = "/api/v1/posts"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
}


@pytest.fixture(scope="module")
def friendly(shared_app: App, settings: Settings) -> Iterator[webtest.TestApp]:
    """An installation that lets one other origin in, and lets everybody write once a minute."""
    limits = replace(settings.limits, writes="1/minute")
    app = build_app(replace(settings, cors_origins=(FRIEND, "https://second.example"), limits=limits))
    yield webtest.TestApp(make_wsgi_app(app))
    app.close()


def allowed(response: webtest.TestResponse) -> str | None:
    origin: str | None = response.headers.get("Access-Control-Allow-Origin")
    return origin


def test_a_preflight_of_a_friend_is_answered_at_once(friendly: webtest.TestApp, app: App) -> None:
    for _ in range(3):  # and is no write that would be limited
        answer = friendly.options(POSTS, headers={"Origin": FRIEND, **PREFLIGHT}, status=204)
    assert allowed(answer) == FRIEND
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) >= {
        "PUT",
        "PATCH",
        "DELETE",
        "POST",
    }
    names = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(names) >= set(PREFLIGHT["Access-Control-Request-Headers"].split(", "))
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert answer.body == b""


@pytest.mark.parametrize("origin", [STRANGER, "null", FRIEND + ".evil.example", FRIEND.upper(), "*", ""])
def test_nobody_else_is_let_in(friendly: webtest.TestApp, app: App, origin: str) -> None:
    for answer in (
        friendly.options(POSTS, headers={"Origin": origin, **PREFLIGHT}, status="*"),
        friendly.get("/api/v1/auth/me", headers={"Origin": origin}, status=401),
    ):
        assert [name for name in answer.headers if name.startswith("Access-Control")] == []
        assert "Origin" in answer.headers["Vary"]


def test_a_friend_may_read_answers_and_what_is_left_of_the_limit(
    friendly: webtest.TestApp, app: App, mina: Person
) -> None:
    answer = friendly.get("/api/v1/auth/me", headers={"Origin": FRIEND, **mina.headers}, status=200)
    assert allowed(answer) == FRIEND
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert exposed >= {"RateLimit-Remaining", "Retry-After", "X-Request-Id"}
    assert {"RateLimit-Remaining", "X-Request-Id"} <= set(answer.headers)


def test_a_friend_may_read_refusals_too(friendly: webtest.TestApp, app: App, mina: Person) -> None:
    headers = {"Origin": FRIEND, **mina.headers}
    friendly.post_json(POSTS, {"body": "x"}, headers=headers, status=201)
    assert allowed(friendly.post_json(POSTS, {"body": "x"}, headers=headers, status=429)) == FRIEND
    assert allowed(friendly.get("/api/v1/nothing", headers=headers, status=404)) == FRIEND


def test_pages_are_no_api(friendly: webtest.TestApp, app: App) -> None:
    answer = friendly.get("/login", headers={"Origin": FRIEND, "Accept": "text/html"}, status=200)
    assert allowed(answer) is None


def test_without_a_list_there_is_nobody_to_let_in(browser: webtest.TestApp) -> None:
    answer = browser.options(POSTS, headers={"Origin": FRIEND, **PREFLIGHT}, status=204)
    assert allowed(answer) is None
