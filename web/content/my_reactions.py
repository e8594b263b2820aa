"""What a member liked, kept and saw: their copy of it, and how it is forgotten."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Session

from web.content.models import Comment
from web.content.reactions import CommentLike, Like, Save, View
from web.core.personal_data import PersonalData, Section, stream
from web.core.services import Services

TABLES = ("likes", "comment_likes", "saves", "views")  # forgotten by the eraser of content

# The content of each row that is gone, by what the rows say.
Forgotten = Mapping[str, Sequence[UUID]]


class LikeRecord(BaseModel):
    """Something the member likes."""

    post_id: UUID
    created_at: datetime


class CommentLikeRecord(BaseModel):
    """A comment that the member likes."""

    comment_id: UUID
    created_at: datetime


class SaveRecord(BaseModel):
    """Something in the member's private collection."""

    post_id: UUID
    created_at: datetime


class ViewRecord(BaseModel):
    """Something that was on the member's screen; at most one record for each and UTC day."""

    post_id: UUID
    viewed_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_LIKES = (
    sa.select(Like.content_id.label("post_id"), Like.created_at)
    .where(Like.member_id == _member)
    .order_by(Like.created_at, Like.content_id)
)
_COMMENT_LIKES = (
    sa.select(CommentLike.comment_id, CommentLike.created_at)
    .where(CommentLike.member_id == _member)
    .order_by(CommentLike.created_at, CommentLike.comment_id)
)
_SAVES = (
    sa.select(Save.content_id.label("post_id"), Save.created_at)
    .where(Save.member_id == _member)
    .order_by(Save.created_at, Save.content_id)
)
_VIEWS = (
    sa.select(View.content_id.label("post_id"), View.viewed_at)
    .where(View.viewer_id == _member)
    .order_by(View.viewed_at, View.content_id)
)
_LIKED_COMMENTS = (
    sa.select(Comment.id)
    .where(Comment.id.in_(sa.select(CommentLike.comment_id).where(CommentLike.member_id == _member)))
    .order_by(Comment.id)
    .with_for_update(key_share=True)
)


def register(personal_data: PersonalData) -> None:
    """Sections of reactions; the eraser of content forgets them, for the sake of its lock order."""
    personal_data.export(
        Section("likes", ("likes",), LikeRecord, likes),
        Section("comment_likes", ("comment_likes",), CommentLikeRecord, comment_likes),
        Section("saves", ("saves",), SaveRecord, saves),
        Section("views", ("views",), ViewRecord, views),
    )


def likes(services: Services, member_id: UUID) -> Iterator[LikeRecord]:
    """What a member likes, oldest first."""
    return stream(services[Session], LikeRecord, _LIKES, member=member_id)


def comment_likes(services: Services, member_id: UUID) -> Iterator[CommentLikeRecord]:
    """Which comments a member likes, oldest first."""
    return stream(services[Session], CommentLikeRecord, _COMMENT_LIKES, member=member_id)


def saves(services: Services, member_id: UUID) -> Iterator[SaveRecord]:
    """What a member keeps, oldest first."""
    return stream(services[Session], SaveRecord, _SAVES, member=member_id)


def views(services: Services, member_id: UUID) -> Iterator[ViewRecord]:
    """What a member saw, oldest first."""
    return stream(services[Session], ViewRecord, _VIEWS, member=member_id)


def forget(session: Session, member_id: UUID) -> Forgotten:
    """Delete all reactions of a member and take likes off comments; locks these, by id.

    Returns:
        Of what content ``likes``, ``saves`` and ``views`` are to be taken off the counters.
    """
    session.execute(_LIKED_COMMENTS, {"member": member_id})
    comment_ids = _delete(session, CommentLike, CommentLike.member_id == member_id, CommentLike.comment_id)
    session.execute(
        sa.update(Comment).where(Comment.id.in_(comment_ids)).values(like_count=Comment.like_count - 1),
        execution_options={"synchronize_session": False},
    )
    return {
        "likes": _delete(session, Like, Like.member_id == member_id, Like.content_id),
        "saves": _delete(session, Save, Save.member_id == member_id, Save.content_id),
        "views": _delete(session, View, View.viewer_id == member_id, View.content_id),
    }


def _delete(
    session: Session, table: type[Any], which: sa.ColumnElement[bool], returned: sa.SQLColumnExpression[UUID]
) -> Sequence[UUID]:
    return session.scalars(sa.delete(table).where(which).returning(returned)).all()
