"""What authors' sockets are told about their stories."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.content.events import StoryLiked
from web.content.models import Content
from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.graph.channels import render_actor

_SHOWN = sa.select(Content.id, Content.author_id, Content.like_count).where(
    Content.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid()))),
    Content.deleted_at.is_(None),
    Content.expires_at > sa.func.now(),
)


def register(channels: Channels) -> None:
    """Declare the frame ``story_liked``."""
    channels.deliver(
        StoryLiked,
        "story_liked",
        receivers=lambda _, event: {event.author_id} - {event.member_id},
        render=render_liked,
    )


def render_liked(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """Who likes it and the current count; nothing once it is over, or its author may not see the member."""
    ids = list({item.event.content_id for item in items})
    rows = services[Session].execute(_SHOWN, {"ids": ids})
    stories = {(row.author_id, row.id): row for row in rows}
    frames: list[dict[str, Any] | None] = []
    for item, who in zip(items, render_actor(services, items), strict=True):
        story = stories.get((item.member_id, item.event.content_id))
        if who is None or story is None:
            frames.append(None)
        else:
            frames.append({**who, "story_id": story.id, "new_like_count": story.like_count})
    return frames
