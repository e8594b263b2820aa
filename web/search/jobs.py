"""Deferred work on the index."""

from uuid import UUID

from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services
from web.search.index import KINDS, SearchIndex


def register(jobs: JobRegistry) -> None:
    """Declare the jobs; the schedule wants ``search.catch_up`` done once a day."""
    jobs.add("search.index", index)
    jobs.add("search.catch_up", catch_up)
    jobs.add("search.rebuild", rebuild)


def index(services: Services, what: str, of: str) -> None:
    """Make one document anew, or delete it when there is nothing to be found any more."""
    services[SearchIndex].put(what, [UUID(of)])


def catch_up(services: Services) -> None:
    """Find what was written without an event, and weigh members by the followers that they have now."""
    services[SearchIndex].weigh()
    services[JobLog].add("search.rebuild", only_missing=1)


def rebuild(services: Services, what: str = "", after: str = "", only_missing: int = 0) -> None:
    """Make every document anew, or those that are missing: a batch, and a job that goes on behind it.

    Without saying of what: of everything.
    """
    jobs = services[JobLog]
    if not what:
        for kind in KINDS:
            jobs.add("search.rebuild", what=kind, only_missing=only_missing)
        return
    behind = UUID(after) if after else None
    ids = services[SearchIndex].put_batch(what, behind, only_missing=bool(only_missing))
    if ids:
        jobs.add("search.rebuild", what=what, after=ids[-1], only_missing=only_missing)
