"""What makes a member's ranked feed out of date at once.

What a page shows is checked when it is shown, so that nobody sees what they may not see, however old the
order is. Here the order itself is let go, after the commit: so the next one knows what has happened.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from web.content.events import ContentArchived, ContentDeleted, ContentPosted
from web.core.events import Event, Happened, Subscribers
from web.core.services import Services
from web.core.signalling import Signals
from web.feeds.snapshots import Snapshots
from web.graph.events import (
    FollowApproved,
    FriendshipBegan,
    FriendshipEnded,
    MemberBlocked,
    MemberFollowed,
    MemberMuted,
    MemberUnblocked,
    MemberUnfollowed,
    MemberUnmuted,
)

# Whose feeds, by the fields of what happened.
CONCERNED: dict[type[Event], tuple[str, ...]] = {
    MemberBlocked: ("blocker_id", "blocked_id"),
    MemberUnblocked: ("blocker_id", "blocked_id"),
    MemberMuted: ("muter_id",),
    MemberUnmuted: ("muter_id",),
    MemberFollowed: ("follower_id",),
    MemberUnfollowed: ("follower_id",),
    FollowApproved: ("requester_id",),
    FriendshipBegan: ("member_id", "friend_id"),
    FriendshipEnded: ("member_id", "friend_id"),
    ContentPosted: ("author_id",),
    ContentDeleted: ("author_id",),
    ContentArchived: ("author_id",),
}


def register(subscribers: Subscribers) -> None:
    """Follow what happens between members, and to their own content."""
    for event in CONCERNED:
        subscribers.on(event, forget)


def forget(services: Services, happened: Happened[Event]) -> None:
    """Let the feeds of those concerned go once the transaction has committed."""
    concerned: list[UUID] = [getattr(happened.event, name) for name in CONCERNED[type(happened.event)]]
    services[Signals].drop(services[Session], services[Snapshots].names_of(concerned))
