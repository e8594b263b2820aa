"""What members' sockets are told of relations that begin, and of being asked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.graph.events import FollowApproved, FollowRequested, FriendRequested, FriendshipBegan, MemberFollowed
from web.graph.friends import queries as friends
from web.graph.queries import asking, cards_for


def register(channels: Channels) -> None:
    """Declare the frames; nobody is told of what ends."""
    channels.deliver(
        MemberFollowed,
        "user_followed",
        receivers=followed,
        render=render_followed,
    )
    channels.deliver(
        FollowRequested,
        "follow_request",
        receivers=lambda _, event: [event.member_id],
        render=render_follow_request,
    )
    channels.deliver(
        FollowApproved,
        "follow_approved",
        receivers=lambda _, event: [event.requester_id],
        render=render_actor,
    )
    channels.deliver(
        FriendRequested,
        "friend_request",
        receivers=lambda _, event: [event.receiver_id],
        render=render_friend_request,
    )
    channels.deliver(
        FriendshipBegan,
        "friend_accepted",
        receivers=lambda _, event: [event.friend_id],
        render=render_actor,
    )


def followed(services: Services, event: MemberFollowed) -> list[UUID]:
    """Who is followed now, unless they agreed to it themselves."""
    return [] if event.agreed else [event.followed_id]


def render_followed(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """Who follows now, under the current name.

    Nothing for a follower whom the receiver may not meet, or mutes.
    """
    return [
        frame
        and {
            "follower_id": frame["user_id"],
            "follower_name": frame["user_name"],
            "follower_avatar_url": frame["user_avatar_url"],
            "timestamp": frame["timestamp"],
        }
        for frame in render_actor(services, items)
    ]


def render_actor(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """Who did it, under the current name; nothing where the receiver may not meet them, or mutes them."""
    pairs = [(item.member_id, item.event.actor_id) for item in items]
    people = cards_for(services[Session], pairs)
    return [
        {
            "user_id": people[pair].id,
            "user_name": people[pair].nickname,
            "user_avatar_url": people[pair].avatar_url,
            "timestamp": item.occurred_at,
        }
        if pair in people
        else None
        for item, pair in zip(items, pairs, strict=True)
    ]


def render_follow_request(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """The same; nothing once the request does not wait any more."""
    pairs = [(item.event.requester_id, item.event.member_id) for item in items]
    waiting = asking(services[Session], pairs)
    return [
        frame if pair in waiting else None
        for frame, pair in zip(render_actor(services, items), pairs, strict=True)
    ]


def render_friend_request(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """The same with the request's id; nothing once the request does not wait any more."""
    waiting = friends.waiting(services[Session], [item.event.request_id for item in items])
    return [
        {**frame, "request_id": item.event.request_id} if frame and item.event.request_id in waiting else None
        for frame, item in zip(render_actor(services, items), items, strict=True)
    ]
