"""What the database knows about those who want to be matched."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account, Profile
from web.graph.models import Block
from web.matching.models import MatchReport

REPORTS_COUNT_FOR: Final = timedelta(days=1)

_me = sa.bindparam("member", type_=sa.Uuid())
_recent = (
    sa.select(
        sa.func.count(MatchReport.reporter_id.distinct()).label("reporters"),
        sa.func.max(MatchReport.created_at).label("reported_at"),
    )
    .where(MatchReport.reported_id == _me, MatchReport.created_at > sa.bindparam("since"))
    .subquery("recent")
)
_SEEKER = (
    sa.select(
        Account.birth_date,
        Profile.native_languages,
        Profile.target_languages,
        Profile.interests,
        _recent.c.reporters,
        _recent.c.reported_at,
    )
    .select_from(Account)
    .outerjoin(Profile, Profile.account_id == Account.id)
    .join(_recent, sa.true())
    .where(Account.id == _me)
)
_BIRTH_DATE = sa.select(Account.birth_date).where(Account.id == _me)
_APART = sa.union(
    sa.select(Block.blocked_id).where(Block.blocker_id == _me),
    sa.select(Block.blocker_id).where(Block.blocked_id == _me),
    sa.select(MatchReport.reported_id).where(MatchReport.reporter_id == _me),
    sa.select(MatchReport.reporter_id).where(MatchReport.reported_id == _me),
)


class Seeker(NamedTuple):
    """Somebody who wants to be matched.

    Attributes:
        reporters: how many others reported them of late, the last one at ``reported_at``.
    """

    birth_date: date | None
    speaks: Sequence[str] | None
    learns: Sequence[str] | None
    interests: Sequence[str] | None
    reporters: int
    reported_at: datetime | None


def seeker(session: Session, member_id: UUID, now: datetime) -> Seeker:
    """Who wants to be matched."""
    values = {"member": member_id, "since": now - REPORTS_COUNT_FOR}
    return Seeker._make(session.execute(_SEEKER, values).one())


def birth_date(session: Session, member_id: UUID) -> date | None:
    """When a member was born."""
    return session.scalar(_BIRTH_DATE, {"member": member_id})


def apart_from(session: Session, member_id: UUID) -> list[UUID]:
    """Whom a member may never be matched with: those who block or reported the other, either way."""
    return list(session.scalars(_APART, {"member": member_id}))
