"""The following feed: one query, whose cost grows with the members followed, not with their history."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.content.models import Content
from web.content.policy import VIEWER
from web.content.queries import POST_COLUMNS, post_from, with_author_and_like
from web.core.db import AnySelect
from web.core.pagination import AFTER, Page, PageQuery, keyset
from web.feeds.schemas import FeedItem
from web.graph.models import Follow


def _following_statement(*, first: bool) -> AnySelect:
    """The newest posts of each followed author, read off the author index, merged to the newest of all.

    Following is established by the join itself, so of the visibility rule only ``private`` is left to check.
    """
    rows = sa.bindparam("rows", type_=sa.Integer())
    authors = sa.union_all(
        sa.select(Follow.followed_id.label("author_id")).where(Follow.follower_id == VIEWER),
        sa.select(sa.cast(VIEWER, sa.Uuid()).label("author_id")),
    ).subquery("authors")
    newest = (
        sa.select(Content.id)
        .where(
            Content.author_id == authors.c.author_id,
            Content.deleted_at.is_(None),
            sa.or_(Content.visibility.in_(("public", "followers")), Content.author_id == VIEWER),
        )
        .order_by(Content.created_at.desc(), Content.id.desc())
        .limit(rows)
    )
    if not first:
        newest = newest.where(sa.tuple_(Content.created_at, Content.id) < AFTER)
    newest_of_author = newest.correlate(authors).lateral("newest")
    return (
        with_author_and_like(
            sa.select(*POST_COLUMNS, Content.author_id)
            .select_from(authors)
            .join(newest_of_author, sa.true())
            .join(Content, Content.id == newest_of_author.c.id)
        )
        .order_by(Content.created_at.desc(), Content.id.desc())
        .limit(rows)
    )


FOLLOWING_FIRST = _following_statement(first=True)
FOLLOWING_NEXT = _following_statement(first=False)


def following(session: Session, viewer: UUID, page: PageQuery) -> Page[FeedItem]:
    """What the viewer and those they follow shared, newest first."""
    after = page.after
    statement = FOLLOWING_FIRST if after is None else FOLLOWING_NEXT
    rows = session.execute(statement, {"viewer": viewer, "rows": page.limit + 1, **keyset(after)}).all()

    def item(row: Any) -> FeedItem:
        post = post_from(row)
        why = ["own"] if row.author_id == viewer else ["following"]
        return FeedItem(type="post", id=post.id, author=post.author, payload=post, why=why)

    return page.page(rows, item)
