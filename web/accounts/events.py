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


@dataclass(frozen=True, kw_only=True)
class ProfileChanged(Event, name="profile_changed", actor="member_id"):
    """A member changed their account; ``changed`` has the names of the fields, never their values."""

    member_id: UUID
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class MemberSuspended(Event, name="member_suspended", actor="member_id"):
    """A member was shut out for a while; the audit log says by whom."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class SuspensionLifted(Event, name="suspension_lifted", actor="member_id"):
    """A suspension was lifted before its time."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberBanned(Event, name="member_banned", actor="member_id"):
    """A member was shut out for good; the audit log says by whom."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class BanLifted(Event, name="ban_lifted", actor="member_id"):
    """A ban was lifted."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberDeactivated(Event, name="member_deactivated", actor="member_id"):
    """A member left for a while."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class DeletionRequested(Event, name="member_deletion_requested", actor="member_id"):
    """A member asked to be deleted; there are 30 days to think it over."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class DeletionCancelled(Event, name="member_deletion_cancelled", actor="member_id"):
    """A member who had asked to be deleted stays."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberErased(Event, name="member_erased", actor="member_id"):
    """A member who had asked to go is gone: only ids like this one are left."""

    member_id: UUID
