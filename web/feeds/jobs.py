"""What feeds want done by the clock."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.jobs import JobRegistry
from web.core.services import Services
from web.feeds.models import Impression
from web.feeds.trending import TrendingService

IMPRESSIONS_KEPT = timedelta(days=90)


def register(jobs: JobRegistry) -> None:
    """Declare the jobs; the schedule wants the first every minute and the second every day."""
    jobs.add("feeds.rebuild_trending", rebuild_trending)
    jobs.add("feeds.clean_up", clean_up)


def rebuild_trending(services: Services) -> None:
    """Make the lists of what is trending from the tables."""
    services[TrendingService].rebuild()


def clean_up(services: Services) -> None:
    """Delete impressions that no ranking looks at any more."""
    before = services[Clock].now() - IMPRESSIONS_KEPT
    services[Session].execute(sa.delete(Impression).where(Impression.shown_at < before))
