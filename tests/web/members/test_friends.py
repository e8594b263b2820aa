"""A member's own friends: sorted, online, looked for; each as far as the friend shows it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from tests.factories import Person, befriend, make_person
from tests.web.conftest import Api
from tests.web.statements import sent
from tests.web.vanishing import WAYS, set_columns, vanish
from web.accounts.models import Profile, Session
from web.core.app import App


@pytest.fixture
def friends(app: App, mina: Person, owner_engine: sa.Engine) -> dict[str, Person]:
    """Mina's, by name, in the order in which they became friends; each was there at another time."""
    minutes = {"Élan": 0, "anna": 50, "Berta": 20, "하늘": 1}
    people = {name: make_person(app, f"friend{number}", nickname=name) for number, name in enumerate(minutes)}
    for name, ago in minutes.items():
        befriend(app, mina, people[name])
        was_here(owner_engine, people[name], minutes_ago=ago)
    return people


def was_here(engine: sa.Engine, person: Person, minutes_ago: int, **values: Any) -> None:
    """Set when a member's session was last used."""
    last_used_at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    with engine.begin() as connection:
        connection.execute(
            sa.update(Session)
            .where(Session.account_id == person.id)
            .values(last_used_at=last_used_at, **values)
        )


def listed(api: Api, who: Person, path: str = "/friends") -> list[str]:
    """Nicknames, from pages of two."""
    return [item["nickname"] for item in api.every_page(path, who)]


@pytest.mark.usefixtures("friends")
def test_friends_are_sorted_as_wanted(api: Api, mina: Person) -> None:
    assert listed(api, mina) == ["하늘", "Berta", "anna", "Élan"]
    assert listed(api, mina, "/friends?sort=recent") == ["하늘", "Berta", "anna", "Élan"]
    assert listed(api, mina, "/friends?sort=alphabetical") == ["anna", "Berta", "Élan", "하늘"]
    assert listed(api, mina, "/friends?sort=active") == ["Élan", "하늘", "Berta", "anna"]
    api.get("/friends?sort=richest", mina, status=422)


def test_a_friend_says_since_when_and_whether_they_are_there(
    api: Api, mina: Person, friends: dict[str, Person]
) -> None:
    items = {item["nickname"]: item for item in api.get("/friends", mina)["items"]}
    assert {name: item["is_online"] for name, item in items.items()} == {
        "Élan": True,
        "anna": False,
        "Berta": False,
        "하늘": True,
    }
    assert all(item["last_seen_at"] and item["friends_since"] for item in items.values())
    assert items["anna"]["id"] == str(friends["anna"].id)


@pytest.mark.parametrize(
    "hidden",
    [{"online_status_visible": False}, {"profile_visibility": "private"}],
    ids=["setting", "profile"],
)
def test_who_does_not_show_it_is_not_seen_to_be_there(
    api: Api, mina: Person, friends: dict[str, Person], owner_engine: sa.Engine, hidden: dict[str, Any]
) -> None:
    set_columns(owner_engine, friends["Élan"], **hidden)
    items = {item["nickname"]: item for item in api.get("/friends", mina)["items"]}
    assert (items["Élan"]["is_online"], items["Élan"]["last_seen_at"]) == (None, None)
    assert listed(api, mina, "/friends/online") == ["하늘"]
    assert listed(api, mina, "/friends?sort=active")[-1] == "Élan"


def test_who_is_there_now(
    api: Api, mina: Person, friends: dict[str, Person], owner_engine: sa.Engine
) -> None:
    assert listed(api, mina, "/friends/online") == ["Élan", "하늘"]
    was_here(owner_engine, friends["하늘"], 0, revoked_at=datetime.now(UTC))
    assert listed(api, mina, "/friends/online") == ["Élan"]  # who has signed out is not there


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ann", ["anna"]),
        ("AN", ["anna", "Élan"]),
        ("ＢＥＲＴＡ", ["Berta"]),
        ("하", ["하늘"]),
        ("FRIEND1", ["anna"]),
        ("%", []),
        ("_", []),
        ("nobody", []),
    ],
)
@pytest.mark.usefixtures("friends")
def test_friends_are_found_by_a_part_of_a_name(api: Api, mina: Person, q: str, found: list[str]) -> None:
    assert [item["nickname"] for item in search(api, mina, q)] == found


def test_the_full_name_is_looked_at_where_it_is_shown(
    api: Api, mina: Person, friends: dict[str, Person], owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        row = {
            "account_id": friends["anna"].id,
            "full_name": "Anna Karenina",
            "updated_at": datetime.now(UTC),
        }
        connection.execute(sa.insert(Profile), row)
    assert [item["nickname"] for item in search(api, mina, "karen")] == ["anna"]
    set_columns(owner_engine, friends["anna"], profile_visibility="private")
    assert search(api, mina, "karen") == []


def search(api: Api, who: Person, q: str) -> list[Any]:
    return list(api.every_page(f"/friends/search?q={quote(q)}", who))


def test_a_search_needs_something_to_look_for(api: Api, mina: Person) -> None:
    for query in ("", "?q=", "?q=%20", f"?q={'x' * 101}", "?q=%00"):
        api.get(f"/friends/search{query}", mina, status=422)


@pytest.mark.parametrize("way", WAYS)
def test_who_is_out_of_sight_is_in_none_of_the_lists(
    app: App, api: Api, mina: Person, friends: dict[str, Person], owner_engine: sa.Engine, way: str
) -> None:
    vanish(app, owner_engine, friends["Élan"], mina, way)
    for path in ("/friends", "/friends/online", "/friends/search?q=an", f"/users/{mina.id}/friends"):
        assert "Élan" not in listed(api, mina, path)


def test_mutual_friends_are_counted_and_each_list_is_one_statement(
    app: App, api: Api, mina: Person, friends: dict[str, Person]
) -> None:
    befriend(app, friends["anna"], friends["Berta"])
    befriend(app, friends["anna"], friends["하늘"])
    counted = {item["nickname"]: item["mutual_friends_count"] for item in api.get("/friends", mina)["items"]}
    assert counted == {"anna": 2, "Berta": 1, "하늘": 1, "Élan": 0}
    for path in ("/friends", "/friends?sort=active", "/friends/online", "/friends/search?q=a"):
        with sent(app) as statements:
            api.get(path, mina)
        assert len(statements) == 1, path
