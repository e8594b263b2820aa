"""Running deferred work: lease what is due, run each job in its own unit of work, note what fails."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from web.core import metrics
from web.core.app import App
from web.core.jobs import JobKind, TryLater
from web.core.models import Job

log = structlog.get_logger(__name__)

LONGEST_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True)
class Lease:
    """A job that this process may run until its lease ends."""

    id: UUID
    kind: str
    args: dict[str, Any]
    attempt: int


class WorkerDied(Exception):
    """A job took its worker along, again and again."""


class JobRunner:
    """Runs what is due in one queue."""

    def __init__(self, app: App, queue: str) -> None:
        self._app = app
        self._queue = queue

    def run_due(self, limit: int = 50) -> int:
        """Lease up to ``limit`` due jobs and run each in its own unit of work.

        Returns:
            How many were leased, whether they succeeded or not.
        """
        leases = self._lease(1 if self._app.jobs.takes_long(self._queue) else limit)
        for lease in leases:
            self._run(lease)
        return len(leases)

    def _lease(self, limit: int) -> list[Lease]:
        now = self._app.clock.now()
        due = (
            sa.select(Job.id)
            .where(
                Job.queue == self._queue,
                Job.kind.in_(self._app.jobs.kinds(self._queue)),
                Job.due_at <= now,
                Job.dead_at.is_(None),
                sa.or_(Job.lease_until.is_(None), Job.lease_until < now),
            )
            .order_by(Job.due_at, Job.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claim = (
            sa.update(Job)
            .where(Job.id.in_(due.scalar_subquery()))
            .values(
                lease_until=now + timedelta(seconds=self._app.settings.job_lease), attempts=Job.attempts + 1
            )
            .returning(Job.id, Job.kind, Job.args, Job.attempts)
        )
        with self._app.engines.writes.begin() as connection:
            rows = connection.execute(claim).all()
        return sorted(
            (Lease(row.id, row.kind, row.args, row.attempts) for row in rows), key=lambda lease: lease.id
        )

    def _run(self, lease: Lease) -> None:
        kind = self._app.jobs[lease.kind]
        if lease.attempt > kind.attempts:  # each time before, nobody lived to say how it failed
            self._failed(lease, kind, WorkerDied("whoever ran it died of it, each time"))
            return
        try:
            prepared = {}
            if kind.prepare:
                with self._kept(lease):
                    prepared["prepared"] = kind.prepare(self._app, **lease.args)
            with self._app.work() as services:
                mine = sa.delete(Job).where(Job.id == lease.id, Job.attempts == lease.attempt)
                deleted = services[Session].execute(mine).rowcount  # type: ignore[attr-defined]  # CursorResult
                if not deleted:  # the lease ran out and someone else has the job
                    return
                kind.body(services, **lease.args, **prepared)
        except Exception as error:  # a job may fail in any way; none may stop the worker
            self._failed(lease, kind, error)
        else:
            metrics.JOBS_DONE.labels(lease.kind, "done").inc()

    @contextmanager
    def _kept(self, lease: Lease) -> Iterator[None]:
        """Renew a lease while the block runs, however long that takes."""
        ended = threading.Event()

        def renew() -> None:
            while not ended.wait(self._app.settings.job_lease / 3):
                try:
                    self._renew(lease)
                # The next turn tries again; and the body runs only if the job is still ours.
                except sa.exc.SQLAlchemyError as error:
                    log.warning("lease_not_renewed", job=str(lease.id), error=str(error).splitlines()[0])

        renewing = threading.Thread(target=renew, name=f"lease-{lease.id}", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()

    def _renew(self, lease: Lease) -> None:
        until = self._app.clock.now() + timedelta(seconds=self._app.settings.job_lease)
        mine = sa.update(Job).where(Job.id == lease.id, Job.attempts == lease.attempt)
        with self._app.engines.writes.begin() as connection:
            connection.execute(mine.values(lease_until=until))

    def _failed(self, lease: Lease, kind: JobKind, error: Exception) -> None:
        dead = lease.attempt >= kind.attempts
        now = self._app.clock.now()
        backoff = timedelta(seconds=2**lease.attempt)
        if isinstance(error, TryLater):
            backoff = max(backoff, timedelta(seconds=error.seconds))
        backoff = min(backoff, LONGEST_BACKOFF)
        log.error(
            "job_failed", kind=lease.kind, job=str(lease.id), attempt=lease.attempt, dead=dead, exc_info=error
        )
        metrics.JOBS_DONE.labels(lease.kind, "dead" if dead else "failed").inc()
        with self._app.engines.writes.begin() as connection:
            connection.execute(
                sa.update(Job)
                .where(Job.id == lease.id, Job.attempts == lease.attempt)
                .values(
                    lease_until=None,
                    due_at=now + backoff,
                    dead_at=now if dead else None,
                    # The dead do not keep away what is wanted under the same key from then on.
                    dedupe_key=None if dead else Job.dedupe_key,
                    last_error=f"{type(error).__name__}: {error}"[:2000],
                )
            )
