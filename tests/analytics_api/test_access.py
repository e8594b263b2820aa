"""Every route against every kind of caller; the matrix is made from the routes themselves."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from analytics_api.auth import Access
from analytics_api.main import create_app
from analytics_api.settings import Settings
from tests.analytics_api.conftest import PREFIX, Tokens, bearer
from web.core.ids import new_id

MEMBER, OWNER = str(new_id()), str(new_id())
CALLERS = {
    "anonymous": None,
    "member": ("member", MEMBER),
    "member on a page": ("page", MEMBER),
    "owner": ("member", OWNER),
    "owner on a page": ("page", OWNER),
    "dashboard": ("dashboard", "service:dashboard"),
    "admin": ("member admin", MEMBER),
    "scope that only sounds like it": ("administrator dashboards", "service:odd"),
}
MAY_READ = {
    Access.PUBLIC: set(CALLERS),
    Access.OWNER: {"owner", "owner on a page", "admin"},
    Access.DASHBOARD: {"dashboard", "admin"},
}


def declared_routes(app: FastAPI) -> Iterator[tuple[str, str | None]]:
    """Path and declared access of every route."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        assert isinstance(route, APIRoute), f"{route} is declared past analytics_api.routing"
        yield route.path, (route.openapi_extra or {}).get("x-access")


ROUTES = dict(declared_routes(create_app(Settings("test", "postgresql://", "http://127.0.0.1"))))


def test_every_route_says_who_may_read_it() -> None:
    assert len(ROUTES) >= 14
    assert {path for path, access in ROUTES.items() if access not in set(Access)} == set()


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("path", ROUTES)
def test_route_lets_in_whom_it_says(api: httpx.Client, tokens: Tokens, path: str, caller: str) -> None:
    credentials = CALLERS[caller]
    headers = bearer(tokens.make(credentials[0], subject=credentials[1])) if credentials else {}
    answer = api.get(path.format(user_id=OWNER), headers=headers)
    if caller in MAY_READ[Access(ROUTES[path])]:
        assert answer.status_code == 200
    elif credentials:
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_public_routes_do_not_look_at_tokens(api: httpx.Client) -> None:
    answer = api.get(f"{PREFIX}/trending-posts", headers=bearer("nonsense"))
    assert answer.status_code == 200
    assert "Authorization" not in answer.headers.get("Vary", "")


def test_who_asks_is_settled_before_what_is_asked(api: httpx.Client) -> None:
    assert api.get(f"{PREFIX}/daily-users?start=never").status_code == 401
    assert api.get(f"{PREFIX}/streaks/not-an-id").status_code in (401, 422)
