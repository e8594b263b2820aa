"""What a member shared, said and liked: their copy of it, and what becomes of it when they are erased."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.content.models import Comment, Content
from web.content.reactions import Like
from web.core.clock import Clock
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services


class PostRecord(BaseModel):
    """Something the member shared."""

    id: UUID
    type: str
    visibility: str
    body: str
    answers_id: UUID | None = Field(description="the post that it answers")
    like_count: int
    comment_count: int
    created_at: datetime
    deleted_at: datetime | None = Field(description="when the member took it back")


class CommentRecord(BaseModel):
    """A comment that the member wrote."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None = Field(description="the comment that it answers")
    body: str
    created_at: datetime
    deleted_at: datetime | None = Field(description="when the member took it back")


class LikeRecord(BaseModel):
    """Something the member likes."""

    post_id: UUID
    created_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid()))
_POSTS = (
    sa.select(*(Content.__table__.c[name] for name in PostRecord.model_fields))
    .where(Content.author_id == _member)
    .order_by(Content.created_at, Content.id)
)
_COMMENTS = (
    sa.select(
        Comment.id,
        Comment.content_id.label("post_id"),
        Comment.parent_id,
        Comment.body,
        Comment.created_at,
        Comment.deleted_at,
    )
    .where(Comment.author_id == _member)
    .order_by(Comment.created_at, Comment.id)
)
_LIKES = (
    sa.select(Like.content_id.label("post_id"), Like.created_at)
    .where(Like.member_id == _member)
    .order_by(Like.created_at, Like.content_id)
)


def _unnested(name: str, *numbers: str) -> sa.TableValuedAlias:
    """SQL: the parameter ``ids`` and parameters with a number for each of them, as a table."""
    arrays = [sa.bindparam(number, type_=ARRAY(sa.Integer())) for number in numbers]
    columns: list[sa.ColumnClause[Any]] = [sa.column("id", sa.Uuid())]
    columns += [sa.column(number, sa.Integer()) for number in numbers]
    return sa.func.unnest(_ids, *arrays).table_valued(*columns, name=name).render_derived()


_fewer = _unnested("fewer", "comments", "likes")
_fewer_replies = _unnested("fewer_replies", "replies")
_LOCKED = sa.select(Content.id).where(Content.id == sa.any_(_ids)).order_by(Content.id).with_for_update()
_FEWER_REACTIONS = (
    sa.update(Content)
    .where(Content.id == _fewer.c.id)
    .values(
        comment_count=Content.comment_count - _fewer.c.comments,
        like_count=Content.like_count - _fewer.c.likes,
    )
    .execution_options(synchronize_session=False)
)
_FEWER_REPLIES = (
    sa.update(Comment)
    .where(Comment.id == _fewer_replies.c.id)
    .values(reply_count=Comment.reply_count - _fewer_replies.c.replies)
    .returning(Comment.parent_id, Comment.deleted_at, Comment.reply_count)
    .execution_options(synchronize_session=False)
)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of content."""
    personal_data.export(
        Section("posts", ("content",), PostRecord, posts),
        Section("comments", ("comments",), CommentRecord, comments),
        Section("likes", ("likes",), LikeRecord, likes),
    )
    personal_data.erase(Eraser("content", ("content", "comments", "likes"), erase))


def posts(services: Services, member_id: UUID) -> Iterator[PostRecord]:
    """What a member shared, also what they took back, oldest first."""
    return stream(services[Session], PostRecord, _POSTS, member=member_id)


def comments(services: Services, member_id: UUID) -> Iterator[CommentRecord]:
    """What a member commented, oldest first."""
    return stream(services[Session], CommentRecord, _COMMENTS, member=member_id)


def likes(services: Services, member_id: UUID) -> Iterator[LikeRecord]:
    """What a member likes, oldest first."""
    return stream(services[Session], LikeRecord, _LIKES, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Forget what a member shared, said and liked.

    Likes always go. With ``keeps_content`` public posts stay, and so do comments on public posts; everything
    else goes, with what others said about it. A comment that others have answered leaves its place, without
    text, as when its author takes it back. Locks: comments, those above them, content, each by id.
    """
    session = services[Session]
    said = _forget_comments(session, services[Clock].now(), member_id, keeps_content)
    liked = session.scalars(sa.delete(Like).where(Like.member_id == member_id).returning(Like.content_id))
    _count_down(session, said, list(liked))
    mine = Content.author_id == member_id
    gone = sa.or_(Content.visibility != "public", Content.deleted_at.is_not(None))
    session.execute(sa.delete(Content).where(sa.and_(mine, gone) if keeps_content else mine))


def _forget_comments(session: Session, now: datetime, member_id: UUID, keeps_content: bool) -> list[UUID]:
    """Take a member's comments back and empty them; returns the content of each that others could see."""
    which = Comment.author_id == member_id
    if keeps_content:
        on_public = sa.exists().where(Content.id == Comment.content_id, Content.visibility == "public")
        which = sa.and_(which, sa.or_(Comment.deleted_at.is_not(None), sa.not_(on_public)))
    rows = session.execute(
        sa.select(Comment.id, Comment.content_id, Comment.parent_id, Comment.deleted_at, Comment.reply_count)
        .where(which)
        .order_by(Comment.id)
        .with_for_update()
    ).all()
    session.execute(
        sa.update(Comment)
        .where(Comment.id == sa.any_(_ids))
        .values(body="", deleted_at=sa.func.coalesce(Comment.deleted_at, now))
        .execution_options(synchronize_session=False),
        {"ids": [row.id for row in rows]},
    )
    seen = [row for row in rows if row.deleted_at is None]
    _count_replies_down(session, [row for row in seen if row.reply_count == 0])
    session.execute(
        sa.delete(Comment).where(Comment.id == sa.any_(_ids), Comment.reply_count == 0),
        {"ids": [row.id for row in rows]},
        execution_options={"synchronize_session": False},
    )
    return [row.content_id for row in seen]


def _count_replies_down(session: Session, vanished: Sequence[Any]) -> None:
    """Comments without replies vanish; so does the deleted one above whose last reply that was, and so on."""
    while vanished:
        fewer = Counter(row.parent_id for row in vanished if row.parent_id is not None)
        rows = session.execute(_FEWER_REPLIES, {"ids": list(fewer), "replies": list(fewer.values())})
        vanished = [row for row in rows if row.deleted_at is not None and row.reply_count == 0]


def _count_down(session: Session, said: list[UUID], liked: list[UUID]) -> None:
    """Take comments and likes off the counters of what they were on."""
    comments, likes = Counter(said), Counter(liked)
    ids = sorted({*said, *liked})
    session.execute(_LOCKED, {"ids": ids})
    session.execute(
        _FEWER_REACTIONS,
        {"ids": ids, "comments": [comments[each] for each in ids], "likes": [likes[each] for each in ids]},
    )
