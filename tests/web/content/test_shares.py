"""Showing somebody's post to one's own readers."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person, make_post, make_story
from tests.web.conftest import Api
from tests.web.together import together
from web.content.events import ContentDeleted, ContentPosted, ContentShared, ContentUnshared
from web.content.models import Content
from web.content.schemas import NewShare
from web.content.sharing import ShareService
from web.core.app import App
from web.core.events import Event

Emitted = Callable[..., list[Event]]


def count(api: Api, post_id: object) -> int:
    return int(api.get(f"/posts/{post_id}")["share_count"])


def test_a_share_shows_the_post(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, emitted: Emitted
) -> None:
    post_id = make_post(app, mina, "look")
    share = api.post(f"/posts/{post_id}/share", who=joon)
    assert (share["type"], share["shares_id"], share["body"]) == ("share", str(post_id), "")
    assert share["author"]["username"] == "joon"
    assert (share["shared"]["body"], share["shared"]["author"]["username"]) == ("look", "mina")
    assert share["shared"]["share_count"] == count(api, post_id) == 1
    assert [each["id"] for each in api.get("/users/@joon/posts", sora)["items"]] == [share["id"]]
    share_id = UUID(share["id"])
    assert emitted()[1:] == [
        ContentPosted(author_id=joon.id, content_id=share_id, type="share", visibility="public"),
        ContentShared(member_id=joon.id, content_id=post_id, share_id=share_id, author_id=mina.id),
    ]
    told = api.get("/notifications", mina)["items"]
    assert [(each["type"], each["action_url"]) for each in told] == [("content_shared", f"/posts/{post_id}")]


def test_without_words_twice_is_once_and_with_words_as_often_as_one_likes(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    post_id = make_post(app, mina)
    plain = {api.post(f"/posts/{post_id}/share", {}, joon)["id"] for _ in range(2)}
    quotes = {api.post(f"/posts/{post_id}/share", {"body": "see this"}, joon)["id"] for _ in range(2)}
    assert (len(plain), len(quotes), count(api, post_id)) == (1, 2, 3)


def test_taking_a_share_back_twice_is_once(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    post_id = make_post(app, mina)
    share = api.post(f"/posts/{post_id}/share", who=joon)
    quote = api.post(f"/posts/{post_id}/share", {"body": "see this"}, joon)
    for _ in range(2):
        state = api.delete(f"/posts/{post_id}/share", joon, status=200)
        assert state == {"post_id": str(post_id), "shared": False, "share_count": 1}
    api.get(f"/posts/{share['id']}", joon, status=404)
    api.get(f"/posts/{quote['id']}")
    assert emitted()[-2:] == [
        ContentDeleted(author_id=joon.id, content_id=UUID(share["id"])),
        ContentUnshared(member_id=joon.id, content_id=post_id, share_id=UUID(share["id"]), author_id=mina.id),
    ]
    api.delete(f"/posts/{quote['id']}", joon)
    assert count(api, post_id) == 0
    assert api.post(f"/posts/{post_id}/share", who=joon)["id"] != share["id"]
    assert count(api, post_id) == 1


def test_a_plain_share_stands_for_what_it_shows(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    share = api.post(f"/posts/{post_id}/share", who=joon)
    again = api.post(f"/posts/{share['id']}/share", who=sora)
    assert again["shares_id"] == str(post_id)
    quote = api.post(f"/posts/{post_id}/share", {"body": "see this"}, joon)
    assert api.post(f"/posts/{quote['id']}/share", who=sora)["shares_id"] == quote["id"]
    assert (count(api, post_id), count(api, quote["id"])) == (3, 1)


@pytest.mark.parametrize("visibility", ["followers", "friends", "private"])
def test_only_public_posts_can_be_shared(app: App, api: Api, mina: Person, visibility: str) -> None:
    post_id = make_post(app, mina, visibility=visibility)
    assert api.post(f"/posts/{post_id}/share", who=mina, status=403)["error"]["code"] == "NOT_SHAREABLE"


def test_what_is_put_away_or_not_there_cannot_be_shared(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    archived, gone, hidden = (make_post(app, mina) for _ in range(3))
    api.post(f"/posts/{archived}/archive", who=mina, status=200)
    api.delete(f"/posts/{gone}", mina)
    api.call("PATCH", f"/posts/{hidden}", mina, {"visibility": "private"}, status=200)
    api.post(f"/posts/{archived}/share", who=mina, status=403)
    for post_id in (archived, gone, hidden, uuid4()):
        api.post(f"/posts/{post_id}/share", who=joon, status=404)
        api.delete(f"/posts/{post_id}/share", joon, status=404)
    api.post(f"/posts/{make_story(app, mina, visibility='public')}/share", who=mina, status=403)


def test_a_share_disappears_with_what_it_shows_unless_it_has_words(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    plain = api.post(f"/posts/{post_id}/share", who=joon)["id"]
    quote = api.post(f"/posts/{post_id}/share", {"body": "see this"}, joon)["id"]
    api.put(f"/users/{sora.id}/block", mina, status=200)
    assert [each["id"] for each in api.get("/users/@joon/posts", sora)["items"]] == [quote]
    api.delete(f"/posts/{post_id}", mina)
    shown = api.get("/users/@joon/posts")["items"]
    assert [(each["id"], each["shared"]) for each in shown] == [(quote, None)]
    api.get(f"/posts/{plain}", status=404)


@pytest.mark.parametrize(
    ("words", "change", "status"),
    [
        ("", {"body": "words"}, 422),
        ("words", {"body": ""}, 422),
        ("words", {"visibility": "private"}, 422),
        ("words", {"body": "other words", "visibility": "friends"}, 200),
    ],
)
def test_a_share_keeps_its_words_or_has_none(
    app: App, api: Api, mina: Person, joon: Person, words: str, change: dict[str, str], status: int
) -> None:
    share = api.post(f"/posts/{make_post(app, mina)}/share", {"body": words}, joon)
    api.call("PATCH", f"/posts/{share['id']}", joon, change, status=status)


def test_words_of_a_share_are_checked(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    refused = api.post(f"/posts/{post_id}/share", {"body": "kill yourself"}, joon, status=422)
    assert refused["error"]["code"] == "CONTENT_REFUSED"
    assert count(api, post_id) == 0


def test_counts_are_exact_when_many_share_and_take_back_at_once(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    post_id = make_post(app, mina)
    people = [make_person(app, f"person{number}") for number in range(4)]

    def share(who: Person) -> None:
        for number in range(6):
            with app.work() as services:
                services[ShareService].share(who.id, post_id, NewShare())
            if number % 3 != 2:
                with app.work() as services:
                    services[ShareService].unshare(who.id, post_id)

    together([lambda who=who: share(who) for who in (*people, *people)])  # each from two places
    with owner_engine.connect() as connection:
        shares = connection.scalar(
            sa.select(sa.func.count()).where(Content.shares_id == post_id, Content.deleted_at.is_(None))
        )
    assert shares == count(api, post_id) <= len(people)
