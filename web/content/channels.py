"""What authors' sockets are told about their content."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.events import ContentCommented, ContentLiked, ContentShared, MemberMentioned
from web.content.models import Comment, Content
from web.content.policy import visible
from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.graph.channels import render_actor

Frames = list[dict[str, Any] | None]

_wanted = (
    sa.func.unnest(
        sa.bindparam("viewers", type_=ARRAY(sa.Uuid())), sa.bindparam("contents", type_=ARRAY(sa.Uuid()))
    )
    .table_valued(sa.column("viewer_id", sa.Uuid()), sa.column("content_id", sa.Uuid()), name="wanted")
    .render_derived()
)
_CONTENT = (
    sa.select(
        _wanted.c.viewer_id,
        Content.id,
        Content.type,
        Content.like_count,
        Content.comment_count,
        Content.share_count,
    )
    .join(Content, Content.id == _wanted.c.content_id)
    .join(Account, Account.id == Content.author_id)
    .where(visible(_wanted.c.viewer_id))
)
_LIVE_COMMENTS = sa.select(Comment.id).where(
    Comment.id.in_(sa.bindparam("ids", expanding=True)), Comment.deleted_at.is_(None)
)

_LIVE_CONTENT = sa.select(Content.id).where(
    Content.id.in_(sa.bindparam("ids", expanding=True)), Content.deleted_at.is_(None)
)


def register(channels: Channels) -> None:
    """Declare the frames ``content_liked``, ``content_commented``, ``content_shared`` and ``mentioned``."""
    channels.deliver(
        ContentLiked,
        "content_liked",
        receivers=lambda _, event: {event.author_id} - {event.member_id},
        render=render_liked,
    )
    channels.deliver(
        ContentCommented, "content_commented", receivers=comment_receivers, render=render_commented
    )
    channels.deliver(
        ContentShared,
        "content_shared",
        receivers=lambda _, event: {event.author_id} - {event.member_id},
        render=render_shared,
    )
    channels.deliver(
        MemberMentioned,
        "mentioned",
        receivers=lambda _, event: {event.member_id} - {event.author_id},
        render=render_mentioned,
    )


def comment_receivers(services: Services, event: ContentCommented) -> set[UUID]:
    """The author of the post and of the comment that was answered, not the one who wrote."""
    people = {event.content_author_id, event.parent_author_id}
    return {person for person in people if person is not None} - {event.author_id}


def render_liked(services: Services, items: Sequence[Delivered]) -> Frames:
    """Who likes it and the current count; nothing once the receiver may not see the post or the member."""
    return _frames(services, items, lambda _, what: {"new_like_count": what.like_count})


def render_commented(services: Services, items: Sequence[Delivered]) -> Frames:
    """Who commented and the current count.

    Nothing once the comment is gone, or the receiver may not see the post or the member.
    """
    live = _live(services, _LIVE_COMMENTS, [item.event.comment_id for item in items])
    return _frames(
        services,
        items,
        lambda event, what: {"comment_id": event.comment_id, "new_comment_count": what.comment_count},
        is_there=lambda event: event.comment_id in live,
    )


def render_shared(services: Services, items: Sequence[Delivered]) -> Frames:
    """Who shared it, the post that shows it, and the current count.

    Nothing once the share is gone, or the receiver may not see the post or the member.
    """
    live = _live(services, _LIVE_CONTENT, [item.event.share_id for item in items])
    return _frames(
        services,
        items,
        lambda event, what: {"share_id": event.share_id, "new_share_count": what.share_count},
        is_there=lambda event: event.share_id in live,
    )


def render_mentioned(services: Services, items: Sequence[Delivered]) -> Frames:
    """Who named the receiver, and in what; nothing once that is gone or not for the receiver."""
    live = _live(services, _LIVE_COMMENTS, [item.event.comment_id for item in items])
    return _frames(
        services,
        items,
        lambda event, _: {"comment_id": event.comment_id},
        is_there=lambda event: event.comment_id is None or event.comment_id in live,
    )


def _frames(
    services: Services,
    items: Sequence[Delivered],
    facts: Callable[[Any, Any], dict[str, Any]],
    *,
    is_there: Callable[[Any], bool] = lambda _: True,
) -> Frames:
    """Who did it, to which content, and what else there is to say of the event and the content's row."""
    content = _content(services, items)
    frames: Frames = []
    for item, who in zip(items, render_actor(services, items), strict=True):
        what = content.get((item.member_id, item.event.content_id))
        if who is None or what is None or not is_there(item.event):
            frames.append(None)
        else:
            frames.append(
                {**who, "content_id": what.id, "content_type": what.type, **facts(item.event, what)}
            )
    return frames


def _live(services: Services, statement: sa.Select[UUID], ids: Sequence[UUID | None]) -> set[UUID]:
    """Which of these are still there."""
    return set(services[Session].scalars(statement, {"ids": list({*ids} - {None})}))


def _content(services: Services, items: Sequence[Delivered]) -> dict[tuple[UUID, UUID], Any]:
    """The content that each receiver may see, by receiver and content."""
    asked = {(item.member_id, item.event.content_id) for item in items}
    values = {
        "viewers": [viewer_id for viewer_id, _ in asked],
        "contents": [content_id for _, content_id in asked],
    }
    return {(row.viewer_id, row.id): row for row in services[Session].execute(_CONTENT, values)}
