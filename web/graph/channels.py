"""What a followed member's sockets are told."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from web.accounts.queries import cards
from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.graph.events import MemberFollowed


def register(channels: Channels) -> None:
    """Declare the frame ``user_followed``."""
    channels.deliver(
        MemberFollowed,
        "user_followed",
        receivers=lambda _, event: [event.followed_id],
        render=render_followed,
    )


def render_followed(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """Who follows now, under the current name; nothing for a follower who is gone."""
    people = cards(services[Session], [item.event.follower_id for item in items])
    return [
        {
            "follower_id": item.event.follower_id,
            "follower_name": people[item.event.follower_id].nickname,
            "follower_avatar_url": people[item.event.follower_id].avatar_url,
            "timestamp": item.occurred_at,
        }
        if item.event.follower_id in people
        else None
        for item in items
    ]
