"""The index in front of Pyramid's routes changes nothing but how many are tried."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.interfaces import IRoutesMapper
from pyramid.urldispatch import RoutesMapper

from web.core.app import App
from web.core.routing import WordsMapper
from web.main import make_wsgi_app

PATTERNS = (
    "/",
    "/feed",
    "/feed/{name}",
    "/static/{version}/*subpath",
    "/{prefix:(?:api/v1/)?}ws{rest:/?}",
    "/api/v1/users{slash:/?}",
    "/api/v1/users/me{slash:/?}",
    "/api/v1/users/{user_id:[0-9]+}{slash:/?}",
    "/api/v1/users/{user_id:[0-9]+}/follow{slash:/?}",
    "/api/v1/{anything}/end",
    "/api/v1/*rest",
    "/members/@{name}",
)
WORDS = (
    "",
    "api",
    "v1",
    "users",
    "me",
    "7",
    "follow",
    "feed",
    "static",
    "ws",
    "members",
    "@mina",
    "end",
    "x",
)
PATHS = st.lists(st.sampled_from(WORDS), max_size=6).map(lambda words: "/" + "/".join(words))


def both() -> tuple[RoutesMapper, WordsMapper]:
    """Pyramid's mapper and ours, over the same patterns."""
    mappers = RoutesMapper(), WordsMapper()
    for mapper in mappers:
        for pattern in PATTERNS:
            mapper.connect(pattern, pattern)
    return mappers


def answer(mapper: Any, path: str) -> tuple[Any, Any]:
    """Which route a mapper finds, and what it reads from the path."""
    found = mapper(SimpleNamespace(path_info=path))
    return found["route"] and found["route"].name, found["match"]


THEIRS, OURS = both()


@given(PATHS)
def test_the_same_route_is_found(path: str) -> None:
    assert answer(OURS, path) == answer(THEIRS, path)


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/v1/", "//", "/api/v1/users/7/"])
def test_the_same_holds_at_the_edges(path: str) -> None:
    assert answer(OURS, path) == answer(THEIRS, path)


def test_a_route_that_comes_later_is_found() -> None:
    _, mapper = both()
    assert answer(mapper, "/later") == (None, None)
    mapper.connect("later", "/later")
    assert answer(mapper, "/later") == ("later", {})


def test_a_request_of_the_product_tries_few_of_its_routes(app: App) -> None:
    mapper = make_wsgi_app(app).registry.getUtility(IRoutesMapper)
    assert answer(mapper, "/api/v1/feed/following")[0] == "api:/feed/following"
    tried = max(len(routes) for routes in mapper._index.values())
    assert tried < len(mapper.routelist) / 2
