"""What the plumbing's own tables need every day: room for new events, and less of what is old."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.jobs import JobRegistry
from web.core.models import IdempotencyKey, InboxEntry
from web.core.services import Services
from web.core.storage import Storage

MONTHS_AHEAD = 3
ANSWERS_KEPT = timedelta(hours=24)  # idempotency replays them for so long
INBOX_KEPT = timedelta(days=30)  # whoever was away longer starts over


def register(jobs: JobRegistry) -> None:
    """Declare the jobs; the schedule wants the first two done once a day."""
    jobs.add("core.make_event_partitions", make_event_partitions)
    jobs.add("core.clean_up", clean_up)
    jobs.add("core.delete_file", delete_file)


def make_event_partitions(services: Services) -> None:
    """Make the partitions of the log for the months to come."""
    services[Session].execute(sa.select(sa.func.make_event_partitions(MONTHS_AHEAD)))


def clean_up(services: Services) -> None:
    """Delete stored answers and inbox entries that are too old to be asked for."""
    session, now = services[Session], services[Clock].now()
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - ANSWERS_KEPT))
    session.execute(sa.delete(InboxEntry).where(InboxEntry.recorded_at < now - INBOX_KEPT))


def delete_file(services: Services, key: str) -> None:
    """Delete a stored file whose row is gone; a job, because a transaction cannot take that back."""
    services[Storage].delete(key)
