"""Who follows whom, as lists."""

from uuid import uuid4

import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.crowd import make_follows, make_members
from tests.web.statements import sent
from web.core.app import App


def test_followers_are_listed_newest_first(
    api: Api, mina: Person, joon: Person, sora: Person, admin: Person
) -> None:
    for follower in (joon, admin, sora):
        api.put(f"/users/{mina.id}/follow", follower)
    cards = api.get(f"/users/{mina.id}/followers", joon)["items"]
    assert [card["id"] for card in cards] == [str(person.id) for person in (sora, admin, joon)]
    assert cards[-1] == {
        "id": str(joon.id),
        "username": "joon",
        "nickname": "Joon",
        "avatar_url": None,
        "is_deleted": False,
    }


def test_the_followed_are_listed_newest_first(api: Api, mina: Person, joon: Person, sora: Person) -> None:
    for followed in (sora, joon):
        api.put(f"/users/{followed.id}/follow", mina)
    names = [card["username"] for card in api.get("/users/@mina/following", sora)["items"]]
    assert names == ["joon", "sora"]


def test_paging_shows_everyone_once_while_new_followers_arrive(app: App, api: Api, mina: Person) -> None:
    early = [make_person(app, f"early{number}") for number in range(5)]
    for person in early:
        api.put(f"/users/{mina.id}/follow", person)

    seen: list[str] = []
    cursor = ""
    for number in range(9):
        page = api.get(f"/users/{mina.id}/followers?limit=2{cursor}", mina)
        seen += [card["username"] for card in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        api.put(f"/users/{mina.id}/follow", make_person(app, f"late{number}"))

    assert seen == [person.username for person in reversed(early)]


def test_follows_of_one_moment_are_paged_without_repeats(
    api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    followed = make_members(owner_engine, 7)
    make_follows(owner_engine, mina, followed)
    cards = api.every_page(f"/users/{mina.id}/following", mina, limit=2)
    assert [card["id"] for card in cards] == [str(member_id) for member_id in sorted(followed, reverse=True)]


def test_a_list_costs_the_same_queries_whatever_its_length(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    followed = make_members(owner_engine, 40)
    make_follows(owner_engine, mina, followed[:1])
    api.get(f"/users/{mina.id}/following", mina)  # from here on the session is cached
    with sent(app) as short:
        assert len(api.get(f"/users/{mina.id}/following?limit=100", mina)["items"]) == 1
    make_follows(owner_engine, mina, followed[1:])
    with sent(app) as long:
        assert len(api.get(f"/users/{mina.id}/following?limit=100", mina)["items"]) == 40
    assert len(long) == len(short)


def test_nobody_has_no_lists(api: Api, mina: Person) -> None:
    for name in ("followers", "following"):
        api.get(f"/users/{uuid4()}/{name}", mina, status=404)


def test_a_cursor_belongs_to_its_list(api: Api, mina: Person, joon: Person, sora: Person) -> None:
    for follower in (joon, sora):
        api.put(f"/users/{mina.id}/follow", follower)
    cursor = api.get(f"/users/{mina.id}/followers?limit=1", mina)["next_cursor"]
    error = api.get(f"/users/{joon.id}/followers?limit=1&cursor={cursor}", mina, status=400)
    assert error["error"]["code"] == "INVALID_CURSOR"


def test_lists_of_relations_need_a_login(api: Api, mina: Person) -> None:
    for name in ("followers", "following"):
        api.get(f"/users/{mina.id}/{name}", status=401)
