"""A hundred members at one post at the same moment: nothing is lost or counted twice, nobody refused."""

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.together import together
from web.content.models import Comment, Content
from web.content.reactions import CommentLike, Like, Save
from web.core.app import App
from web.core.settings import Settings
from web.features import build_app
from web.main import make_wsgi_app

MEMBERS = 100
CONNECTIONS = 40  # the server takes a hundred from all tests together


@pytest.fixture
def busy(settings: Settings, app: App) -> Iterator[Api]:
    """The JSON API with many connections of its own, over the tables of ``app``."""
    another = build_app(replace(settings, pool_size=CONNECTIONS, pool_timeout=60))
    yield Api(make_wsgi_app(another))
    another.close()


def count(table: type[Any], *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(table).where(*conditions).scalar_subquery()


def react(api: Api, post_id: UUID, comment_id: str, seed: int, member: Person) -> list[int]:
    """Like, keep and comment, in an order of one's own, and take some of it back; returns the statuses."""
    chance = random.Random(seed)
    post, comment = f"/posts/{post_id}", f"/comments/{comment_id}"
    steps: list[tuple[str, str, Any]] = [
        ("PUT", f"{post}/like", None),
        ("PUT", f"{comment}/like", None),
        ("PUT", f"{post}/save", None),
        ("POST", f"{post}/comments", {"body": f"said by {seed}"}),
        ("POST", f"{post}/comments", {"body": f"answered by {seed}", "parent_id": comment_id}),
    ]
    chance.shuffle(steps)
    statuses = []
    for method, path, body in steps:
        answer = api.call(method, path, member, body)
        statuses.append(answer.status_int)
        if chance.random() < 0.5:
            gone = f"/comments/{answer.json['id']}" if body else path
            statuses.append(api.call("DELETE", gone, member).status_int)
    return statuses


def test_counts_equal_rows_after_a_hundred_members_at_once(
    app: App, busy: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    post_id = make_post(app, mina)
    comment_id = busy.post(f"/posts/{post_id}/comments", {"body": "first"}, mina)["id"]
    members = [make_person(app, f"member{number}") for number in range(MEMBERS)]
    reactions = [
        partial(react, busy, post_id, comment_id, number, member) for number, member in enumerate(members)
    ]
    statuses = {status for each in together(reactions) for status in each}
    assert statuses <= {200, 201, 204}
    counted = sa.select(
        Content.like_count,
        count(Like, Like.content_id == post_id),
        Content.save_count,
        count(Save, Save.content_id == post_id),
        Content.comment_count,
        count(Comment, Comment.content_id == post_id, Comment.deleted_at.is_(None)),
    ).where(Content.id == post_id)
    of_comment = sa.select(
        Comment.like_count,
        count(CommentLike, CommentLike.comment_id == UUID(comment_id)),
        Comment.reply_count,
        sa.select(sa.func.count())
        .where(sa.column("parent_id") == UUID(comment_id), sa.column("deleted_at").is_(None))
        .select_from(sa.table("comments"))
        .scalar_subquery(),
    ).where(Comment.id == UUID(comment_id))
    with owner_engine.connect() as connection:
        likes, like_rows, saves, save_rows, comments, comment_rows = connection.execute(counted).one()
        hearts, heart_rows, replies, reply_rows = connection.execute(of_comment).one()
    assert (likes, saves, comments) == (like_rows, save_rows, comment_rows)
    assert (hearts, replies) == (heart_rows, reply_rows)
    assert 0 < likes < MEMBERS  # some took it back
    assert comments > 1
