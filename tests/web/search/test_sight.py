"""Search finds no post that its lists may not show; the rule is the one of every list."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.vanishing import WAYS, come_back, vanish
from web.content.models import Content
from web.core.app import App
from web.graph.models import Friendship, Mute

FindPosts = Callable[..., list[str]]
ALL = ["rain for followers", "rain for friends", "rain for me", "rain for the public"]


@pytest.fixture
def posts(app: App, mina: Person) -> None:
    """One for each audience."""
    for audience, body in (
        ("public", "rain for the public"),
        ("followers", "rain for followers"),
        ("friends", "rain for friends"),
        ("private", "rain for me"),
    ):
        make_post(app, mina, body, audience)


def test_visitors_find_what_is_public(posts: None, find_posts: FindPosts) -> None:
    assert find_posts("rain") == ["rain for the public"]


def test_members_find_what_is_for_them(
    api: Api, posts: None, mina: Person, joon: Person, find_posts: FindPosts, owner_engine: sa.Engine
) -> None:
    assert sorted(find_posts("rain", mina)) == ALL
    assert find_posts("rain", joon) == ["rain for the public"]
    api.put(f"/users/{mina.id}/follow", joon)
    assert sorted(find_posts("rain", joon)) == ["rain for followers", "rain for the public"]
    with owner_engine.begin() as connection:
        for one, other in ((mina.id, joon.id), (joon.id, mina.id)):
            row = {"member_id": one, "friend_id": other, "created_at": sa.func.now()}
            connection.execute(sa.insert(Friendship).values(row))
    assert sorted(find_posts("rain", joon)) == [body for body in ALL if body != "rain for me"]


@pytest.mark.parametrize("way", WAYS)
def test_what_they_wrote_vanishes_with_who_vanishes(
    app: App, posts: None, mina: Person, joon: Person, find_posts: FindPosts, owner_engine: sa.Engine,
    way: str,
) -> None:  # fmt: skip
    assert find_posts("rain", joon) == ["rain for the public"]
    vanish(app, owner_engine, mina, joon, way)
    assert find_posts("rain", joon) == []
    come_back(app, owner_engine, mina, joon, way)
    assert find_posts("rain", joon) == ["rain for the public"]


def test_what_the_muted_write_is_not_found(
    posts: None, mina: Person, joon: Person, find_posts: FindPosts, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        mute = {"muter_id": joon.id, "muted_id": mina.id, "created_at": sa.func.now()}
        connection.execute(sa.insert(Mute).values(mute))
    assert find_posts("rain", joon) == []
    assert sorted(find_posts("rain", mina)) == ALL


@pytest.mark.parametrize("column", ["archived_at", "hidden_at"])
def test_what_is_put_away_is_not_found(
    app: App, mina: Person, joon: Person, find_posts: FindPosts, owner_engine: sa.Engine, column: str
) -> None:
    post = make_post(app, mina, "rain")
    assert find_posts("rain", joon) == ["rain"]
    with owner_engine.begin() as connection:
        values: dict[str, Any] = {column: datetime.now(UTC)}
        connection.execute(sa.update(Content).where(Content.id == post).values(values))
    assert find_posts("rain", joon) == []
