"""The following feed: one query, whose cost grows with the members followed, not with their history."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.content.models import Content
from web.content.policy import VIEWER
from web.content.presentation import POST_COLUMNS, listable, with_author_and_reactions
from web.content.queries import is_post
from web.core.db import AnySelect
from web.core.pagination import AFTER, Page, PageQuery, keyset
from web.feeds.schemas import FeedItem
from web.graph.models import Follow
from web.graph.relations import friends, mutes


def _following_statement(*, first: bool) -> AnySelect:
    """The newest posts of each followed author, read off the author index, merged to the newest of all.

    Only what is shown is joined with its author and reactions. Following is established by the first join,
    and a block ends it, so that little of the visibility rule is left to check; a test compares the feed with
    the rule.
    """
    rows = sa.bindparam("rows", type_=sa.Integer())
    authors = sa.union_all(
        sa.select(Follow.followed_id.label("author_id"))
        .join(Account, Account.id == Follow.followed_id)
        .where(
            Follow.follower_id == VIEWER,
            present(),
            Account.profile_visibility != "private",
            sa.not_(mutes(VIEWER, Follow.followed_id)),
        ),
        sa.select(sa.cast(VIEWER, sa.Uuid()).label("author_id")),
    ).subquery("authors")
    of_author = (
        sa.select(Content.id, Content.created_at)
        .where(
            Content.author_id == authors.c.author_id,
            is_post(),
            sa.or_(
                Content.author_id == VIEWER,
                sa.and_(
                    Content.hidden_at.is_(None),
                    sa.or_(
                        Content.visibility.in_(("public", "followers")),
                        sa.and_(Content.visibility == "friends", friends(VIEWER, Content.author_id)),
                    ),
                ),
            ),
        )
        .order_by(Content.created_at.desc(), Content.id.desc())
        .limit(rows)
    )
    if not first:
        of_author = of_author.where(sa.tuple_(Content.created_at, Content.id) < AFTER)
    newest_of_author = of_author.correlate(authors).lateral("newest_of_author")
    newest = (
        sa.select(newest_of_author.c.id)
        .select_from(authors)
        .join(newest_of_author, sa.true())
        .order_by(newest_of_author.c.created_at.desc(), newest_of_author.c.id.desc())
        .limit(rows)
        .subquery("newest")
    )
    return with_author_and_reactions(
        sa.select(*POST_COLUMNS, Content.author_id).join(newest, newest.c.id == Content.id)
    ).order_by(Content.created_at.desc(), Content.id.desc())


FOLLOWING_FIRST = _following_statement(first=True)
FOLLOWING_NEXT = _following_statement(first=False)


def following(session: Session, viewer: UUID, page: PageQuery) -> Page[FeedItem]:
    """What the viewer and those they follow shared, newest first."""
    after = page.after
    statement = FOLLOWING_FIRST if after is None else FOLLOWING_NEXT
    rows = session.execute(statement, {"viewer": viewer, "rows": page.limit + 1, **keyset(after)}).all()

    posts, stays = listable(session, rows, viewer)

    def item(row: Any) -> FeedItem:
        post = posts[row.id]
        why = ["own"] if row.author_id == viewer else ["following"]
        return FeedItem(type="post", id=post.id, author=post.author, payload=post, why=why)

    return page.page(rows, item, keep=stays)
