"""Clearing away what is over."""

from typing import Final

from web.content.stories.service import StoryService
from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services

REMOVE: Final = "content.remove_stories"
REMOVED_AT_ONCE: Final = 200
CLEAN_UP_MEDIA: Final = "media.clean_up"


def register(jobs: JobRegistry) -> None:
    """Declare the job; the schedule wants it done every 15 minutes."""
    jobs.add(REMOVE, remove_stories)


def remove_stories(services: Services) -> None:
    """Delete stories that are over, some at a time, so that no transaction gets long, and their files."""
    removed = services[StoryService].remove_over(REMOVED_AT_ONCE)
    if removed:  # nothing shows their media any more
        services[JobLog].add(CLEAN_UP_MEDIA, dedupe_key=CLEAN_UP_MEDIA)
    if removed == REMOVED_AT_ONCE:
        services[JobLog].add(REMOVE)
