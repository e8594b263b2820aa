"""How an account stands, read from its row; and whether it is there for others, as SQL."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from web.accounts import policy
from web.accounts.models import Account
from web.core.security import Standing

DELETED = "deleted"  # the nickname of who was erased; whoever shows it says so in the reader's language


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
