"""What a member shared, with its history, tags and mentions."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.content.models import Attachment, Comment, Content, ContentTag, Hashtag, Mention, Revision
from web.content.policy import counts_publicly
from web.core.personal_data import Section, stream
from web.core.services import Services
from web.media.service import MediaService


class PostRecord(BaseModel):
    """Something the member shared."""

    id: UUID
    type: str
    visibility: str
    body: str
    language: str | None
    target_language: str | None = Field(description="the one that the member was learning by it")
    answers_id: UUID | None = Field(description="the post that it answers")
    shares_id: UUID | None = Field(description="the post that it shows")
    goal_id: UUID | None
    media_count: int
    quality: float | None = Field(
        description="of its media, worked out from 0 to 1; feeds are sorted by it, too"
    )
    like_count: int
    comment_count: int
    save_count: int
    share_count: int
    view_count: int
    created_at: datetime
    edited_at: datetime | None
    expires_at: datetime | None = Field(description="of a story")
    archived_at: datetime | None = Field(description="when the member put it away")
    hidden_at: datetime | None = Field(description="when moderators hid it from others")
    deleted_at: datetime | None = Field(description="when the member took it back")


class AttachmentRecord(BaseModel):
    """A picture or a video of a post."""

    post_id: UUID
    position: int
    media_id: UUID
    alt_text: str | None = Field(description="what it shows, in the member's words")


class RevisionRecord(BaseModel):
    """What a post or a comment of the member said before an edit."""

    post_id: UUID | None
    comment_id: UUID | None
    body: str
    replaced_at: datetime


class PostTagRecord(BaseModel):
    """A tag of a post."""

    post_id: UUID
    tag: str


class MentionRecord(BaseModel):
    """A text that names the member, or that the member wrote and that names somebody."""

    direction: Literal["by me", "of me"]
    post_id: UUID
    comment_id: UUID | None
    name: str = Field(description="as it is written there")


_member = sa.bindparam("member", type_=sa.Uuid())
_mine = Content.author_id == _member
_POSTS = (
    sa.select(*(Content.__table__.c[name] for name in PostRecord.model_fields))
    .where(_mine)
    .order_by(Content.created_at, Content.id)
)
_ATTACHMENTS = (
    sa.select(
        Attachment.content_id.label("post_id"), Attachment.position, Attachment.media_id, Attachment.alt_text
    )
    .join(Content, Content.id == Attachment.content_id)
    .where(_mine)
    .order_by(Attachment.content_id, Attachment.position)
)
_is_my_revision = sa.or_(
    Revision.content_id.in_(sa.select(Content.id).where(_mine)),
    Revision.comment_id.in_(sa.select(Comment.id).where(Comment.author_id == _member)),
)
_REVISIONS = (
    sa.select(Revision.content_id.label("post_id"), Revision.comment_id, Revision.body, Revision.replaced_at)
    .where(_is_my_revision)
    .order_by(Revision.replaced_at, Revision.id)
)
_TAGS = (
    sa.select(ContentTag.content_id.label("post_id"), ContentTag.tag)
    .join(Content, Content.id == ContentTag.content_id)
    .where(_mine)
    .order_by(ContentTag.created_at, ContentTag.content_id, ContentTag.tag)
)
_writer = sa.func.coalesce(Comment.author_id, Content.author_id)
_MENTIONS = (
    sa.select(
        sa.case((_writer == _member, "by me"), else_="of me").label("direction"),
        Mention.content_id.label("post_id"),
        Mention.comment_id,
        Mention.name,
    )
    .join(Content, Content.id == Mention.content_id)
    .outerjoin(Comment, Comment.id == Mention.comment_id)
    .where(
        sa.or_(
            Mention.member_id == _member,
            sa.and_(Mention.comment_id.is_(None), _mine),
            Comment.author_id == _member,
        )
    )
    .order_by(Mention.id)
)


def posts(services: Services, member_id: UUID) -> Iterator[PostRecord]:
    """What a member shared, also what they took back, oldest first."""
    return stream(services[Session], PostRecord, _POSTS, member=member_id)


def attachments(services: Services, member_id: UUID) -> Iterator[AttachmentRecord]:
    """The media of a member's posts."""
    return stream(services[Session], AttachmentRecord, _ATTACHMENTS, member=member_id)


def revisions(services: Services, member_id: UUID) -> Iterator[RevisionRecord]:
    """What a member edited, oldest first."""
    return stream(services[Session], RevisionRecord, _REVISIONS, member=member_id)


def tags(services: Services, member_id: UUID) -> Iterator[PostTagRecord]:
    """The tags of a member's posts."""
    return stream(services[Session], PostTagRecord, _TAGS, member=member_id)


def mentions(services: Services, member_id: UUID) -> Iterator[MentionRecord]:
    """Whom a member names, and what names the member."""
    return stream(services[Session], MentionRecord, _MENTIONS, member=member_id)


SECTIONS = (
    Section("posts", ("content",), PostRecord, posts),
    Section("post_media", ("attachments",), AttachmentRecord, attachments),
    Section("edits", ("revisions",), RevisionRecord, revisions),
    Section("post_tags", ("content_tags",), PostTagRecord, tags),
    Section("mentions", ("mentions",), MentionRecord, mentions),
)


def forget_posts(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete what a member shared, or all of it but what everybody sees; what names the member, and edits.

    Locks: content by id, hashtags by tag. The media of what is deleted are nobody's any more; their own
    feature deletes them.
    """
    session = services[Session]
    goes = Content.author_id == member_id
    if keeps_content:
        goes = sa.and_(goes, sa.not_(sa.and_(counts_publicly(), Content.hidden_at.is_(None))))
    columns = (Content.id, Content.shares_id, Content.deleted_at, counts_publicly().label("counts"))
    rows = session.execute(sa.select(*columns).where(goes).order_by(Content.id).with_for_update()).all()
    ids = [row.id for row in rows]
    _count_shares_down(session, [row.shares_id for row in rows if row.shares_id and row.deleted_at is None])
    tags = _take_off_tags(session, ids, [row.id for row in rows if row.counts])
    services[MediaService].detach(
        session.scalars(sa.select(Attachment.media_id).where(_among(Attachment.content_id, ids))).all()
    )
    session.execute(sa.delete(Content).where(_among(Content.id, ids)), execution_options=_UNSYNCHRONIZED)
    # A tag that nobody else used may say a lot.
    session.execute(
        sa.delete(Hashtag).where(
            Hashtag.tag.in_(tags), sa.not_(sa.exists().where(ContentTag.tag == Hashtag.tag))
        ),
        execution_options=_UNSYNCHRONIZED,
    )
    own = {"member": member_id}
    session.execute(sa.delete(Revision).where(_is_my_revision), own, execution_options=_UNSYNCHRONIZED)
    session.execute(
        sa.delete(Mention).where(Mention.member_id == _member), own, execution_options=_UNSYNCHRONIZED
    )


_UNSYNCHRONIZED = {"synchronize_session": False}


def _count_shares_down(session: Session, shares: list[UUID]) -> None:
    """Take shares that go off the counts of what they show, which are locked by id."""
    shown = _among(Content.id, shares)
    session.execute(sa.select(Content.id).where(shown).order_by(Content.id).with_for_update(key_share=True))
    original = sa.func.unnest(_array(shares)).column_valued("original")
    counts = sa.select(original.label("id"), sa.func.count().label("count")).group_by(original).subquery()
    session.execute(
        sa.update(Content)
        .where(Content.id == counts.c.id)
        .values(share_count=Content.share_count - counts.c.count),
        execution_options=_UNSYNCHRONIZED,
    )


def _take_off_tags(session: Session, ids: list[UUID], counted: list[UUID]) -> list[str]:
    """Lock the tags of what goes, and take what counted off them; returns them all."""
    of_these = sa.select(ContentTag.tag).where(_among(ContentTag.content_id, ids))
    locked = sa.select(Hashtag.tag).where(Hashtag.tag.in_(of_these)).order_by(Hashtag.tag).with_for_update()
    tags = list(session.scalars(locked))
    uses = (
        sa.select(ContentTag.tag, sa.func.count().label("count"))
        .where(_among(ContentTag.content_id, counted))
        .group_by(ContentTag.tag)
        .subquery("uses")
    )
    session.execute(
        sa.update(Hashtag)
        .where(Hashtag.tag == uses.c.tag)
        .values(use_count=Hashtag.use_count - uses.c.count),
        execution_options=_UNSYNCHRONIZED,
    )
    return tags


def _among(column: sa.SQLColumnExpression[UUID], ids: list[UUID]) -> sa.ColumnElement[bool]:
    """SQL: one of these, who may be more than a statement has places for values."""
    return column == sa.any_(_array(ids))


def _array(ids: list[UUID]) -> sa.ColumnElement[Any]:
    return sa.literal(ids, ARRAY(sa.Uuid()))
