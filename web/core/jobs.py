"""Deferred work: rows in ``jobs``, written in the transaction that wants the work done.

Jobs are at-least-once and their bodies idempotent. A worker leases a job, runs it and deletes it in the
transaction of its effects; a worker that dies leaves a lease that runs out. What keeps failing backs off
and ends among the dead, where an operator sees it and can requeue it. Work of minutes is done before that
transaction begins: an open one holds back vacuum and the night's extract in the whole database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.ids import new_id
from web.core.models import Job
from web.core.signalling import Signals

# Into the table: the mapped class would go through the bulk inserts of the ORM. A job that waits under the
# key is locked: nobody does it before this transaction ends, without having seen what it wants done.
_INSERT = insert(Job.__table__).on_conflict_do_update(  # type: ignore[arg-type]  # a Table, which is meant
    index_elements=["dedupe_key"], set_={"dedupe_key": Job.dedupe_key}
)
# What is being prepared has looked already, and does not see what happens now.
_LET_GO = (
    sa.update(Job)
    .where(
        Job.dedupe_key == sa.bindparam("key"),
        Job.lease_until > sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    )
    .values(dedupe_key=None)
    .execution_options(synchronize_session=False)
)


class TryLater(Exception):
    """Raised by a body whose service asks to wait.

    Args:
        seconds: until the next try, unless the usual pause is longer.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds:g} seconds")
        self.seconds = seconds


@dataclass(frozen=True)
class JobKind:
    """How jobs of one kind are run.

    Attributes:
        body: called with the services of its own unit of work and the job's ids.
        queue: ``relay`` for deliveries to sockets, else ``default``.
        attempts: tries before the job counts as dead.
        prepare: what takes long, called before with the app and the job's ids, while no transaction is open
            and the lease is kept; what it returns is the body's argument ``prepared``.
    """

    body: Callable[..., None]
    queue: str = "default"
    attempts: int = 8
    prepare: Callable[..., Any] | None = None


class JobRegistry:
    """The kinds of jobs that the features declare."""

    def __init__(self) -> None:
        self._kinds: dict[str, JobKind] = {}

    def add(
        self,
        kind: str,
        body: Callable[..., None],
        *,
        queue: str = "default",
        attempts: int = 8,
        prepare: Callable[..., Any] | None = None,
    ) -> None:
        """Declare a kind of job; the arguments are those of :class:`JobKind`."""
        if kind in self._kinds:
            raise ValueError(f"job kind {kind} is taken")
        self._kinds[kind] = JobKind(body, queue, attempts, prepare)

    def __getitem__(self, kind: str) -> JobKind:
        return self._kinds[kind]

    def kinds(self, queue: str) -> list[str]:
        """The kinds that this version can run; others are kept for the version that knows them."""
        return [name for name, kind in self._kinds.items() if kind.queue == queue]

    def queues(self) -> set[str]:
        """All queues in which jobs of this version wait."""
        return {kind.queue for kind in self._kinds.values()}

    def takes_long(self, queue: str) -> bool:
        """Whether jobs of a queue are prepared, so that none may wait on a lease behind another."""
        return any(kind.prepare for kind in self._kinds.values() if kind.queue == queue)


class JobLog:
    """Adds jobs to the current transaction."""

    def __init__(self, session: Session, clock: Clock, signals: Signals, registry: JobRegistry) -> None:
        self._session = session
        self._clock = clock
        self._signals = signals
        self._registry = registry

    def add(
        self,
        kind: str,
        *,
        due_at: datetime | None = None,
        dedupe_key: str | None = None,
        **ids: UUID | int | str,
    ) -> None:
        """Want ``kind`` done with ``ids`` after this transaction, at ``due_at`` or at once.

        Args:
            dedupe_key: a job that waits under the same key already is enough; one that is being prepared
                is not, because it has looked already.
        """
        queue = self._registry[kind].queue
        if dedupe_key and self._registry[kind].prepare:
            self._session.execute(_LET_GO, {"key": dedupe_key, "now": self._clock.now()})
        self._session.execute(
            _INSERT,
            {
                "id": new_id(),
                "queue": queue,
                "kind": kind,
                "args": {
                    name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()
                },
                "dedupe_key": dedupe_key,
                "due_at": due_at or self._clock.now(),
            },
        )
        if due_at is None:
            self._signals.want(self._session, queue)

    def revive(self, job_id: UUID) -> bool:
        """Let a dead job be tried again, as often as a new one.

        Returns:
            False when there is no dead job of that id.
        """
        queue = self._session.scalar(
            sa.update(Job)
            .where(Job.id == job_id, Job.dead_at.is_not(None))
            .values(dead_at=None, attempts=0, lease_until=None, due_at=self._clock.now())
            .returning(Job.queue)
        )
        if queue is not None:
            self._signals.want(self._session, queue)
        return queue is not None
