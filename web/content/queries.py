"""Reads about content, each list in one query."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.keywords import hides
from web.accounts.models import Account, BlockedKeyword
from web.accounts.queries import CARD_COLUMNS, card_from
from web.content.models import Comment, Content, Like
from web.content.policy import VIEWER, shows_comment, visible
from web.content.schemas import CommentItem, Post, Posts
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.pagination import AFTER, Page, PageQuery, keyset
from web.graph.queries import require_meeting

# In each row, because that costs the statement nothing and the reader no second one.
_UNWANTED = (
    sa.select(sa.func.array_agg(BlockedKeyword.keyword))
    .where(BlockedKeyword.account_id == VIEWER)
    .scalar_subquery()
    .label("unwanted")
)

# What a post shows, over Content joined with its author's Account and the viewer's own Like.
POST_COLUMNS = (
    Content.id,
    Content.type,
    Content.body,
    Content.visibility,
    Content.answers_id,
    Content.like_count,
    Content.comment_count,
    Content.created_at,
    Like.member_id.is_not(None).label("liked_by_me"),
    _UNWANTED,
    *CARD_COLUMNS,
)


def with_author_and_like(statement: AnySelect) -> AnySelect:
    """Join what ``POST_COLUMNS`` needs beside ``Content``; ``viewer`` is a parameter."""
    return statement.join(Account, Account.id == Content.author_id).outerjoin(
        Like, sa.and_(Like.content_id == Content.id, Like.member_id == VIEWER)
    )


def wanted_by(viewer: UUID | None) -> Callable[[Any], bool]:
    """Whether a row has none of the words that the viewer does not want to read; one's own are always wanted.

    Lists leave such posts out. Who opens one by its address wants to read it after all.
    """

    def is_wanted(row: Any) -> bool:
        return not row.unwanted or row.card_id == viewer or not hides(row.unwanted, row.body)

    return is_wanted


def post_from(row: Any) -> Post:
    """The post in a row that selected ``POST_COLUMNS``."""
    return Post(
        id=row.id,
        type=row.type,
        author=card_from(row),
        body=row.body,
        visibility=row.visibility,
        answers_id=row.answers_id,
        like_count=row.like_count,
        comment_count=row.comment_count,
        liked_by_me=row.liked_by_me,
        created_at=row.created_at,
    )


_POSTS = with_author_and_like(sa.select(*POST_COLUMNS)).where(visible())
_BY_ID = _POSTS.where(Content.id.in_(sa.bindparam("ids", expanding=True)))
_BY_AUTHOR_FIRST = (
    _POSTS.where(Content.author_id == sa.bindparam("author", type_=sa.Uuid()))
    .order_by(Content.created_at.desc(), Content.id.desc())
    .limit(sa.bindparam("rows"))
)
_BY_AUTHOR_NEXT = _BY_AUTHOR_FIRST.where(sa.tuple_(Content.created_at, Content.id) < AFTER)
_VISIBLE_ID = (
    sa.select(Content.id)
    .join(Account, Account.id == Content.author_id)
    .where(Content.id == sa.bindparam("id", type_=sa.Uuid()), visible())
)


def posts_by_id(session: Session, ids: list[UUID], viewer: UUID | None) -> Posts:
    """Several posts, in the order asked for; those that are gone or hidden are left out."""
    rows = {row.id: row for row in session.execute(_BY_ID, {"ids": list(set(ids)), "viewer": viewer})}
    return Posts(items=[post_from(rows[post_id]) for post_id in ids if post_id in rows])


def post(session: Session, post_id: UUID, viewer: UUID | None) -> Post:
    """One post.

    Raises:
        NotFound: absent, deleted, or not for this viewer.
    """
    found = posts_by_id(session, [post_id], viewer).items
    if not found:
        raise NotFound()
    return found[0]


def posts_of(session: Session, author_id: UUID, viewer: UUID | None, page: PageQuery) -> Page[Post]:
    """A member's posts that the viewer may see, newest first.

    Raises:
        NotFound: nobody is there for the viewer.
    """
    require_meeting(session, viewer, author_id)
    after = page.after
    statement = _BY_AUTHOR_FIRST if after is None else _BY_AUTHOR_NEXT
    values = {"author": author_id, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    return page.page(session.execute(statement, values).all(), post_from, keep=wanted_by(viewer))


def require_visible(session: Session, post_id: UUID, viewer: UUID | None) -> None:
    """Make sure that the viewer may see a post.

    Raises:
        NotFound
    """
    if session.scalar(_VISIBLE_ID, {"id": post_id, "viewer": viewer}) is None:
        raise NotFound()


def _thread(condition: sa.ColumnElement[bool]) -> tuple[AnySelect, AnySelect]:
    """First and following pages of a thread, oldest first.

    A comment that is deleted, or whose author the viewer may not meet, stays as an empty place while it has
    replies.
    """
    first = (
        sa.select(
            Comment.id,
            Comment.content_id,
            Comment.parent_id,
            Comment.body,
            Comment.reply_count,
            Comment.created_at,
            shows_comment().label("shown"),
            _UNWANTED,
            *CARD_COLUMNS,
        )
        .join(Account, Account.id == Comment.author_id)
        .where(condition, sa.or_(shows_comment(), Comment.reply_count > 0))
        .order_by(Comment.created_at, Comment.id)
        .limit(sa.bindparam("rows"))
    )
    return first, first.where(sa.tuple_(Comment.created_at, Comment.id) > AFTER)


_of = sa.bindparam("of", type_=sa.Uuid())
_COMMENTS = _thread(sa.and_(Comment.content_id == _of, Comment.parent_id.is_(None)))
_REPLIES = _thread(Comment.parent_id == _of)
_POST_OF_COMMENT = sa.select(Comment.content_id).where(Comment.id == sa.bindparam("id", type_=sa.Uuid()))


def comments(session: Session, post_id: UUID, viewer: UUID | None, page: PageQuery) -> Page[CommentItem]:
    """The comments on a post that are no replies, oldest first."""
    require_visible(session, post_id, viewer)
    return _thread_page(session, _COMMENTS, post_id, viewer, page)


def replies(session: Session, comment_id: UUID, viewer: UUID | None, page: PageQuery) -> Page[CommentItem]:
    """The replies to a comment, oldest first."""
    post_id = session.scalar(_POST_OF_COMMENT, {"id": comment_id})
    if post_id is None:
        raise NotFound()
    require_visible(session, post_id, viewer)
    return _thread_page(session, _REPLIES, comment_id, viewer, page)


def comment(session: Session, comment_id: UUID, author_id: UUID) -> CommentItem:
    """One comment, as its author sees it who has just written it."""
    row = session.execute(_COMMENT, {"id": comment_id, "viewer": author_id}).one()
    return comment_from(row, row.shown)


def _thread_page(
    session: Session, statements: tuple[AnySelect, AnySelect], of: UUID, viewer: UUID | None, page: PageQuery
) -> Page[CommentItem]:
    after = page.after
    statement = statements[0] if after is None else statements[1]
    values = {"of": of, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    is_wanted = wanted_by(viewer)
    return page.page(
        session.execute(statement, values).all(),
        lambda row: comment_from(row, row.shown and is_wanted(row)),
        keep=lambda row: row.reply_count > 0 or is_wanted(row),
    )


def comment_from(row: Any, shown: bool) -> CommentItem:
    """The comment in a row of a thread; an empty place when it is not shown."""
    return CommentItem(
        id=row.id,
        post_id=row.content_id,
        parent_id=row.parent_id,
        author=card_from(row) if shown else None,
        body=row.body if shown else None,
        deleted=not shown,
        reply_count=row.reply_count,
        created_at=row.created_at,
    )


_COMMENT = _thread(Comment.id == sa.bindparam("id", type_=sa.Uuid()))[0].limit(None)
