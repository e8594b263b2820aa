"""How a member appears to others."""

from uuid import uuid4

import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.crowd import make_members
from tests.web.graph.test_follow import relationship
from tests.web.statements import sent
from web.core.app import App


def test_a_profile_is_open_to_everyone(api: Api, mina: Person) -> None:
    profile = api.get(f"/users/{mina.id}")
    assert (profile["username"], profile["nickname"], profile["avatar_url"]) == ("mina", "Mina", None)
    assert (profile["follower_count"], profile["following_count"]) == (0, 0)
    assert profile["relationship"] is None
    assert api.get("/users/@Mina") == profile


def test_a_profile_shows_nothing_that_is_not_for_others(api: Api, mina: Person, joon: Person) -> None:
    for reader in (None, joon, mina):
        assert set(api.get(f"/users/{mina.id}", reader)) == {
            "id",
            "username",
            "nickname",
            "avatar_url",
            "cover_url",
            "full_name",
            "bio",
            "place",
            "interests",
            "native_languages",
            "target_languages",
            "created_at",
            "follower_count",
            "following_count",
            "friend_count",
            "relationship",
            "is_limited",
        }


def test_others_see_how_they_stand_to_a_member_and_the_member_does_not(
    api: Api, mina: Person, joon: Person
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    assert api.get(f"/users/{mina.id}", joon)["relationship"] == relationship(mina, following=True)
    assert api.get(f"/users/{joon.id}", mina)["relationship"]["followed_by"] is True
    own = api.get("/users/@mina", mina)
    assert (own["relationship"], own["follower_count"]) == (None, 1)


def test_nobody_and_placeholders_have_no_profile(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    [placeholder] = make_members(owner_engine, 1, kind="placeholder")
    for address in (uuid4(), placeholder, "@nobody"):
        assert api.get(f"/users/{address}", mina, status=404)["error"]["code"] == "NOT_FOUND"


def test_cards_come_in_the_order_asked_for(api: Api, mina: Person, joon: Person) -> None:
    cards = api.get(f"/users?ids={joon.id},{uuid4()},{mina.id}")["items"]
    assert [card["username"] for card in cards] == ["joon", "mina"]
    assert cards[0] == {
        "id": str(joon.id),
        "username": "joon",
        "nickname": "Joon",
        "avatar_url": None,
        "is_deleted": False,
    }


def test_at_most_fifty_cards_are_asked_for_at_once(api: Api, owner_engine: sa.Engine) -> None:
    ids = ",".join(map(str, make_members(owner_engine, 51)))
    api.get(f"/users?ids={ids}", status=422)
    api.get("/users", status=422)


def test_cards_are_one_statement(app: App, api: Api, owner_engine: sa.Engine) -> None:
    ids = ",".join(map(str, make_members(owner_engine, 50)))
    with sent(app) as statements:
        assert len(api.get(f"/users?ids={ids}")["items"]) == 50
    assert len(statements) == 1
