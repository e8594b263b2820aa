"""Cleaning up after accounts."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts import models
from web.accounts.models import (
    Challenge,
    EmailChange,
    PasswordReset,
    PhoneCode,
    RefreshToken,
    SecurityEvent,
    SignUp,
)
from web.accounts.my_data.service import MyDataService
from web.core.clock import Clock
from web.core.services import Services

SESSIONS_KEPT = timedelta(days=30)
ADDRESSES_KEPT = timedelta(days=30)  # after a session's last use
PROOFS_COUNT = timedelta(days=1)
SECURITY_EVENTS_KEPT = timedelta(days=180)


def clean_up(services: Services) -> None:
    """Delete proofs and refresh tokens that have expired, old sessions and what is old in the security log.

    A session that was revoked stays until it would have expired, because until then there may be tokens of it
    that others have to refuse; the address that it was opened from goes sooner.
    """
    session, now = services[Session], services[Clock].now()
    for expiring in (SignUp, EmailChange, PasswordReset, RefreshToken):
        session.execute(sa.delete(expiring).where(expiring.expires_at < now))
    for counted in (PhoneCode, Challenge):  # caps on attempts count them for a while
        session.execute(sa.delete(counted).where(counted.expires_at < now - PROOFS_COUNT))
    session.execute(sa.delete(models.Session).where(models.Session.expires_at < now - SESSIONS_KEPT))
    session.execute(
        sa.update(models.Session)
        .where(models.Session.ip.is_not(None), models.Session.last_used_at < now - ADDRESSES_KEPT)
        .values(ip=None)
    )
    session.execute(sa.delete(SecurityEvent).where(SecurityEvent.occurred_at < now - SECURITY_EVENTS_KEPT))
    services[MyDataService].delete_expired()
