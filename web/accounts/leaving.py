"""What time does to accounts: suspensions end, and who has been away for 30 days is erased."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.policy import RETURN_WITHIN
from web.core.clock import Clock
from web.core.jobs import JobLog
from web.core.services import Services

REMIND_BEFORE = timedelta(days=3)


def left_at(account: type[Account] | Account = Account) -> sa.ColumnElement[datetime]:
    """SQL: since when an account waits to be erased: asked for it, or deactivated it."""
    return sa.func.coalesce(account.deletion_requested_at, account.deactivated_at)


def has_left_before(moment: datetime, now: datetime) -> sa.ColumnElement[bool]:
    """SQL: the account waits to be erased since ``moment`` or longer.

    One that is deactivated waits while a sanction keeps its member from coming back: a ban cannot be got rid
    of by leaving, and a suspension takes nobody's account.
    """
    may_return = sa.and_(
        Account.banned_at.is_(None),
        sa.or_(Account.suspended_until.is_(None), Account.suspended_until <= now),
    )
    # Never NULL, so that it can also be asked the other way round.
    has_asked = Account.deletion_requested_at.is_not(None)
    is_away = sa.and_(sa.not_(has_asked), Account.deactivated_at.is_not(None), may_return)
    asked = sa.and_(has_asked, Account.deletion_requested_at <= moment)
    away = sa.and_(is_away, Account.deactivated_at <= moment)
    return sa.and_(Account.kind == "person", Account.erased_at.is_(None), sa.or_(asked, away))


def due_for_erasure(now: datetime) -> sa.ColumnElement[bool]:
    """SQL: the time to come back is over. Whoever erases asks again, with the row locked."""
    return has_left_before(now - RETURN_WITHIN, now)


def sweep(services: Services) -> None:
    """Forget suspensions that are over, want erased who is due, and remind once who soon will be."""
    session, jobs, now = services[Session], services[JobLog], services[Clock].now()
    session.execute(
        sa.update(Account)
        .where(Account.suspended_until <= now)
        .values(
            suspended_until=None,
            sanction_reason=sa.case((Account.banned_at.is_not(None), Account.sanction_reason)),
        )
    )
    for account_id in session.scalars(sa.select(Account.id).where(due_for_erasure(now))).all():
        jobs.add(
            "accounts.erase_account", dedupe_key=f"accounts.erase_account:{account_id}", account_id=account_id
        )
    to_be_told = sa.and_(
        has_left_before(now - RETURN_WITHIN + REMIND_BEFORE, now),
        sa.not_(due_for_erasure(now)),
        sa.or_(Account.reminded_at.is_(None), Account.reminded_at < left_at()),
    )
    reminded = sa.update(Account).where(to_be_told).values(reminded_at=now).returning(Account.id)
    for account_id in session.scalars(reminded).all():
        jobs.add("accounts.mail_standing", account_id=account_id, news="erasure_near")
