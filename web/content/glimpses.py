"""What notifications show of posts and comments: how they begin, and a picture."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.models import Attachment, Comment, Content
from web.content.policy import shows_comment, visible
from web.core.media_addresses import addresses_of
from web.media.models import Medium
from web.notifications.glimpses import ASKED, Asked, Glimpse, beginning, values
from web.notifications.types import NotificationTypes

ABOUT_COMMENTS: Final = ("content_commented", "comment_answered", "comment_corrected")
ABOUT_POSTS: Final = ("content_liked", "content_shared", "comment_liked", "member_posted")
IMAGE_VARIANT: Final = "thumb"

# The comment that was told of last; one that was deleted since then stands for no other one.
_comment = (
    sa.select(sa.case((shows_comment(ASKED.c.reader_id), Comment.body)).label("body"))
    .select_from(Comment)
    .join(Account, Account.id == Comment.author_id)
    .where(
        Comment.content_id == ASKED.c.target_id,
        Comment.author_id == ASKED.c.actor_id,
        Comment.created_at <= ASKED.c.moment,
    )
    .order_by(Comment.created_at.desc(), Comment.id.desc())
    .limit(1)
    .correlate(ASKED)
    .scalar_subquery()
)
_picture = (
    sa.select(Attachment.media_id)
    .join(Medium, Medium.id == Attachment.media_id)
    .where(Attachment.content_id == Content.id, Medium.kind == "image", Medium.status == "ready")
    .order_by(Attachment.position)
    .limit(1)
    .correlate(Content)
    .scalar_subquery()
)


def _look(text: sa.ColumnElement[str]) -> sa.Select[tuple[UUID, str, UUID]]:
    return (
        sa.select(ASKED.c.id, text.label("text"), _picture.label("picture"))
        .select_from(ASKED)
        .join(Content, Content.id == ASKED.c.target_id)
        .join(Account, Account.id == Content.author_id)
        .where(visible(ASKED.c.reader_id))
    )


_COMMENTS = _look(_comment)
_POSTS = _look(sa.type_coerce(Content.body, sa.Text()))


def register(types: NotificationTypes) -> None:
    """Declare the looks."""
    types.look(ABOUT_COMMENTS, comments, leaves=True)
    types.look(ABOUT_POSTS, posts, leaves=True)


def comments(session: Session, asked: Sequence[Asked]) -> Mapping[UUID, Glimpse]:
    """How comments begin, for who sees them."""
    return _found(session, _COMMENTS, asked)


def posts(session: Session, asked: Sequence[Asked]) -> Mapping[UUID, Glimpse]:
    """How posts begin, for who sees them."""
    return _found(session, _POSTS, asked)


def _found(
    session: Session, statement: sa.Select[tuple[UUID, str, UUID]], asked: Sequence[Asked]
) -> Mapping[UUID, Glimpse]:
    addresses = addresses_of(session)
    return {
        row.id: Glimpse(
            text=beginning(row.text or ""),
            image_url=addresses.signed(row.picture, IMAGE_VARIANT) if row.picture else None,
        )
        for row in session.execute(statement, values(asked))
    }
