"""Liking and taking a like back."""

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import sqlalchemy as sa

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.together import together
from web.content.events import ContentLiked, ContentUnliked
from web.content.models import Content
from web.content.reacting import ReactionService
from web.content.reactions import Like
from web.core.app import App
from web.core.events import Event

Emitted = Callable[..., list[Event]]


def like_count(engine: sa.Engine, post_id: UUID) -> tuple[int, int]:
    """The counter, and a recount."""
    recount = sa.select(sa.func.count()).where(Like.content_id == post_id).scalar_subquery()
    with engine.connect() as connection:
        row = connection.execute(sa.select(Content.like_count, recount).where(Content.id == post_id)).one()
    return row[0], row[1]


def test_liking_twice_is_liking_once(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    post_id = make_post(app, mina)
    liked = {"post_id": str(post_id), "liked": True, "like_count": 1}
    assert api.put(f"/posts/{post_id}/like", joon) == liked
    assert api.put(f"/posts/{post_id}/like", joon) == liked
    assert emitted()[1:] == [ContentLiked(member_id=joon.id, content_id=post_id, author_id=mina.id)]
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}


def test_unliking_twice_is_unliking_once(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    post_id = make_post(app, mina)
    api.put(f"/posts/{post_id}/like", mina)
    api.put(f"/posts/{post_id}/like", joon)
    unliked = {"post_id": str(post_id), "liked": False, "like_count": 1}
    assert api.delete(f"/posts/{post_id}/like", joon, status=200) == unliked
    assert api.delete(f"/posts/{post_id}/like", joon, status=200) == unliked
    assert emitted()[3:] == [ContentUnliked(member_id=joon.id, content_id=post_id, author_id=mina.id)]


def test_each_reader_sees_their_own_like(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    api.put(f"/posts/{post_id}/like", joon)
    for reader, liked in ((joon, True), (mina, False), (None, False)):
        post = api.get(f"/posts/{post_id}", reader)
        assert (post["liked_by_me"], post["like_count"]) == (liked, 1)


def test_what_is_hidden_cannot_be_liked(app: App, api: Api, mina: Person, joon: Person) -> None:
    hidden = (make_post(app, mina, visibility="private"), make_post(app, mina, visibility="followers"))
    for post_id in (*hidden, uuid4()):
        api.put(f"/posts/{post_id}/like", joon, status=404)
    api.put(f"/users/{mina.id}/follow", joon)
    api.put(f"/posts/{hidden[1]}/like", joon)


def test_liking_needs_a_login(app: App, api: Api, mina: Person) -> None:
    post_id = make_post(app, mina)
    api.put(f"/posts/{post_id}/like", status=401)
    api.delete(f"/posts/{post_id}/like", status=401)


def test_likes_at_once_are_all_counted(app: App, mina: Person, owner_engine: sa.Engine) -> None:
    post_id = make_post(app, mina)
    people = [make_person(app, f"member{number}") for number in range(8)]

    def change_my_mind(person: Person, ends_liking: bool) -> None:
        for _ in range(5):
            with app.work() as services:
                services[ReactionService].like(person.id, post_id)
            with app.work() as services:
                services[ReactionService].unlike(person.id, post_id)
        if ends_liking:
            with app.work() as services:
                services[ReactionService].like(person.id, post_id)

    together([partial(change_my_mind, person, number < 5) for number, person in enumerate(people)])
    assert like_count(owner_engine, post_id) == (5, 5)


def test_the_same_like_at_once_counts_once(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine, emitted: Emitted
) -> None:
    post_id = make_post(app, mina)

    def like() -> None:
        with app.work() as services:
            services[ReactionService].like(joon.id, post_id)

    together([like] * 8)
    assert like_count(owner_engine, post_id) == (1, 1)
    assert len(emitted()) == 2
