"""Comments and replies."""

import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.crowd import START
from tests.web.statements import sent
from tests.web.together import together
from web.content.comments import CommentService
from web.content.errors import ParentElsewhere
from web.content.events import CommentDeleted, ContentCommented
from web.content.models import Comment, Content
from web.content.schemas import NewComment
from web.core.app import App
from web.core.errors import NotFound
from web.core.events import Event
from web.core.ids import new_id

Emitted = Callable[..., list[Event]]


@pytest.fixture
def post_id(app: App, mina: Person) -> UUID:
    """A public post of Mina's."""
    return make_post(app, mina)


def say(api: Api, who: Person, post_id: UUID, body: str = "well", parent: Any = None) -> str:
    """Comment, or reply to a comment, and give the new comment's id."""
    new = {"body": body} | ({"parent_id": str(parent)} if parent else {})
    comment_id: str = api.post(f"/posts/{post_id}/comments", new, who)["id"]
    return comment_id


def test_a_comment_is_seen_by_all_who_see_the_post(
    api: Api, mina: Person, joon: Person, post_id: UUID, emitted: Emitted
) -> None:
    comment = api.post(f"/posts/{post_id}/comments", {"body": " nice "}, joon)
    assert (comment["body"], comment["author"]["username"]) == ("nice", "joon")
    assert (comment["post_id"], comment["parent_id"]) == (str(post_id), None)
    assert (comment["deleted"], comment["reply_count"]) == (False, 0)
    assert api.get(f"/posts/{post_id}/comments")["items"] == [comment]
    assert api.get(f"/posts/{post_id}")["comment_count"] == 1
    assert emitted()[1:] == [
        ContentCommented(
            author_id=joon.id,
            content_id=post_id,
            comment_id=UUID(comment["id"]),
            content_author_id=mina.id,
            parent_author_id=None,
        )
    ]


def test_a_reply_belongs_to_its_comment(
    api: Api, mina: Person, joon: Person, post_id: UUID, emitted: Emitted
) -> None:
    parent = say(api, joon, post_id)
    reply = say(api, mina, post_id, "thanks", parent)
    [shown] = api.get(f"/posts/{post_id}/comments")["items"]
    assert (shown["id"], shown["reply_count"]) == (parent, 1)
    assert [item["id"] for item in api.get(f"/comments/{parent}/replies")["items"]] == [reply]
    assert api.get(f"/posts/{post_id}")["comment_count"] == 2
    told = emitted()[-1]
    assert isinstance(told, ContentCommented)
    assert told.parent_author_id == joon.id


def test_comments_are_paged_oldest_first_while_new_ones_arrive(
    api: Api, mina: Person, joon: Person, post_id: UUID
) -> None:
    early = [say(api, joon, post_id, f"early {number}") for number in range(5)]
    seen: list[str] = []
    path, cursor = f"/posts/{post_id}/comments?limit=2", ""
    for _ in range(3):
        page = api.get(f"{path}{cursor}", mina)
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
        say(api, mina, post_id, "late")
    assert seen[:5] == early
    assert len(set(seen)) == len(seen)


def test_replies_are_paged_oldest_first(api: Api, mina: Person, joon: Person, post_id: UUID) -> None:
    parent = say(api, joon, post_id)
    replies = [say(api, mina, post_id, str(number), parent) for number in range(5)]
    shown = api.every_page(f"/comments/{parent}/replies", limit=2)
    assert [item["id"] for item in shown] == replies


@pytest.mark.parametrize("body", ["", "  ", "x" * 1_001])
def test_a_comment_has_1_to_1000_characters(api: Api, joon: Person, post_id: UUID, body: str) -> None:
    api.post(f"/posts/{post_id}/comments", {"body": body}, joon, status=422)
    say(api, joon, post_id, "x" * 1_000)


def test_a_comment_on_another_post_cannot_be_answered_here(
    app: App, api: Api, mina: Person, joon: Person, post_id: UUID
) -> None:
    elsewhere = say(api, joon, make_post(app, mina))
    gone = say(api, joon, post_id)
    api.delete(f"/comments/{gone}", joon)
    for parent in (elsewhere, gone, str(uuid4())):
        new = {"body": "what?", "parent_id": parent}
        error = api.post(f"/posts/{post_id}/comments", new, mina, status=422)
        assert error["error"]["code"] == "PARENT_ELSEWHERE"


def test_what_is_hidden_cannot_be_commented_or_read(app: App, api: Api, mina: Person, joon: Person) -> None:
    hidden = make_post(app, mina, visibility="private")
    comment = say(api, mina, hidden, "note to myself")
    api.post(f"/posts/{hidden}/comments", {"body": "hi"}, joon, status=404)
    for reader in (joon, None):
        api.get(f"/posts/{hidden}/comments", reader, status=404)
        api.get(f"/comments/{comment}/replies", reader, status=404)
    api.delete(f"/comments/{comment}", joon, status=404)
    api.get(f"/comments/{uuid4()}/replies", joon, status=404)


def test_a_comment_without_replies_vanishes_when_deleted(
    api: Api, joon: Person, post_id: UUID, emitted: Emitted
) -> None:
    comment = say(api, joon, post_id)
    api.delete(f"/comments/{comment}", joon)
    api.delete(f"/comments/{comment}", joon, status=404)
    assert api.get(f"/posts/{post_id}/comments")["items"] == []
    assert api.get(f"/posts/{post_id}")["comment_count"] == 0
    assert emitted()[2:] == [CommentDeleted(author_id=joon.id, comment_id=UUID(comment), content_id=post_id)]


def test_a_deleted_comment_with_replies_stays_as_an_empty_place(
    api: Api, mina: Person, joon: Person, post_id: UUID
) -> None:
    parent = say(api, joon, post_id, "secret")
    reply = say(api, mina, post_id, "oh", parent)
    api.delete(f"/comments/{parent}", joon)

    [place] = api.get(f"/posts/{post_id}/comments")["items"]
    assert (place["id"], place["deleted"], place["reply_count"]) == (parent, True, 1)
    assert place["author"] is place["body"] is None
    assert [item["id"] for item in api.get(f"/comments/{parent}/replies")["items"]] == [reply]
    assert api.get(f"/posts/{post_id}")["comment_count"] == 1

    api.delete(f"/comments/{reply}", mina)
    assert api.get(f"/posts/{post_id}/comments")["items"] == []
    assert api.get(f"/posts/{post_id}")["comment_count"] == 0


def test_a_reply_is_reachable_whatever_is_deleted_above_it(
    api: Api, mina: Person, joon: Person, post_id: UUID
) -> None:
    top = say(api, joon, post_id)
    middle = say(api, mina, post_id, parent=top)
    bottom = say(api, joon, post_id, parent=middle)
    api.delete(f"/comments/{middle}", mina)
    api.delete(f"/comments/{top}", joon)

    path = f"/posts/{post_id}/comments"
    for expected in (top, middle, bottom):
        [shown] = api.get(path)["items"]
        assert shown["id"] == expected
        assert shown["reply_count"] == (expected != bottom)
        path = f"/comments/{shown['id']}/replies"

    api.delete(f"/comments/{bottom}", joon)
    assert api.get(f"/posts/{post_id}/comments")["items"] == []
    assert api.get(f"/posts/{post_id}")["comment_count"] == 0


def test_only_its_author_deletes_a_comment(
    api: Api, mina: Person, joon: Person, sora: Person, post_id: UUID
) -> None:
    comment = say(api, joon, post_id)
    for other in (mina, sora):
        assert api.delete(f"/comments/{comment}", other, status=403)["error"]["code"] == "NOT_OWNER"
    api.delete(f"/comments/{comment}", status=401)
    api.delete(f"/comments/{uuid4()}", joon, status=404)


def test_reading_a_thread_costs_the_same_queries_whatever_its_length(
    app: App, api: Api, joon: Person, post_id: UUID, owner_engine: sa.Engine
) -> None:
    say(api, joon, post_id)
    with sent(app) as short:
        assert len(api.get(f"/posts/{post_id}/comments?limit=50", joon)["items"]) == 1
    rows = [
        {"id": new_id(), "content_id": post_id, "author_id": joon.id, "body": "more", "created_at": START}
        for _ in range(49)
    ]
    with owner_engine.begin() as connection:
        connection.execute(sa.insert(Comment), rows)
    with sent(app) as long:
        assert len(api.get(f"/posts/{post_id}/comments?limit=50", joon)["items"]) == 50
    assert len(long) == len(short)


def test_counts_agree_after_commenting_and_deleting_at_once(
    app: App, mina: Person, post_id: UUID, owner_engine: sa.Engine
) -> None:
    written: list[UUID | None] = [None]  # shared by the threads: any may answer or delete any comment

    def chat(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(15):
            chosen = chance.choice(written)
            with suppress(NotFound, ParentElsewhere), app.work() as services:
                comments = services[CommentService]
                if chosen and chance.random() < 0.4:
                    comments.delete(mina.id, chosen)
                else:
                    new = NewComment(body="x", parent_id=chosen)
                    written.append(comments.comment(mina.id, post_id, new).id)

    together([partial(chat, seed) for seed in range(8)])
    reply = aliased(Comment)
    live = sa.select(sa.func.count()).where(reply.content_id == post_id, reply.deleted_at.is_(None))
    shown = sa.select(sa.func.count()).where(
        reply.parent_id == Comment.id, sa.or_(reply.deleted_at.is_(None), reply.reply_count > 0)
    )
    with owner_engine.connect() as connection:
        total = sa.select(Content.comment_count, live.scalar_subquery()).where(Content.id == post_id)
        assert len(set(connection.execute(total).one())) == 1
        for counted, recounted in connection.execute(sa.select(Comment.reply_count, shown.scalar_subquery())):
            assert counted == recounted
