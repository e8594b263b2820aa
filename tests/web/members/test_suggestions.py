"""Whom Plaza suggests, why, and whom it never does."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.crowd import START, make_members
from tests.web.statements import sent
from tests.web.vanishing import SHUT_OUT, WAYS, set_columns, vanish
from web.accounts.models import Profile
from web.core.app import App
from web.core.db import AnySelect
from web.graph.models import Follow, FollowRequest, FriendRequest, Friendship, Mute
from web.members.suggestions.queries import reason_of
from web.members.suggestions.sources import NO_INTERESTS, SuggestionSource, SuggestionSources


def befriend(engine: sa.Engine, *pairs: tuple[UUID, UUID]) -> None:
    """Friendships, written straight into the table."""
    rows = [
        {"member_id": one, "friend_id": other, "created_at": START}
        for pair in pairs
        for one, other in (pair, pair[::-1])
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(Friendship), rows)


def tell_interests(engine: sa.Engine, member_id: UUID, *interests: str) -> None:
    row = {"account_id": member_id, "interests": list(interests), "updated_at": START}
    with engine.begin() as connection:
        connection.execute(sa.insert(Profile), row)


def names(api: Api, who: Person) -> list[str]:
    return [item["username"] for item in api.get("/users/suggestions", who)["items"]]


@pytest.fixture
def friend(app: App, mina: Person, joon: Person, owner_engine: sa.Engine) -> Person:
    """Mina's friend, who is Joon's friend: so Joon is somebody to suggest to Mina."""
    friend = make_person(app, "friend")
    befriend(owner_engine, (mina.id, friend.id), (friend.id, joon.id))
    return friend


def test_friends_of_friends_come_with_how_many_friends_are_common(
    api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    friends = make_members(owner_engine, 3)
    befriend(owner_engine, *((mina.id, friend) for friend in friends))
    befriend(owner_engine, *((joon.id, friend) for friend in friends), (sora.id, friends[0]))
    items = api.get("/users/suggestions", mina)["items"]
    assert [(item["username"], item["reason"], item["mutual_friends_count"]) for item in items] == [
        ("joon", "mutual_friends", 3),
        ("sora", "mutual_friends", 1),
    ]
    assert (items[0]["common_goals"], items[0]["common_interests"]) == (0, [])


def test_common_interests_are_a_reason_of_their_own(
    api: Api, mina: Person, joon: Person, sora: Person, friend: Person, owner_engine: sa.Engine
) -> None:
    tell_interests(owner_engine, mina.id, "music", "go", "日本語")
    tell_interests(owner_engine, sora.id, "日本語", "chess", "music")
    tell_interests(owner_engine, joon.id, "go")
    items = api.get("/users/suggestions", mina)["items"]
    assert [(item["username"], item["reason"], item["common_interests"]) for item in items] == [
        ("joon", "mutual_friends", ["go"]),
        ("sora", "common_interests", ["music", "日本語"]),
    ]


@pytest.mark.parametrize("visibility", ["friends", "private"])
def test_interests_of_a_closed_profile_are_not_told(
    visibility: str, api: Api, mina: Person, joon: Person, friend: Person, owner_engine: sa.Engine
) -> None:
    tell_interests(owner_engine, mina.id, "music")
    tell_interests(owner_engine, joon.id, "music")
    set_columns(owner_engine, joon, profile_visibility=visibility)
    [item] = api.get("/users/suggestions", mina)["items"]
    assert (item["username"], item["common_interests"]) == ("joon", [])
    # The interest alone would suggest nobody.
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(Friendship))
    assert names(api, mina) == []


def relate(engine: sa.Engine, mina: Person, joon: Person, how: str) -> None:
    """Put something between the two that ends the suggestion."""
    table, row = {
        "followed": (Follow, {"follower_id": mina.id, "followed_id": joon.id}),
        "muted": (Mute, {"muter_id": mina.id, "muted_id": joon.id}),
        "asked to follow": (FollowRequest, {"requester_id": mina.id, "member_id": joon.id}),
        "asked for friendship": (
            FriendRequest,
            {"id": uuid4(), "sender_id": mina.id, "receiver_id": joon.id},
        ),
        "asking for friendship": (
            FriendRequest,
            {"id": uuid4(), "sender_id": joon.id, "receiver_id": mina.id},
        ),
    }[how]
    with engine.begin() as connection:
        connection.execute(sa.insert(table), row | {"created_at": START})


@pytest.mark.parametrize(
    "how", ["followed", "muted", "asked to follow", "asked for friendship", "asking for friendship"]
)
def test_suggestions_exclude_whom_one_knows(
    how: str, api: Api, mina: Person, joon: Person, friend: Person, owner_engine: sa.Engine
) -> None:
    assert names(api, mina) == ["joon"]
    relate(owner_engine, mina, joon, how)
    assert names(api, mina) == []


def test_friends_are_not_suggested(
    api: Api, mina: Person, joon: Person, friend: Person, owner_engine: sa.Engine
) -> None:
    befriend(owner_engine, (mina.id, joon.id))
    assert names(api, mina) == []


@pytest.mark.parametrize("way", WAYS)
def test_who_is_out_of_sight_is_not_suggested(
    way: str, app: App, api: Api, mina: Person, joon: Person, friend: Person, owner_engine: sa.Engine
) -> None:
    vanish(app, owner_engine, joon, mina, way)
    assert names(api, mina) == []


def test_who_does_not_want_to_be_suggested_is_not(
    api: Api, mina: Person, joon: Person, friend: Person, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, joon, appear_in_suggestions=False)
    assert names(api, mina) == []


def test_bots_are_not_suggested(
    api: Api, mina: Person, joon: Person, friend: Person, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, joon, kind="bot")
    assert names(api, mina) == []


def test_the_dismissed_do_not_come_back(api: Api, mina: Person, joon: Person, friend: Person) -> None:
    for _ in range(2):
        assert api.post(f"/users/suggestions/{joon.id}/dismiss", who=mina, status=204) is None
    assert names(api, mina) == []
    assert names(api, joon) == ["mina"]  # the other way round nothing changed


def test_nobody_dismisses_themselves_or_nobody(api: Api, mina: Person) -> None:
    for member_id in (mina.id, uuid4()):
        api.post(f"/users/suggestions/{member_id}/dismiss", who=mina, status=404)


def test_pages_show_everybody_once(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    friends, others = make_members(owner_engine, 3), make_members(owner_engine, 7)
    befriend(owner_engine, *((mina.id, friend) for friend in friends))
    pairs = ((friend, other) for place, friend in enumerate(friends) for other in others[place:])
    befriend(owner_engine, *pairs)
    items = api.every_page("/users/suggestions", mina, limit=2)
    assert sorted(item["id"] for item in items) == sorted(map(str, others))
    common = [item["mutual_friends_count"] for item in items]
    assert common == [3, 3, 3, 3, 3, 2, 1]


def test_a_page_is_two_statements_however_long(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    [friend] = make_members(owner_engine, 1)
    befriend(owner_engine, (mina.id, friend))
    numbers = []
    for count in (1, 20):
        befriend(owner_engine, *((friend, other) for other in make_members(owner_engine, count)))
        api.get("/users/suggestions?limit=50", mina)  # warms the notes about the session
        with sent(app) as statements:
            api.get("/users/suggestions?limit=50", mina)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 2


class Night(SuggestionSource):
    """A result of last night that knows one candidate, or has not come."""

    def __init__(self, candidate: UUID, *, has_run: bool) -> None:
        self._candidate = candidate
        self._has_run = has_run

    def has_result(self, _session: Session) -> bool:
        return self._has_run

    @property
    def candidates(self) -> AnySelect:
        return sa.select(
            sa.literal(self._candidate, sa.Uuid).label("member_id"),
            sa.literal(50).label("score"),
            sa.literal(0).label("mutual_friends"),
            sa.literal(2).label("common_goals"),
            NO_INTERESTS.label("common_interests"),
        )


@pytest.fixture
def sources(app: App) -> Iterator[list[SuggestionSource]]:
    """The sources of the app; what a test adds is taken away."""
    known: list[Any] = app.value(SuggestionSources)._sources
    before = list(known)
    yield known
    known[:] = before


def test_a_result_of_the_night_is_preferred_and_checked_again(
    api: Api,
    mina: Person,
    joon: Person,
    sora: Person,
    friend: Person,
    sources: list[SuggestionSource],
    owner_engine: sa.Engine,
) -> None:
    sources.append(Night(sora.id, has_run=True))
    [item] = api.get("/users/suggestions", mina)["items"]
    assert (item["username"], item["reason"], item["common_goals"]) == ("sora", "common_goals", 2)
    set_columns(owner_engine, sora, **SHUT_OUT["banned"])
    assert names(api, mina) == []


def test_without_a_result_of_the_night_suggestions_are_live(
    api: Api, mina: Person, joon: Person, sora: Person, friend: Person, sources: list[SuggestionSource]
) -> None:
    sources.append(Night(sora.id, has_run=False))
    assert names(api, mina) == ["joon"]


@pytest.mark.parametrize(
    ("mutual_friends", "common_goals", "reason"),
    [(1, 9, "mutual_friends"), (0, 1, "common_goals"), (0, 0, "common_interests")],
)
def test_the_strongest_reason_is_told(mutual_friends: int, common_goals: int, reason: str) -> None:
    assert reason_of(mutual_friends, common_goals) == reason
