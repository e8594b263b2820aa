"""What a followed member's sockets are told."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.graph.events import MemberFollowed
from web.graph.queries import cards_for


def register(channels: Channels) -> None:
    """Declare the frame ``user_followed``."""
    channels.deliver(
        MemberFollowed,
        "user_followed",
        receivers=lambda _, event: [event.followed_id],
        render=render_followed,
    )


def render_followed(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """Who follows now, under the current name; nothing for a follower whom the receiver may not meet."""
    pairs = [(item.member_id, item.event.follower_id) for item in items]
    people = cards_for(services[Session], pairs)
    return [
        {
            "follower_id": people[pair].id,
            "follower_name": people[pair].nickname,
            "follower_avatar_url": people[pair].avatar_url,
            "timestamp": item.occurred_at,
        }
        if pair in people
        else None
        for item, pair in zip(items, pairs, strict=True)
    ]
