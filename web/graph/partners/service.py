"""Inviting accountability partners, agreeing, pausing, ending, checking in."""

from datetime import date
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.relations import MemberPolicy, Relations
from web.graph.models import CheckIn, Partnership
from web.graph.partners.errors import (
    InvitationsNotAccepted,
    NotInvited,
    PartnershipNotActive,
    SelfPartnership,
)
from web.graph.partners.events import (
    PartnerCheckedIn,
    PartnerInvited,
    PartnershipBegan,
    PartnershipEnded,
    PartnershipPaused,
    PartnershipResumed,
)
from web.graph.partners.schemas import NewCheckIn, NewPartnership, PartnershipChange
from web.graph.relations import lock_pair


class PartnerService:
    """Partnerships by invitation and consent. Raises DomainError subclasses; never commits.

    Lock order: the pair of members (where it is known from the start), then the partnership.
    """

    def __init__(
        self, session: Session, clock: Clock, events: EventLog, policy: MemberPolicy, relations: Relations
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._relations = relations

    def invite(self, inviter_id: UUID, new: NewPartnership) -> UUID:
        """Ask a member; where the two have a partnership or an invitation already, that one is the answer.

        Friends may ask, and whoever may ask for friendship.

        Raises:
            SelfPartnership, NotFound, InvitationsNotAccepted
        """
        invitee_id = new.partner_id
        if inviter_id == invitee_id:
            raise SelfPartnership()
        lock_pair(self._session, inviter_id, invitee_id)
        self._policy.require_sight(inviter_id, invitee_id)
        existing = self._session.scalar(
            sa.select(Partnership.id).where(_of_pair(inviter_id, invitee_id), Partnership.status != "ended")
        )
        if existing is not None:
            return existing
        are_friends = self._relations.between(inviter_id, invitee_id).friends
        if not are_friends and not self._policy.may_befriend(inviter_id, invitee_id):
            raise InvitationsNotAccepted()
        partnership_id = new_id()
        self._session.execute(
            sa.insert(Partnership),
            {
                "id": partnership_id,
                "inviter_id": inviter_id,
                "invitee_id": invitee_id,
                "frequency": new.frequency,
                "created_at": self._clock.now(),
            },
        )
        self._events.emit(
            PartnerInvited(inviter_id=inviter_id, invitee_id=invitee_id, partnership_id=partnership_id)
        )
        return partnership_id

    def change(self, member_id: UUID, partnership_id: UUID, change: PartnershipChange) -> None:
        """Accept, pause or resume, or check in more or less often; what is so already stays so.

        Raises:
            NotFound: it is not theirs, has ended, or the other cannot be met any more.
            NotInvited: the inviter cannot accept, nor the invited change what they are asked.
            PartnershipNotActive: an invitation cannot be paused.
        """
        partnership = self._lock(member_id, partnership_id)
        self._policy.require_sight(member_id, _other(partnership, member_id))
        if change.frequency and change.frequency != partnership.frequency:
            if partnership.status == "invited" and member_id != partnership.inviter_id:
                raise NotInvited("Only who invites says how often.")
            partnership.frequency = change.frequency
        if change.status and change.status != partnership.status:
            self._turn(partnership, member_id, change.status)

    def _turn(self, partnership: Partnership, member_id: UUID, status: Literal["active", "paused"]) -> None:
        """From invited to active, or between active and paused."""
        id_ = partnership.id
        if partnership.status == "invited":
            if status == "paused":
                raise PartnershipNotActive(status="invited")
            if member_id != partnership.invitee_id:
                raise NotInvited()
            partnership.started_at = self._clock.now()
            self._events.emit(
                PartnershipBegan(invitee_id=member_id, inviter_id=partnership.inviter_id, partnership_id=id_)
            )
        elif status == "paused":
            self._events.emit(PartnershipPaused(member_id=member_id, partnership_id=id_))
        else:
            self._events.emit(PartnershipResumed(member_id=member_id, partnership_id=id_))
        partnership.status = status

    def end(self, member_id: UUID, partnership_id: UUID) -> None:
        """End it, decline an invitation or take one back; check-ins stay for both to read.

        Raises:
            NotFound: it is not theirs, or has ended.
        """
        self._end(self._lock(member_id, partnership_id), member_id)

    def end_between(self, blocker_id: UUID, blocked_id: UUID) -> None:
        """End what two members have, because one blocks the other."""
        statement = sa.select(Partnership).where(
            _of_pair(blocker_id, blocked_id), Partnership.status != "ended"
        )
        partnership = self._session.scalar(statement.with_for_update())
        if partnership is not None:
            self._end(partnership, blocker_id)

    def _end(self, partnership: Partnership, member_id: UUID) -> None:
        partnership.status = "ended"
        partnership.ended_at = self._clock.now()
        self._events.emit(PartnershipEnded(member_id=member_id, partnership_id=partnership.id))

    def check_in(self, member_id: UUID, partnership_id: UUID, new: NewCheckIn) -> UUID:
        """Tell the partner how it went. Once on each local day; again on that day, a new note replaces.

        Raises:
            NotFound, PartnershipNotActive
        """
        partnership = self._lock(member_id, partnership_id)
        self._policy.require_sight(member_id, _other(partnership, member_id))
        if partnership.status != "active":
            raise PartnershipNotActive(status=partnership.status)
        zone = self._session.scalars(sa.select(Account.zone).where(Account.id == member_id)).one()
        check_in_id, today = new_id(), self._clock.local_day(zone)
        row = {
            "id": check_in_id,
            "partnership_id": partnership_id,
            "member_id": member_id,
            "local_day": today,
            "note": new.note,
            "created_at": self._clock.now(),
        }
        is_new = self._session.scalar(insert(CheckIn).on_conflict_do_nothing().returning(CheckIn.id), row)
        if is_new is None:
            return self._replace_note(partnership_id, member_id, today, new.note)
        self._events.emit(
            PartnerCheckedIn(
                member_id=member_id,
                partner_id=_other(partnership, member_id),
                partnership_id=partnership_id,
                check_in_id=check_in_id,
            )
        )
        return check_in_id

    def _replace_note(self, partnership_id: UUID, member_id: UUID, day: date, note: str | None) -> UUID:
        statement = (
            sa.update(CheckIn)
            .where(
                CheckIn.partnership_id == partnership_id,
                CheckIn.member_id == member_id,
                CheckIn.local_day == day,
            )
            .values(note=sa.func.coalesce(sa.literal(note, sa.Text), CheckIn.note))
            .returning(CheckIn.id)
        )
        return self._session.scalars(statement).one()

    def _lock(self, member_id: UUID, partnership_id: UUID) -> Partnership:
        """A partnership of theirs that has not ended, locked.

        Raises:
            NotFound
        """
        found = self._session.scalar(
            sa.select(Partnership)
            .where(
                Partnership.id == partnership_id,
                sa.or_(Partnership.inviter_id == member_id, Partnership.invitee_id == member_id),
                Partnership.status != "ended",
            )
            .with_for_update()
        )
        if found is None:
            raise NotFound()
        return found


def _other(partnership: Partnership, member_id: UUID) -> UUID:
    is_inviter = member_id == partnership.inviter_id
    return partnership.invitee_id if is_inviter else partnership.inviter_id


def _of_pair(one: UUID, other: UUID) -> sa.ColumnElement[bool]:
    """SQL: of these two, whoever invited; as the unique index says it."""
    least, greatest = sorted((one, other))
    return sa.and_(
        sa.func.least(Partnership.inviter_id, Partnership.invitee_id) == least,
        sa.func.greatest(Partnership.inviter_id, Partnership.invitee_id) == greatest,
    )
