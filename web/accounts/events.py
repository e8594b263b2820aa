"""What can happen to an account."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MemberJoined(Event, name="member_joined", actor="member_id"):
    """A person has an account now."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberLoggedIn(Event, name="member_logged_in", actor="member_id"):
    """A person opened a session."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberReturned(Event, name="member_returned", actor="member_id"):
    """A deactivated member came back."""

    member_id: UUID
