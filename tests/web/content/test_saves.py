"""The private collection, and who likes a post."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.crowd import make_likes, make_members
from tests.web.statements import sent
from web.content.events import ContentSaved, ContentUnsaved
from web.core.app import App
from web.core.events import Event

Emitted = Callable[..., list[Event]]


def ids(items: list[Any]) -> list[UUID]:
    return [UUID(item["id"]) for item in items]


def test_keeping_twice_is_keeping_once(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    post_id = make_post(app, mina)
    for _ in range(2):
        assert api.put(f"/posts/{post_id}/save", joon) == {"post_id": str(post_id), "saved": True}
    post = api.get(f"/posts/{post_id}", joon)
    assert (post["saved_by_me"], post["save_count"]) == (True, 1)
    assert api.get(f"/posts/{post_id}", mina)["saved_by_me"] is False
    for _ in range(2):
        unsaved = api.delete(f"/posts/{post_id}/save", joon, status=200)
        assert unsaved == {"post_id": str(post_id), "saved": False}
    assert api.get(f"/posts/{post_id}", joon)["save_count"] == 0
    facts = {"member_id": joon.id, "content_id": post_id, "author_id": mina.id}
    assert emitted()[1:] == [ContentSaved(**facts), ContentUnsaved(**facts)]


def test_the_collection_is_private_and_newest_first(app: App, api: Api, mina: Person, joon: Person) -> None:
    posts = [make_post(app, mina, f"post {number}") for number in range(5)]
    kept = [posts[number] for number in (3, 0, 4, 1, 2)]
    for post_id in kept:
        api.put(f"/posts/{post_id}/save", joon)
    assert ids(api.every_page("/posts/saved", joon)) == kept[::-1]
    assert api.get("/posts/saved", mina)["items"] == []
    assert api.get("/notifications", mina)["items"] == []
    api.get("/posts/saved", status=401)


def test_the_collection_leaves_out_what_one_may_not_see_any_more(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    gone, blocked, stays = make_post(app, mina), make_post(app, sora), make_post(app, mina)
    for post_id in (gone, blocked, stays):
        api.put(f"/posts/{post_id}/save", joon)
    api.delete(f"/posts/{gone}", mina)
    api.put(f"/users/{joon.id}/block", sora)
    assert ids(api.get("/posts/saved", joon)["items"]) == [stays]
    api.delete(f"/users/{joon.id}/block", sora, status=200)
    assert ids(api.get("/posts/saved", joon)["items"]) == [stays, blocked]


def test_what_is_out_of_sight_cannot_be_kept(app: App, api: Api, mina: Person, joon: Person) -> None:
    private = make_post(app, mina, visibility="private")
    for post_id in (private, uuid4()):
        api.put(f"/posts/{post_id}/save", joon, status=404)
        api.delete(f"/posts/{post_id}/save", joon, status=404)
        api.get(f"/posts/{post_id}/likes", joon, status=404)
    api.put(f"/posts/{private}/save", status=401)


def test_who_likes_a_post_is_listed_the_latest_first(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    for person in (joon, sora, mina):
        api.put(f"/posts/{post_id}/like", person)
    path = f"/posts/{post_id}/likes"
    assert ids(api.every_page(path, mina, limit=1)) == [mina.id, sora.id, joon.id]
    api.put(f"/users/{sora.id}/block", mina)
    assert ids(api.get(path, mina)["items"]) == [mina.id, joon.id]
    assert ids(api.get(path, joon)["items"]) == [mina.id, sora.id, joon.id]
    api.get(path, status=401)


def test_these_lists_cost_the_same_statements_whatever_their_length(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    posts = [make_post(app, mina, f"post {number}") for number in range(10)]
    make_likes(owner_engine, posts[0], make_members(owner_engine, 30))
    api.put(f"/posts/{posts[0]}/save", joon)

    def statements(path: str) -> int:
        api.get(path, joon)  # from here on the session is cached
        with sent(app) as found:
            api.get(path, joon)
        return len(found)

    assert statements("/posts/saved") == 1
    assert statements(f"/posts/{posts[0]}/likes") == 2
    for post_id in posts[1:]:
        api.put(f"/posts/{post_id}/save", joon)
    assert statements("/posts/saved") == 1
