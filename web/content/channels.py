"""What authors' sockets are told about their content."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.queries import cards
from web.content.events import ContentCommented, ContentLiked
from web.content.models import Comment, Content
from web.core.channels import Channels, Delivered
from web.core.services import Services

_CONTENT = sa.select(Content.id, Content.type, Content.like_count, Content.comment_count).where(
    Content.id.in_(sa.bindparam("ids", expanding=True)), Content.deleted_at.is_(None)
)
_LIVE_COMMENTS = sa.select(Comment.id).where(
    Comment.id.in_(sa.bindparam("ids", expanding=True)), Comment.deleted_at.is_(None)
)


def register(channels: Channels) -> None:
    """Declare the frames ``content_liked`` and ``content_commented``."""
    channels.deliver(
        ContentLiked,
        "content_liked",
        receivers=lambda _, event: {event.author_id} - {event.member_id},
        render=render_liked,
    )
    channels.deliver(
        ContentCommented, "content_commented", receivers=comment_receivers, render=render_commented
    )


def comment_receivers(services: Services, event: ContentCommented) -> set[UUID]:
    """The author of the post and of the comment that was answered, not the one who wrote."""
    people = {event.content_author_id, event.parent_author_id}
    return {person for person in people if person is not None} - {event.author_id}


def render_liked(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """Who likes it and the current count; nothing once the post or the member is gone."""
    people = cards(services[Session], [item.event.member_id for item in items])
    content = _content(services, items)
    frames: list[dict[str, Any] | None] = []
    for item in items:
        who, what = people.get(item.event.member_id), content.get(item.event.content_id)
        frames.append(
            {
                "user_id": who.id,
                "user_name": who.nickname,
                "content_id": what.id,
                "content_type": what.type,
                "new_like_count": what.like_count,
                "timestamp": item.occurred_at,
            }
            if who and what
            else None
        )
    return frames


def render_commented(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """Who commented and the current count; nothing once the post, the comment or the member is gone."""
    people = cards(services[Session], [item.event.author_id for item in items])
    content = _content(services, items)
    comment_ids = list({item.event.comment_id for item in items})
    live = set(services[Session].scalars(_LIVE_COMMENTS, {"ids": comment_ids}))
    frames: list[dict[str, Any] | None] = []
    for item in items:
        who, what = people.get(item.event.author_id), content.get(item.event.content_id)
        frames.append(
            {
                "user_id": who.id,
                "user_name": who.nickname,
                "content_id": what.id,
                "content_type": what.type,
                "comment_id": item.event.comment_id,
                "new_comment_count": what.comment_count,
                "timestamp": item.occurred_at,
            }
            if who and what and item.event.comment_id in live
            else None
        )
    return frames


def _content(services: Services, items: Sequence[Delivered]) -> dict[UUID, Any]:
    ids = list({item.event.content_id for item in items})
    return {row.id: row for row in services[Session].execute(_CONTENT, {"ids": ids})}
