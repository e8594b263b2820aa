"""Posts, reels and shares as items of feeds, and the page of a hashtag."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.policy import normal_form
from web.content.models import Content
from web.content.policy import listed
from web.content.presentation import POST_COLUMNS, listable, with_author_and_reactions
from web.content.queries import is_post, post_page
from web.content.schemas import Post
from web.core.db import rows_of, with_literals
from web.core.pagination import Page, PageQuery, Position, keyset
from web.feeds import candidates
from web.feeds.queries import LISTS, TAGGED_FIRST, TAGGED_NEXT
from web.feeds.schemas import FeedItem
from web.feeds.sources import Entry, Pool, Reach, Scope, Source

TYPES = {"reel": "reel", "share": "share"}  # everything else is a post
WHY: dict[Scope, str] = {"following": "following", "friends": "friend", "discover": "discover"}
ITEMS = with_literals(
    with_author_and_reactions(sa.select(*POST_COLUMNS)).where(
        Content.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid()))), is_post(), listed()
    )
)


class PostSource(Source):
    """What members share."""

    kind = candidates.KIND

    def newest(
        self, session: Session, viewer: UUID, scope: Scope, after: Position | None, rows: int
    ) -> list[Entry]:
        """Posts by time; one statement, and a second one where something is shared on."""
        statement = LISTS[scope][0 if after is None else 1]
        values = {"viewer": viewer, "rows": rows, **keyset(after)}
        found = rows_of(session, statement, values)
        posts, stays = listable(session, found, viewer)

        def entry(row: Any) -> Entry:
            why = "own" if row.author_id == viewer else WHY[scope]
            item = item_of(posts[row.id], [why]) if stays(row) else None
            return Entry(Position.at(row.created_at, row.id), item)

        return [entry(row) for row in found]

    def candidates(self, session: Session, viewer: UUID, reach: Reach) -> Pool:
        """Posts to choose from; one statement."""
        return candidates.pool(session, viewer, reach)

    def items(self, session: Session, viewer: UUID, ids: Sequence[UUID]) -> dict[UUID, FeedItem]:
        """Posts by id, as lists show them."""
        found = posts_by_id(session, ids, viewer)
        return {post_id: item_of(post, []) for post_id, post in found.items()}


def posts_by_id(session: Session, ids: Sequence[UUID], viewer: UUID | None) -> dict[UUID, Post]:
    """Those of these posts that lists show the viewer."""
    rows = rows_of(session, ITEMS, {"ids": list(ids), "viewer": viewer})
    posts, stays = listable(session, rows, viewer)
    return {row.id: posts[row.id] for row in rows if stays(row)}


def item_of(post: Post, why: list[str]) -> FeedItem:
    """A post as an item of a feed."""
    return FeedItem(type=TYPES.get(post.type, "post"), id=post.id, author=post.author, payload=post, why=why)


def tagged(session: Session, tag: str, viewer: UUID | None, page: PageQuery) -> Page[Post]:
    """The posts with a hashtag that lists show the viewer, newest first.

    Args:
        tag: in any spelling, with its ``#`` or without.
    """
    after = page.after
    statement = TAGGED_FIRST if after is None else TAGGED_NEXT
    values = {
        "tag": normal_form(tag).removeprefix("#"),
        "viewer": viewer,
        "rows": page.limit + 1,
        **keyset(after),
    }
    return post_page(session, rows_of(session, statement, values), viewer, page)
