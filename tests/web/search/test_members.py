"""Members are found by their names, as far as the one who looks may know them."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.vanishing import WAYS, come_back, set_columns, vanish
from web.core.app import App
from web.graph.models import Friendship, Mute, RelationCount
from web.search.index import SearchIndex

FindUsers = Callable[..., list[str]]


@pytest.fixture
def yuna(app: App) -> Person:
    """Somebody with a nickname and a full name."""
    return make_person(app, "yuna_k", nickname="유나 김", full_name="Kim Yun-a")


def befriend(engine: sa.Engine, one: Person, other: Person) -> None:
    with engine.begin() as connection:
        pairs = ((one.id, other.id), (other.id, one.id))
        rows = [{"member_id": a, "friend_id": b, "created_at": sa.func.now()} for a, b in pairs]
        for row in rows:
            connection.execute(sa.insert(Friendship).values(row))


@pytest.mark.parametrize("typed", ["yuna_k", "@yuna_k", "YUNA", "yu", "유나", "김", "kim yun", "Yun-a"])
def test_members_are_found_by_their_names(
    yuna: Person, mina: Person, find_users: FindUsers, typed: str
) -> None:
    assert find_users(typed, mina) == ["yuna_k"]


@pytest.mark.parametrize("typed", ["una", "kim lee", "yunak"])
def test_others_are_not_found(yuna: Person, mina: Person, find_users: FindUsers, typed: str) -> None:
    assert find_users(typed, mina) == []


def test_a_new_name_is_found_and_the_old_one_no_more(api: Api, yuna: Person, find_users: FindUsers) -> None:
    api.call("PATCH", "/users/me", yuna, {"nickname": "하늘", "full_name": None}, status=200)
    assert find_users("하늘") == ["yuna_k"]
    assert find_users("유나") == find_users("kim") == []


@pytest.mark.parametrize("visibility", ["friends", "private"])
def test_a_full_name_is_found_only_where_the_profile_is_open(
    yuna: Person,
    mina: Person,
    find: Callable[..., Any],
    find_users: FindUsers,
    owner_engine: sa.Engine,
    visibility: str,
) -> None:
    set_columns(owner_engine, yuna, profile_visibility=visibility)
    for reader in (mina, None):
        assert find_users("Yun-a", reader) == []
        (card,) = find("유나", reader, type="users")["users"]["items"]
        assert card["full_name"] is None
        assert card["marked"].keys() == {"username", "nickname"}
    assert find_users("Yun-a", yuna) == ["yuna_k"]
    befriend(owner_engine, yuna, mina)
    assert find_users("Yun-a", mina) == (["yuna_k"] if visibility == "friends" else [])


def test_a_name_that_is_not_shown_does_not_rank_either(
    app: App, mina: Person, find_users: FindUsers, owner_engine: sa.Engine
) -> None:
    closed = make_person(app, "kim.a", full_name="Kim Kim Kim")
    make_person(app, "kim.b")
    before = find_users("kim", mina)
    assert before[0] == "kim.a"
    set_columns(owner_engine, closed, profile_visibility="private")
    assert find_users("kim", mina)[0] == "kim.b"


@pytest.mark.parametrize("way", WAYS)
def test_who_is_out_of_sight_is_not_found(
    app: App, yuna: Person, mina: Person, find_users: FindUsers, owner_engine: sa.Engine, way: str
) -> None:
    vanish(app, owner_engine, yuna, mina, way)
    assert find_users("yuna", mina) == []
    come_back(app, owner_engine, yuna, mina, way)
    assert find_users("yuna", mina) == ["yuna_k"]


def test_whom_one_mutes_one_does_not_find(
    yuna: Person, mina: Person, find_users: FindUsers, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        mute = {"muter_id": mina.id, "muted_id": yuna.id, "created_at": sa.func.now()}
        connection.execute(sa.insert(Mute).values(mute))
    assert find_users("yuna", mina) == []
    assert find_users("yuna") == find_users("yuna", yuna) == ["yuna_k"]


def test_friends_and_those_in_common_are_told(
    app: App, yuna: Person, mina: Person, joon: Person, sora: Person, find: Callable[..., Any],
    owner_engine: sa.Engine,
) -> None:  # fmt: skip
    for friend in (joon, sora):
        befriend(owner_engine, mina, friend)
    befriend(owner_engine, yuna, joon)
    (found,) = find("yuna", mina)["users"]["items"]
    assert (found["is_friend"], found["is_following"], found["mutual_friends_count"]) == (False, False, 1)
    befriend(owner_engine, yuna, mina)
    (found,) = find("yuna", mina)["users"]["items"]
    assert (found["is_friend"], found["mutual_friends_count"]) == (True, 1)
    (found,) = find("yuna")["users"]["items"]
    assert (found["is_friend"], found["mutual_friends_count"]) == (False, 0)


def test_who_is_called_so_comes_first_then_friends_then_the_well_known(
    app: App, mina: Person, find_users: FindUsers, owner_engine: sa.Engine
) -> None:
    exact, friend, known, unknown = (
        make_person(app, name, nickname="Kim") for name in ("kim", "kim.friend", "kim.known", "kim.unknown")
    )
    befriend(owner_engine, mina, friend)
    with owner_engine.begin() as connection:
        counts = [
            {"member_id": person.id, "follower_count": count} for person, count in ((known, 20), (unknown, 1))
        ]
        connection.execute(sa.insert(RelationCount), counts)
    with app.work() as services:
        services[SearchIndex].weigh()
    expected = [person.username for person in (exact, friend, known, unknown)]
    assert find_users("kim", mina) == expected


def test_names_are_marked(yuna: Person, find: Callable[..., Any]) -> None:
    (found,) = find("유나", type="users")["users"]["items"]
    assert found["marked"]["nickname"] == [
        {"text": "유나", "is_match": True},
        {"text": " 김", "is_match": False},
    ]


def test_placeholders_of_imports_are_nobody(
    app: App, mina: Person, find_users: FindUsers, owner_engine: sa.Engine, rebuild: Callable[[], None]
) -> None:
    set_columns(owner_engine, make_person(app, "nobody"), kind="placeholder")
    rebuild()
    assert find_users("nobody", mina) == []
