"""Fixtures of search: looking for something, and keeping the index."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from pipelines.imports.progress import Silence
from tests.factories import Person
from tests.web.conftest import Api
from web.cli.search import make_documents
from web.core.app import App
from web.search.index import KINDS

Find = Callable[..., Any]


@pytest.fixture
def find(api: Api, run_jobs: Callable[[], int]) -> Find:
    """Searches as somebody, after the jobs that keep the index have run."""

    def find(q: str, who: Person | None = None, status: int = 200, **more: Any) -> Any:
        while run_jobs():
            pass
        return api.get(f"/search?{urlencode({'q': q, **more})}", who, status=status)

    return find


@pytest.fixture
def find_posts(find: Find) -> Callable[..., list[str]]:
    """The texts of the posts that somebody finds, best first."""

    def find_posts(q: str, who: Person | None = None) -> list[str]:
        return [item["post"]["body"] for item in find(q, who, type="posts")["posts"]["items"]]

    return find_posts


@pytest.fixture
def find_users(find: Find) -> Callable[..., list[str]]:
    """The usernames that somebody finds, best first."""

    def find_users(q: str, who: Person | None = None) -> list[str]:
        return [item["username"] for item in find(q, who, type="users")["users"]["items"]]

    return find_users


@pytest.fixture
def rebuild(app: App) -> Callable[[], None]:
    """Makes every document anew."""

    def rebuild() -> None:
        for kind in KINDS:
            make_documents(app, kind, False, Silence())

    return rebuild
