"""Deferred work of notifications, in a queue of its own: no other mail waits behind a slow push service."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services
from web.notifications import digests, dispatch
from web.notifications.models import IS_DELETED, Notification
from web.notifications.texting import DAY

CLEAN_UP = "notifications.clean_up"
KEPT = timedelta(days=90)
MOST_AT_ONCE = 10_000  # so that no transaction is open for long


def register(jobs: JobRegistry) -> None:
    """Declare the jobs; the schedule wants digests every hour, and cleaning up every day."""
    jobs.add(dispatch.DISPATCH, dispatch.dispatch, queue=dispatch.QUEUE)
    jobs.add(digests.SEND_ALL, digests.send_all)
    jobs.add(digests.SEND, digests.send, queue=dispatch.QUEUE)
    jobs.add(CLEAN_UP, clean_up)


def clean_up(services: Services) -> None:
    """Delete what happened too long ago to matter, read or not, and what was kept for counting texts."""
    session, now = services[Session], services[Clock].now()
    is_over = sa.or_(
        Notification.created_at < now - KEPT, sa.and_(IS_DELETED, Notification.texted_at < now - DAY)
    )
    some = sa.select(Notification.id).where(is_over).limit(MOST_AT_ONCE).scalar_subquery()
    deleted = session.scalars(
        sa.delete(Notification).where(Notification.id.in_(some)).returning(Notification.id)
    ).all()
    if len(deleted) == MOST_AT_ONCE:
        services[JobLog].add(CLEAN_UP, dedupe_key=CLEAN_UP)
