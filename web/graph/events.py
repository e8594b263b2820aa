"""What can happen between members."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MemberFollowed(Event, name="member_followed", actor="follower_id"):
    """Somebody began to follow a member."""

    follower_id: UUID
    followed_id: UUID


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
