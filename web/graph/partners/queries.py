"""Reads about accountability partners. Whom the reader may not meet any more is left out."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.clock import Clock
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.pagination import AFTER, Page, PageQuery, keyset
from web.graph.models import CheckIn as CheckInRow
from web.graph.models import Partnership as PartnershipRow
from web.graph.partners.schemas import CheckIn, Partnership, PartnershipsQuery
from web.graph.relations import meets

_viewer = sa.bindparam("viewer", type_=sa.Uuid())
_partnership = sa.bindparam("partnership", type_=sa.Uuid())
_is_invited = PartnershipRow.invitee_id == _viewer
_partner = sa.case((_is_invited, PartnershipRow.inviter_id), else_=PartnershipRow.invitee_id)
_mine = sa.or_(PartnershipRow.inviter_id == _viewer, _is_invited)
_me = aliased(Account)


def _last_day(member: sa.SQLColumnExpression[UUID]) -> sa.ScalarSelect[date]:
    """SQL: the local day of a member's last check-in."""
    return (
        sa.select(sa.func.max(CheckInRow.local_day))
        .where(CheckInRow.partnership_id == PartnershipRow.id, CheckInRow.member_id == member)
        .scalar_subquery()
    )


_PARTNERSHIPS: AnySelect = (
    sa.select(
        *PartnershipRow.__table__.columns,
        _is_invited.label("is_invited"),
        _last_day(_viewer).label("my_last_check_in"),
        _last_day(_partner).label("partners_last_check_in"),
        _me.zone.label("my_zone"),
        *CARD_COLUMNS,
    )
    .join(Account, Account.id == _partner)
    .join(_me, _me.id == _viewer)
    .where(_mine, meets(_viewer))
)
_ONE = _PARTNERSHIPS.where(PartnershipRow.id == _partnership)
_IS_THEIRS = sa.select(
    sa.select(PartnershipRow.id)
    .join(Account, Account.id == _partner)
    .where(PartnershipRow.id == _partnership, _mine, meets(_viewer))
    .exists()
)


def _list_statement(*, first: bool, of_status: bool) -> AnySelect:
    in_question = (
        PartnershipRow.status == sa.bindparam("status") if of_status else PartnershipRow.status != "ended"
    )
    statement = (
        _PARTNERSHIPS.where(in_question)
        .order_by(PartnershipRow.created_at.desc(), PartnershipRow.id.desc())
        .limit(sa.bindparam("rows"))
    )
    if first:
        return statement
    return statement.where(sa.tuple_(PartnershipRow.created_at, PartnershipRow.id) < AFTER)


_LISTS = {
    (first, of_status): _list_statement(first=first, of_status=of_status)
    for first in (True, False)
    for of_status in (True, False)
}
_CHECK_INS: AnySelect = (
    sa.select(*CheckInRow.__table__.columns)
    .where(CheckInRow.partnership_id == _partnership)
    .order_by(CheckInRow.created_at.desc(), CheckInRow.id.desc())
    .limit(sa.bindparam("rows"))
)
_CHECK_INS_NEXT = _CHECK_INS.where(sa.tuple_(CheckInRow.created_at, CheckInRow.id) < AFTER)
_CHECK_IN: AnySelect = sa.select(*CheckInRow.__table__.columns).where(
    CheckInRow.id == sa.bindparam("check_in", type_=sa.Uuid())
)
_STANDING = sa.select(PartnershipRow.id).where(
    PartnershipRow.id.in_(sa.bindparam("ids", expanding=True)),
    PartnershipRow.status.in_(sa.bindparam("statuses", expanding=True)),
)


def partnerships(session: Session, clock: Clock, viewer: UUID, query: PartnershipsQuery) -> Page[Partnership]:
    """The viewer's partnerships and invitations, newest first."""
    after = query.after
    values: dict[str, object] = {"viewer": viewer, "rows": query.limit + 1, **keyset(after)}
    if query.status:
        values["status"] = query.status
    rows = session.execute(_LISTS[after is None, query.status is not None], values).all()
    return query.page(rows, lambda row: _partnership_from(row, clock))


def partnership(session: Session, clock: Clock, viewer: UUID, partnership_id: UUID) -> Partnership:
    """One of the viewer's partnerships.

    Raises:
        NotFound: it is not theirs, or the partner cannot be met any more.
    """
    row = session.execute(_ONE, {"viewer": viewer, "partnership": partnership_id}).one_or_none()
    if row is None:
        raise NotFound()
    return _partnership_from(row, clock)


def check_ins(session: Session, viewer: UUID, partnership_id: UUID, page: PageQuery) -> Page[CheckIn]:
    """What both partners told, newest first.

    Raises:
        NotFound: it is not theirs, or the partner cannot be met any more.
    """
    if not session.scalar(_IS_THEIRS, {"viewer": viewer, "partnership": partnership_id}):
        raise NotFound()
    after = page.after
    statement = _CHECK_INS if after is None else _CHECK_INS_NEXT
    values = {"partnership": partnership_id, "rows": page.limit + 1, **keyset(after)}
    return page.page(session.execute(statement, values).all(), _check_in_from)


def check_in(session: Session, check_in_id: UUID) -> CheckIn:
    """A check-in that the caller has just made."""
    return _check_in_from(session.execute(_CHECK_IN, {"check_in": check_in_id}).one())


def standing(session: Session, ids: Collection[UUID], statuses: Collection[str]) -> set[UUID]:
    """Which of some partnerships are in one of some states."""
    return set(session.scalars(_STANDING, {"ids": list(ids), "statuses": list(statuses)}))


def is_due(frequency: str, last: date | None, today: date) -> bool:
    """Whether a check-in is still open: of today, or of this week, which begins on Monday (ISO 8601)."""
    begins = today if frequency == "daily" else today - timedelta(days=today.weekday())
    return last is None or last < begins


def _partnership_from(row: Any, clock: Clock) -> Partnership:
    due = row.status == "active" and is_due(row.frequency, row.my_last_check_in, clock.local_day(row.my_zone))
    return Partnership(
        id=row.id,
        partner=card_from(row),
        status=row.status,
        frequency=row.frequency,
        is_invited=row.is_invited,
        my_last_check_in=row.my_last_check_in,
        partners_last_check_in=row.partners_last_check_in,
        is_due=due,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _check_in_from(row: Any) -> CheckIn:
    return CheckIn(
        id=row.id,
        member_id=row.member_id,
        local_day=row.local_day,
        note=row.note,
        created_at=row.created_at,
    )
