"""How an account stands, read from its row; and whether it is there for others, as SQL."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from web.accounts import policy
from web.accounts.models import Account, Session
from web.core.security import Standing

DELETED = "deleted"  # the nickname of who was erased; whoever shows it says so in the reader's language

# How long after its last use a session counts as in use; notes of uses are exact to five minutes.
ONLINE_WITHIN = timedelta(minutes=6)


def standing_of(row: Any, now: datetime) -> Standing:
    """How the account of ``row`` (with the columns that decide it) stands at ``now``."""
    return policy.standing(
        now,
        birth_date=row.birth_date,
        suspended_until=row.suspended_until,
        banned_at=row.banned_at,
        deactivated_at=row.deactivated_at,
        deletion_requested_at=row.deletion_requested_at,
    )


def present(account: type[Account] = Account) -> sa.ColumnElement[bool]:
    """SQL: others may meet this account: no placeholder, and neither suspended, banned, away nor leaving.

    Args:
        account: the class, or an alias of it, whose row is asked about.
    """
    return sa.and_(
        account.kind != "placeholder",
        account.banned_at.is_(None),
        account.deactivated_at.is_(None),
        account.deletion_requested_at.is_(None),
        account.erased_at.is_(None),
        sa.or_(account.suspended_until.is_(None), account.suspended_until <= sa.func.now()),
    )


def left_content(account: type[Account] = Account) -> sa.ColumnElement[bool]:
    """SQL: nobody is behind this account any more, or ever was, but what they left in public stays.

    That is a member who is gone for good and wanted it so, and a placeholder of an import.
    """
    is_nobody = sa.or_(account.kind == "placeholder", account.erased_at.is_not(None))
    return sa.and_(is_nobody, account.banned_at.is_(None))


def is_online(account_id: sa.SQLColumnExpression[UUID]) -> sa.ColumnElement[bool]:
    """SQL: a session of the account is in use. Who may know that is the policy's answer, not asked here."""
    return sa.exists().where(
        Session.account_id == account_id,
        Session.revoked_at.is_(None),
        Session.last_used_at > sa.func.now() - ONLINE_WITHIN,
    )


def last_seen_at(account_id: sa.SQLColumnExpression[UUID]) -> sa.ScalarSelect[datetime]:
    """SQL: when a session of the account was last used, exact to some minutes; as above."""
    of_account = Session.account_id == account_id
    return sa.select(sa.func.max(Session.last_used_at)).where(of_account).scalar_subquery()
