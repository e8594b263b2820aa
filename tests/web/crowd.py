"""Members and posts by the thousand, written straight into the tables: only reads are tested with them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tests.factories import Person
from web.accounts.models import Account
from web.content.models import Content
from web.content.reactions import Like
from web.core.ids import new_id
from web.graph.models import Follow

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_members(engine: sa.Engine, count: int, kind: str = "person") -> list[UUID]:
    """Accounts without a way in; ``placeholder`` is how imports keep people who never joined."""
    members = [new_id() for _ in range(count)]
    rows: list[dict[str, Any]] = []
    for number, member_id in enumerate(members):
        name = f"{kind}_{member_id.hex[-12:]}"
        rows.append(
            {
                "id": member_id,
                "kind": kind,
                "username": name,
                "username_key": name,
                "nickname": f"{kind.title()} {number}",
                "created_at": START,
            }
        )
    _insert(engine, Account, rows)
    return members


def make_posts(engine: sa.Engine, authors: list[UUID], count: int, body: str = "post") -> list[UUID]:
    """Public posts, a minute apart, by the authors in turn; the newest first."""
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "author_id": authors[number % len(authors)],
            "body": f"{body} {number}",
            "created_at": START + timedelta(minutes=number),
        }
        for number in range(count)
    ]
    _insert(engine, Content, rows)
    return [row["id"] for row in reversed(rows)]


def make_follows(engine: sa.Engine, follower: Person, followed: list[UUID]) -> None:
    """One member follows many; the counters stay as they are."""
    rows = [
        {"follower_id": follower.id, "followed_id": member_id, "created_at": START} for member_id in followed
    ]
    _insert(engine, Follow, rows)


def make_likes(engine: sa.Engine, post_id: UUID, members: list[UUID]) -> None:
    """Many members like a post; the counter stays as it is."""
    _insert(
        engine,
        Like,
        [{"content_id": post_id, "member_id": member_id, "created_at": START} for member_id in members],
    )


def _insert(engine: sa.Engine, table: type[Any], rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(table), rows)
