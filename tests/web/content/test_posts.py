"""Sharing, reading and taking back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium, make_post, make_reel
from tests.web.conftest import Api
from tests.web.crowd import make_posts
from tests.web.statements import sent
from tests.web.together import together
from web.content.events import ContentDeleted, ContentPosted
from web.content.service import ContentService
from web.core.app import App
from web.core.errors import NotFound
from web.core.events import Event

Emitted = Callable[..., list[Event]]


def test_a_post_is_answered_as_its_author_sees_it(api: Api, mina: Person, emitted: Emitted) -> None:
    post = api.post("/posts", {"body": "  안녕, Plaza  "}, mina)
    assert post["body"] == "안녕, Plaza"
    assert post["author"]["username"] == "mina"
    assert (post["type"], post["visibility"], post["answers_id"]) == ("text", "public", None)
    assert (post["like_count"], post["comment_count"], post["liked_by_me"]) == (0, 0, False)
    assert api.get(f"/posts/{post['id']}", mina) == post
    assert emitted() == [
        ContentPosted(author_id=mina.id, content_id=UUID(post["id"]), type="text", visibility="public")
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"body": ""},
        {"body": "   "},
        {"body": "x" * 5_001},
        {"body": "x", "visibility": "neighbours"},
        {"body": "x", "type": "photo"},
        {"body": "x", "author_id": str(uuid4())},
        {},
        [],
    ],
    ids=["empty", "blank", "too long", "visibility", "type", "unknown field", "nothing", "a list"],
)
def test_what_cannot_be_shared_is_refused(api: Api, mina: Person, emitted: Emitted, body: Any) -> None:
    assert api.post("/posts", body, mina, status=422)["error"]["code"] == "VALIDATION_FAILED"
    assert emitted() == []


def test_a_post_may_have_5000_characters(api: Api, mina: Person) -> None:
    body = "글" * 5_000
    assert api.post("/posts", {"body": f" {body}\n"}, mina)["body"] == body


def test_posting_needs_a_login(api: Api) -> None:
    api.post("/posts", {"body": "hello"}, status=401)


def test_each_visibility_is_kept_over_http(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    readers = {
        "public": (mina, joon, sora, None),
        "followers": (mina, joon),
        "friends": (mina,),
        "private": (mina,),
    }
    for visibility, allowed in readers.items():
        post_id = make_post(app, mina, visibility=visibility)
        for reader in (mina, joon, sora, None):
            status = 200 if reader in allowed else 404
            api.get(f"/posts/{post_id}", reader, status=status)
            api.get(f"/posts/{post_id}/comments", reader, status=status)


def test_a_members_posts_are_those_that_the_reader_may_see(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    posts = {visibility: make_post(app, mina, visibility=visibility) for visibility in ("private", "public")}
    assert [post["id"] for post in api.get("/users/@mina/posts")["items"]] == [str(posts["public"])]
    assert len(api.get("/users/@mina/posts", joon)["items"]) == 1
    assert [post["id"] for post in api.get("/users/@mina/posts", mina)["items"]] == [
        str(posts["public"]),
        str(posts["private"]),
    ]
    api.get(f"/users/{uuid4()}/posts", status=404)


def test_a_members_posts_are_paged_newest_first(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    posts = make_posts(owner_engine, [mina.id], 7)
    pages = api.every_page(f"/users/{mina.id}/posts", limit=3)
    assert [post["id"] for post in pages] == [str(post_id) for post_id in posts]


def test_a_members_posts_are_asked_for_by_kind(app: App, api: Api, mina: Person) -> None:
    text, reel = make_post(app, mina), make_reel(app, mina)
    media = [{"media_id": str(make_medium(app, mina))}]
    photo = api.post("/posts", {"type": "photo", "media": media}, mina)["id"]
    for kind, expected in (
        ("reels", [str(reel)]),
        ("media", [photo]),
        ("all", [photo, str(reel), str(text)]),
    ):
        assert [each["id"] for each in api.every_page(f"/users/@mina/posts?kind={kind}")] == expected
    api.get("/users/@mina/posts?kind=stories", status=422)


def test_several_posts_come_in_the_order_asked_for_without_hidden_ones(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    first, hidden, gone, last = (
        make_post(app, mina, visibility=visibility)
        for visibility in ("public", "private", "public", "public")
    )
    api.delete(f"/posts/{gone}", mina)
    ids = ",".join(map(str, (last, hidden, gone, uuid4(), first)))
    assert [post["id"] for post in api.get(f"/posts?ids={ids}", joon)["items"]] == [str(last), str(first)]
    assert [post["id"] for post in api.get(f"/posts?ids={ids}", mina)["items"]] == [
        str(last),
        str(hidden),
        str(first),
    ]
    repeated = "&".join(f"ids={post_id}" for post_id in (first, last))
    assert [post["id"] for post in api.get(f"/posts?{repeated}")["items"]] == [str(first), str(last)]


def test_at_most_fifty_posts_are_asked_for_at_once(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    posts = make_posts(owner_engine, [mina.id], 50)
    asked = ",".join(map(str, posts))
    assert len(api.get(f"/posts?ids={asked}")["items"]) == 50
    for ids in (f"{asked},{uuid4()}", "", "me"):
        api.get(f"/posts?ids={ids}", status=422)


def test_lists_of_posts_are_one_statement(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    posts = make_posts(owner_engine, [mina.id], 50)
    api.get("/auth/me", joon)  # from here on the session is cached
    for many, few in (
        (f"/posts?ids={','.join(map(str, posts))}", f"/posts?ids={posts[0]}"),
        (f"/users/{mina.id}/posts?limit=50", f"/users/{mina.id}/posts?limit=1"),
    ):
        with sent(app) as statements_of_many:
            assert len(api.get(many, joon)["items"]) == 50
        with sent(app) as statements_of_few:
            assert len(api.get(few, joon)["items"]) == 1
        assert len(statements_of_many) == len(statements_of_few)


def test_the_author_takes_a_post_back(app: App, api: Api, mina: Person, emitted: Emitted) -> None:
    post_id = make_post(app, mina)
    api.delete(f"/posts/{post_id}", mina)
    api.get(f"/posts/{post_id}", mina, status=404)
    api.delete(f"/posts/{post_id}", mina, status=404)
    assert api.get("/users/@mina/posts", mina)["items"] == []
    assert emitted()[1:] == [ContentDeleted(author_id=mina.id, content_id=post_id)]


def test_nothing_can_be_done_with_a_deleted_post(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    api.delete(f"/posts/{post_id}", mina)
    api.put(f"/posts/{post_id}/like", joon, status=404)
    api.delete(f"/posts/{post_id}/like", joon, status=404)
    api.post(f"/posts/{post_id}/comments", {"body": "late"}, joon, status=404)


def test_a_stranger_may_not_delete_what_they_see_nor_find_what_they_do_not(
    app: App, api: Api, mina: Person, joon: Person, admin: Person
) -> None:
    seen, hidden = make_post(app, mina), make_post(app, mina, visibility="private")
    assert api.delete(f"/posts/{seen}", joon, status=403)["error"]["code"] == "NOT_OWNER"
    api.delete(f"/posts/{hidden}", joon, status=404)
    api.delete(f"/posts/{hidden}", admin, status=404)
    api.delete(f"/posts/{uuid4()}", mina, status=404)
    api.delete(f"/posts/{seen}", status=401)
    api.get(f"/posts/{seen}")


def test_of_two_deletes_at_once_one_finds_nothing(app: App, mina: Person, emitted: Emitted) -> None:
    post_id = make_post(app, mina)

    def delete() -> bool:
        try:
            with app.work() as services:
                services[ContentService].delete(mina.id, post_id)
        except NotFound:
            return False
        return True

    assert sorted(together([delete] * 4)) == [False, False, False, True]
    assert len(emitted()) == 2
