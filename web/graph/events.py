"""What can happen between members."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MemberFollowed(Event, name="member_followed", actor="follower_id"):
    """Somebody began to follow a member.

    ``agreed``: the member let them in or made friends with them, and need not be told.
    """

    follower_id: UUID
    followed_id: UUID
    agreed: bool = False


@dataclass(frozen=True, kw_only=True)
class MemberUnfollowed(Event, name="member_unfollowed", actor="follower_id"):
    """Somebody stopped following a member, who is never told."""

    follower_id: UUID
    followed_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberBlocked(Event, name="member_blocked", actor="blocker_id"):
    """A member blocked another, who is never told; follows and friendship between them ended with it."""

    blocker_id: UUID
    blocked_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberUnblocked(Event, name="member_unblocked", actor="blocker_id"):
    """A member took a block back; what it ended does not come back."""

    blocker_id: UUID
    blocked_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberMuted(Event, name="member_muted", actor="muter_id"):
    """A member does not want to read another for now; the other is never told."""

    muter_id: UUID
    muted_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberUnmuted(Event, name="member_unmuted", actor="muter_id"):
    """A member wants to read another again."""

    muter_id: UUID
    muted_id: UUID


@dataclass(frozen=True, kw_only=True)
class FollowRequested(Event, name="follow_requested", actor="requester_id"):
    """Somebody asks to follow a member whose profile is not open to them."""

    requester_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class FollowRequestWithdrawn(Event, name="follow_request_withdrawn", actor="requester_id"):
    """A request to follow was taken back, or ended with a block."""

    requester_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class FollowApproved(Event, name="follow_approved", actor="member_id"):
    """A member let somebody in who had asked to follow."""

    member_id: UUID
    requester_id: UUID


@dataclass(frozen=True, kw_only=True)
class FollowDeclined(Event, name="follow_declined", actor="member_id"):
    """A member did not let somebody in, who is never told."""

    member_id: UUID
    requester_id: UUID


@dataclass(frozen=True, kw_only=True)
class FriendRequested(Event, name="friend_requested", actor="sender_id"):
    """Somebody asks a member to be friends."""

    request_id: UUID
    sender_id: UUID
    receiver_id: UUID


@dataclass(frozen=True, kw_only=True)
class FriendRequestWithdrawn(Event, name="friend_request_withdrawn", actor="sender_id"):
    """A friend request that waited was taken back, or ended with a block."""

    request_id: UUID
    sender_id: UUID
    receiver_id: UUID


@dataclass(frozen=True, kw_only=True)
class FriendRequestDeclined(Event, name="friend_request_declined", actor="receiver_id"):
    """A member declined a friend request; who asked is never told."""

    request_id: UUID
    sender_id: UUID
    receiver_id: UUID


@dataclass(frozen=True, kw_only=True)
class FriendshipBegan(Event, name="friendship_began", actor="member_id"):
    """A member said yes to somebody who had asked to be friends."""

    member_id: UUID
    friend_id: UUID


@dataclass(frozen=True, kw_only=True)
class FriendshipEnded(Event, name="friendship_ended", actor="member_id"):
    """A member ended a friendship; the other is never told."""

    member_id: UUID
    friend_id: UUID
