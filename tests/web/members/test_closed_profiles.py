"""What others get of members who do not show themselves to everyone, and the numbers of those who do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.crowd import START
from tests.web.vanishing import set_columns
from web.accounts.models import Profile
from web.core.app import App
from web.graph.models import Friendship
from web.members.stats import StatSources

CARD = {"id", "username", "nickname", "avatar_url", "relationship", "is_limited"}


@pytest.fixture
def told(mina: Person, owner_engine: sa.Engine) -> dict[str, Any]:
    """What Mina tells of herself."""
    told = {
        "full_name": "Mina Kim",
        "bio": "Hello",
        "place": "Seoul",
        "interests": ["music"],
        "native_languages": ["ko"],
        "target_languages": ["en", "ja"],
    }
    with owner_engine.begin() as connection:
        row = {"account_id": mina.id, "updated_at": datetime.now(UTC), **told}
        connection.execute(sa.insert(Profile), row)
    return told


def befriend(engine: sa.Engine, one: Person, other: Person) -> None:
    with engine.begin() as connection:
        for a, b in ((one, other), (other, one)):
            row = {"member_id": a.id, "friend_id": b.id, "created_at": START}
            connection.execute(sa.insert(Friendship), row)


def shown(profile: dict[str, Any]) -> set[str]:
    return {name for name, value in profile.items() if value is not None}


def test_an_open_profile_tells_what_the_member_tells(
    api: Api, mina: Person, joon: Person, told: dict[str, Any]
) -> None:
    for reader in (None, joon, mina):
        profile = api.get(f"/users/{mina.id}", reader)
        assert {name: profile[name] for name in told} == told
        assert profile["is_limited"] is False


def test_who_tells_nothing_has_empty_lists(api: Api, joon: Person) -> None:
    profile = api.get(f"/users/{joon.id}")
    assert (profile["full_name"], profile["interests"], profile["native_languages"]) == (None, [], [])


@pytest.mark.parametrize("visibility", ["friends", "private"])
def test_a_closed_profile_shows_name_and_picture_only(
    api: Api,
    mina: Person,
    joon: Person,
    told: dict[str, Any],
    owner_engine: sa.Engine,
    visibility: str,
) -> None:
    set_columns(owner_engine, mina, profile_visibility=visibility)
    for reader in (None, joon):
        profile = api.get(f"/users/{mina.id}", reader)
        assert shown(profile) <= CARD
        assert profile["is_limited"] is True
        assert (profile["relationship"] is not None) == (reader is not None)  # so that one can ask to follow
        assert api.get(f"/users?ids={mina.id}", reader)["items"][0]["username"] == "mina"
        error = api.get(f"/users/{mina.id}/stats", reader, status=403)
        assert error["error"]["code"] == "PROFILE_NOT_SHOWN"
    assert api.get("/users/@mina", mina)["bio"] == "Hello"
    befriend(owner_engine, mina, joon)
    assert api.get(f"/users/{mina.id}", joon)["is_limited"] == (visibility == "private")


def test_a_closed_profile_is_not_followed_without_being_let_in(
    api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    follower = api.put(f"/users/{mina.id}/follow", sora)
    set_columns(owner_engine, mina, profile_visibility="friends")
    answer = api.put(f"/users/{mina.id}/follow", joon)
    assert (answer["following"], answer["requested"]) == (False, True)
    assert api.put(f"/users/{mina.id}/follow", sora) == follower  # who is in stays in
    befriend(owner_engine, mina, joon)
    assert api.put(f"/users/{mina.id}/follow", joon)["following"] is True


@pytest.mark.parametrize("name", ["followers", "following"])
def test_lists_are_shown_to_whom_the_member_wants(
    api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine, name: str
) -> None:
    api.put(f"/users/{mina.id}/follow", sora)
    path = f"/users/{mina.id}/{name}"
    for level, readers in (("everyone", [joon, sora]), ("followers", [sora]), ("nobody", [])):
        set_columns(owner_engine, mina, **{f"show_{name}_list": level})
        for reader in (joon, sora):
            answer = api.call("GET", path, reader)
            assert answer.status_int == (200 if reader in readers else 403)
            assert reader in readers or answer.json["error"]["code"] == "LIST_NOT_SHOWN"
        api.get(path, mina)


@pytest.fixture
def sources(app: App) -> Iterator[StatSources]:
    """A registry of this test alone."""
    before, mine = app.value(StatSources), StatSources()
    app.add_value(StatSources, mine)
    yield mine
    app.add_value(StatSources, before)


def test_numbers_come_from_the_features_that_count_them(
    api: Api, mina: Person, joon: Person, sources: StatSources
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    nothing = dict.fromkeys(("goals_achieved", "photos_shared", "buzz_score", "daily_streak"), 0)
    counts = {"follower_count": 1, "following_count": 0, "friend_count": 0}
    assert api.get(f"/users/{mina.id}/stats") == nothing | counts
    sources.add("buzz_score", lambda _, member_id: 7 if member_id == mina.id else 0)
    assert api.get("/users/@mina/stats", joon) == nothing | counts | {"buzz_score": 7}
    with pytest.raises(ValueError, match="buzz_score is taken"):
        sources.add("buzz_score", lambda *_: 1)
