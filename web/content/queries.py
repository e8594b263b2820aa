"""Reads about content, each list in one query."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.content.models import Comment, Content, Mention
from web.content.policy import VIEWER, shows_comment, visible
from web.content.presentation import (
    POST_COLUMNS,
    UNWANTED,
    listable,
    posts_from,
    wanted_by,
    with_author_and_reactions,
)
from web.content.reactions import CommentLike
from web.content.schemas import CommentItem, Mentioned, Post, Posts, PostsQuery
from web.core.db import AnySelect, rows_of, with_literals
from web.core.errors import NotFound
from web.core.pagination import AFTER, Page, PageQuery, Position, keyset
from web.graph.queries import require_meeting

# Stories have an address of their own, where only members come.
_POSTS = with_author_and_reactions(sa.select(*POST_COLUMNS)).where(visible(), Content.type != "story")
_BY_ID = with_literals(_POSTS.where(Content.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid())))))


def is_post() -> sa.ColumnElement[bool]:
    """SQL: it belongs into lists of posts, as everything but stories does; as the indexes say it."""
    return sa.and_(Content.deleted_at.is_(None), Content.archived_at.is_(None), Content.type != "story")


def _by_author(*types: str) -> tuple[AnySelect, AnySelect]:
    """First and following pages of a member's posts, of some types or of all, newest first."""
    of_types = Content.type.in_(types) if types else sa.true()
    first = (
        _POSTS.where(Content.author_id == sa.bindparam("author", type_=sa.Uuid()), is_post(), of_types)
        .order_by(Content.created_at.desc(), Content.id.desc())
        .limit(sa.bindparam("rows"))
    )
    further = first.where(sa.tuple_(Content.created_at, Content.id) < AFTER)
    return with_literals(first), with_literals(further)


_BY_AUTHOR = {"all": _by_author(), "reels": _by_author("reel"), "media": _by_author("photo", "video")}
_ARCHIVED_FIRST = (
    _POSTS.where(Content.author_id == VIEWER, Content.archived_at.is_not(None))
    .order_by(Content.created_at.desc(), Content.id.desc())
    .limit(sa.bindparam("rows"))
)
_ARCHIVED_NEXT = _ARCHIVED_FIRST.where(sa.tuple_(Content.created_at, Content.id) < AFTER)
_VISIBLE_ID = (
    sa.select(Content.id)
    .join(Account, Account.id == Content.author_id)
    .where(Content.id == sa.bindparam("id", type_=sa.Uuid()), visible(), Content.type != "story")
)


def posts_by_id(session: Session, ids: list[UUID], viewer: UUID | None) -> Posts:
    """Several posts, in the order asked for; those that are gone or hidden are left out."""
    rows = rows_of(session, _BY_ID, {"ids": list(set(ids)), "viewer": viewer})
    posts = posts_from(session, rows, viewer)
    return Posts(items=[posts[post_id] for post_id in ids if post_id in posts])


def post(session: Session, post_id: UUID, viewer: UUID | None) -> Post:
    """One post.

    Raises:
        NotFound: absent, deleted, or not for this viewer.
    """
    found = posts_by_id(session, [post_id], viewer).items
    if not found:
        raise NotFound()
    return found[0]


def posts_of(session: Session, author_id: UUID, viewer: UUID | None, page: PostsQuery) -> Page[Post]:
    """A member's posts that the viewer may see, newest first.

    Raises:
        NotFound: nobody is there for the viewer.
    """
    require_meeting(session, viewer, author_id)
    after = page.after
    statement = _BY_AUTHOR[page.kind][0 if after is None else 1]
    values = {"author": author_id, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    return post_page(session, session.execute(statement, values).all(), viewer, page)


def archived(session: Session, member_id: UUID, page: PageQuery) -> Page[Post]:
    """What a member put away, newest first."""
    after = page.after
    statement = _ARCHIVED_FIRST if after is None else _ARCHIVED_NEXT
    values = {"viewer": member_id, "rows": page.limit + 1, **keyset(after)}
    return post_page(session, session.execute(statement, values).all(), member_id, page)


def post_page(
    session: Session,
    rows: Sequence[Any],
    viewer: UUID | None,
    page: PageQuery,
    position: Callable[[Any], Position] = lambda row: Position.at(row.created_at, row.id),
) -> Page[Post]:
    """A page of posts from ``limit + 1`` rows of ``POST_COLUMNS``, without what the viewer does not want.

    Args:
        position: a row's place, in lists that are not sorted by the time of the posts.
    """
    posts, stays = listable(session, rows, viewer)
    return page.page(rows, lambda row: posts[row.id], position, keep=stays)


def require_visible(session: Session, post_id: UUID, viewer: UUID | None) -> None:
    """Make sure that the viewer may see a post.

    Raises:
        NotFound
    """
    if session.scalar(_VISIBLE_ID, {"id": post_id, "viewer": viewer}) is None:
        raise NotFound()


_MENTIONS = (
    sa.select(
        sa.func.jsonb_agg(
            sa.func.jsonb_build_object(
                sa.literal_column("'user_id'"), Mention.member_id, sa.literal_column("'name'"), Mention.name
            )
        )
    )
    .where(Mention.comment_id == Comment.id)
    .correlate(Comment)
    .scalar_subquery()
)


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
            Comment.corrected,
            Comment.reply_count,
            Comment.like_count,
            CommentLike.member_id.is_not(None).label("liked_by_me"),
            Comment.created_at,
            Comment.edited_at,
            shows_comment().label("shown"),
            sa.case((Comment.body.regexp_match("[@＠]"), _MENTIONS)).label("mentions"),
            UNWANTED,
            *CARD_COLUMNS,
        )
        .join(Account, Account.id == Comment.author_id)
        .outerjoin(
            CommentLike, sa.and_(CommentLike.comment_id == Comment.id, CommentLike.member_id == VIEWER)
        )
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


def comment_by_id(session: Session, comment_id: UUID, viewer: UUID | None) -> CommentItem:
    """One comment by its address; an empty place when there is nothing left of it but replies.

    Raises:
        NotFound: absent, or it or its post is not for the viewer.
    """
    post_id = session.scalar(_POST_OF_COMMENT, {"id": comment_id})
    if post_id is None:
        raise NotFound()
    require_visible(session, post_id, viewer)
    row = session.execute(_COMMENT, {"id": comment_id, "viewer": viewer}).one_or_none()
    if row is None:
        raise NotFound()
    return comment_from(row, row.shown)


def _thread_page(
    session: Session, statements: tuple[AnySelect, AnySelect], of: UUID, viewer: UUID | None, page: PageQuery
) -> Page[CommentItem]:
    after = page.after
    statement = statements[0] if after is None else statements[1]
    values = {"of": of, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    is_wanted = wanted_by(viewer, lambda row: f"{row.body}\n{row.corrected or ''}")
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
        corrected=row.corrected if shown else None,
        mentions=[Mentioned(**each) for each in row.mentions or ()] if shown else [],
        deleted=not shown,
        reply_count=row.reply_count,
        like_count=row.like_count if shown else 0,
        liked_by_me=row.liked_by_me,
        created_at=row.created_at,
        edited_at=row.edited_at if shown else None,
    )


_COMMENT = _thread(Comment.id == sa.bindparam("id", type_=sa.Uuid()))[0].limit(None)
