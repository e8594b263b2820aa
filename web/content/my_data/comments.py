"""Comments that a member wrote."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.content.models import Comment
from web.core.personal_data import Section, stream
from web.core.services import Services


class CommentRecord(BaseModel):
    """A comment that the member wrote."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None = Field(description="the comment that it answers")
    body: str
    corrected: str | None = Field(description="how the comment above should read, of a correction")
    reply_count: int
    like_count: int
    created_at: datetime
    edited_at: datetime | None
    hidden_at: datetime | None = Field(description="when moderators hid it from others")
    deleted_at: datetime | None = Field(description="when the member took it back")


_COMMENTS = (
    sa.select(
        Comment.id,
        Comment.content_id.label("post_id"),
        Comment.parent_id,
        Comment.body,
        Comment.corrected,
        Comment.reply_count,
        Comment.like_count,
        Comment.created_at,
        Comment.edited_at,
        Comment.hidden_at,
        Comment.deleted_at,
    )
    .where(Comment.author_id == sa.bindparam("member", type_=sa.Uuid()))
    .order_by(Comment.created_at, Comment.id)
)


def comments(services: Services, member_id: UUID) -> Iterator[CommentRecord]:
    """What a member commented, oldest first."""
    return stream(services[Session], CommentRecord, _COMMENTS, member=member_id)


SECTIONS = (Section("comments", ("comments",), CommentRecord, comments),)
