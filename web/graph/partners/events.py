"""What can happen between accountability partners."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class PartnerInvited(Event, name="partner_invited", actor="inviter_id"):
    """A member asked another to be accountability partners."""

    inviter_id: UUID
    invitee_id: UUID
    partnership_id: UUID


@dataclass(frozen=True, kw_only=True)
class PartnershipBegan(Event, name="partnership_began", actor="invitee_id"):
    """The invited member agreed."""

    invitee_id: UUID
    inviter_id: UUID
    partnership_id: UUID


@dataclass(frozen=True, kw_only=True)
class PartnershipPaused(Event, name="partnership_paused", actor="member_id"):
    """One of two partners made a break."""

    member_id: UUID
    partnership_id: UUID


@dataclass(frozen=True, kw_only=True)
class PartnershipResumed(Event, name="partnership_resumed", actor="member_id"):
    """One of two partners ended the break."""

    member_id: UUID
    partnership_id: UUID


@dataclass(frozen=True, kw_only=True)
class PartnershipEnded(Event, name="partnership_ended", actor="member_id"):
    """One of two partners ended it, or blocked the other; nobody is told."""

    member_id: UUID
    partnership_id: UUID


@dataclass(frozen=True, kw_only=True)
class PartnerCheckedIn(Event, name="partner_checked_in", actor="member_id"):
    """A partner told how the day went, for the first time on that local day."""

    member_id: UUID
    partner_id: UUID
    partnership_id: UUID
    check_in_id: UUID
