"""Following and unfollowing."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.crowd import make_members
from web.core.events import Event
from web.graph.events import MemberFollowed, MemberUnfollowed

Emitted = Callable[..., list[Event]]


def relationship(person: Person, **facts: object) -> dict[str, Any]:
    """What a caller is told about how they stand to somebody."""
    names = ("following", "requested", "followed_by", "friends", "muting", "blocking")
    nothing = dict.fromkeys(names, False)
    return {"user_id": str(person.id), "friend_request": None, **nothing, **facts}


def counts(api: Api, person: Person) -> tuple[int, int]:
    """Followers and following, as the profile shows them."""
    profile = api.get(f"/users/{person.id}")
    return profile["follower_count"], profile["following_count"]


def test_following_shows_on_both_sides(api: Api, mina: Person, joon: Person) -> None:
    answer = api.put(f"/users/{joon.id}/follow", mina)
    assert answer == relationship(joon, following=True)
    assert counts(api, mina) == (0, 1)
    assert counts(api, joon) == (1, 0)


def test_following_twice_is_following_once(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    first = api.put(f"/users/{joon.id}/follow", mina)
    assert api.put(f"/users/{joon.id}/follow", mina) == first
    assert counts(api, joon) == (1, 0)
    assert emitted() == [MemberFollowed(follower_id=mina.id, followed_id=joon.id)]
    assert api.get("/notifications/unread-count", joon) == {"unread": 1}


def test_unfollowing_twice_is_unfollowing_once(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    first = api.delete(f"/users/{joon.id}/follow", mina, status=200)
    assert first == relationship(joon)
    assert api.delete(f"/users/{joon.id}/follow", mina, status=200) == first
    assert counts(api, mina) == counts(api, joon) == (0, 0)
    assert emitted()[1:] == [MemberUnfollowed(follower_id=mina.id, followed_id=joon.id)]


def test_the_unfollowed_is_not_told(api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    api.delete(f"/users/{joon.id}/follow", mina, status=200)
    assert [item["type"] for item in api.get("/notifications", joon)["items"]] == ["member_followed"]


def test_unfollowing_a_stranger_changes_nothing(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    api.delete(f"/users/{joon.id}/follow", mina, status=200)
    assert counts(api, joon) == (0, 0)
    assert emitted() == []


def test_the_relationship_is_seen_from_the_caller(api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    answer = api.put(f"/users/{joon.id}/follow", mina)
    assert answer == relationship(joon, following=True, followed_by=True)
    answer = api.delete(f"/users/{mina.id}/follow", joon, status=200)
    assert answer == relationship(mina, followed_by=True)


def test_nobody_follows_themselves(api: Api, mina: Person, emitted: Emitted) -> None:
    error = api.put(f"/users/{mina.id}/follow", mina, status=422)
    assert error["error"]["code"] == "SELF_FOLLOW"
    assert emitted() == []


def test_nobody_cannot_be_followed(api: Api, mina: Person) -> None:
    for address in (str(uuid4()), "@nobody"):
        assert api.put(f"/users/{address}/follow", mina, status=404)["error"]["code"] == "NOT_FOUND"
        assert api.delete(f"/users/{address}/follow", mina, status=404)["error"]["code"] == "NOT_FOUND"


def test_a_placeholder_of_an_import_cannot_be_followed(
    api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    [placeholder] = make_members(owner_engine, 1, kind="placeholder")
    api.put(f"/users/{placeholder}/follow", mina, status=404)


@pytest.mark.parametrize("name", ["@joon", "@JOON", "@Joon/"])
def test_a_member_is_found_by_username(api: Api, mina: Person, joon: Person, name: str) -> None:
    path = f"/users/{name.rstrip('/')}/follow{'/' if name.endswith('/') else ''}"
    assert api.put(path, mina)["user_id"] == str(joon.id)


def test_following_needs_a_login(api: Api, joon: Person) -> None:
    for method in ("PUT", "DELETE"):
        answer: Any = api.call(method, f"/users/{joon.id}/follow", status=401)
        assert answer.json["error"]["code"] == "UNAUTHENTICATED"
