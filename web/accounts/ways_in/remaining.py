"""How many ways into an account there are; one always remains."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.errors import LastWayIn
from web.accounts.models import Account, Email, GoogleLink, Passkey, Phone
from web.core.errors import NotFound

_ACCOUNT = sa.select(Account.id).where(Account.id == sa.bindparam("id")).with_for_update()


def _count_of(way: type[Email | Phone | GoogleLink | Passkey]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(way.account_id == sa.bindparam("id")).scalar_subquery()


_COUNT = sa.select(_count_of(Email) + _count_of(Phone) + _count_of(GoogleLink) + _count_of(Passkey))


def count_ways_in(session: Session, account_id: UUID) -> int:
    """How many ways into an account there are: its address, its number, its Google account, each passkey.

    A password is none of its own: it counts with the address that it belongs to.
    """
    return session.execute(_COUNT, {"id": account_id}).scalar_one()


def lock_account(session: Session, account_id: UUID) -> None:
    """Let nobody else change the ways into an account until the transaction ends.

    Raises:
        NotFound: no such account.
    """
    if session.scalar(_ACCOUNT, {"id": account_id}) is None:
        raise NotFound()


def require_another_way_in(session: Session, account_id: UUID) -> None:
    """Make sure that an account can lose a way in; call it before the way is removed.

    The account stays locked until the transaction ends, so that of two who each remove one of two ways the
    second finds only one left.

    Raises:
        LastWayIn: there is only one.
        NotFound: no such account.
    """
    lock_account(session, account_id)
    if count_ways_in(session, account_id) < 2:
        raise LastWayIn()
