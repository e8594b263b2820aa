"""Deferred work of notifications, in a queue of its own: no other mail waits behind a slow push service."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.jobs import JobRegistry
from web.core.services import Services
from web.notifications import digests, dispatch
from web.notifications.models import Notification

KEPT = timedelta(days=90)


def register(jobs: JobRegistry) -> None:
    """Declare the jobs; the schedule wants digests every hour, and cleaning up every day."""
    jobs.add(dispatch.DISPATCH, dispatch.dispatch, queue=dispatch.QUEUE)
    jobs.add(digests.SEND_ALL, digests.send_all)
    jobs.add(digests.SEND, digests.send, queue=dispatch.QUEUE)
    jobs.add("notifications.clean_up", clean_up)


def clean_up(services: Services) -> None:
    """Delete what happened too long ago to matter, read or not."""
    old = services[Clock].now() - KEPT
    services[Session].execute(sa.delete(Notification).where(Notification.created_at < old))
