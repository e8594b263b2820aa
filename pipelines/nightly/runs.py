"""The record of the nights: one at a time, and what each did, readable while it runs."""

import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from pipelines.nightly.errors import NightError, NightRunning
from pipelines.nightly.plan import DayRange
from pipelines.nightly.tables import EXTRACT_STATE, PUBLISHED, RUN_STEPS, RUNS
from web.core.db import sqlalchemy_url
from web.core.ids import new_id

ERROR_LENGTH = 1000  # characters of an error that are kept
LOCK = 0x706C617A61  # "plaza"; the key of the advisory lock that makes nights take turns


@dataclass
class Step:
    """One line of a night's report.

    Attributes:
        rows: rows read or written; None where that says nothing.
        seconds: wall time.
    """

    name: str
    rows: int | None = None
    seconds: float = 0.0
    error: str | None = None


@dataclass
class NightReport:
    """What a night did. ``error`` is None when it was published."""

    run_id: UUID
    as_of: date
    data_as_of: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    error: str | None = None


@contextmanager
def the_only_night(database_url: str) -> Iterator[sa.Connection]:
    """An AUTOCOMMIT connection that holds the lock of the night for as long as it lives.

    The server frees the lock when the connection ends, however the process ended. The night writes its
    records and moves the pointer on this same connection, so a night that lost the lock can publish nothing.

    Raises:
        NightRunning: another night holds the lock.
        NightError: the database cannot be reached.
    """
    engine = sa.create_engine(
        sqlalchemy_url(database_url),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
        connect_args={"application_name": "plaza-night", "connect_timeout": 5},
    )
    try:
        connected = engine.connect()
    except sa.exc.OperationalError as error:
        raise NightError(f"cannot reach the database: {error.orig}") from error
    with connected as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(LOCK))):
            raise NightRunning
        yield connection


@contextmanager
def transaction(connection: sa.Connection) -> Iterator[None]:
    """A transaction on an AUTOCOMMIT connection: all of the block or nothing."""
    driver: psycopg.Connection[Any] | None = connection.connection.driver_connection
    assert driver is not None  # only a pool that was closed has none  # noqa: S101
    with driver.transaction():
        yield


class RunLog:
    """Writes ``analytics.runs`` and ``analytics.run_steps`` for one night.

    Args:
        connection: the one of :func:`the_only_night`.
        redact: takes secrets out of error texts.
        on_step: called when a step begins, for progress.
    """

    def __init__(
        self,
        connection: sa.Connection,
        *,
        as_of: date,
        days: DayRange | None,
        redact: Callable[[str], str],
        on_step: Callable[[Step], None],
    ) -> None:
        self.connection = connection
        self.report = NightReport(run_id=new_id(), as_of=as_of)
        self._redact = redact
        self._on_step = on_step
        self._close_interrupted()
        connection.execute(
            sa.insert(RUNS).values(
                run_id=self.run_id,
                as_of=as_of,
                from_day=days and days.first,
                to_day=days and days.end,
                status="running",
                started_at=sa.func.now(),
            )
        )

    @property
    def run_id(self) -> UUID:
        """The id of this night."""
        return self.report.run_id

    def _close_interrupted(self) -> None:
        """Whoever holds the lock knows that a run still marked as running was killed."""
        closed: dict[str, Any] = {"status": "failed", "finished_at": sa.func.now(), "error": "interrupted"}
        self.connection.execute(sa.update(RUN_STEPS).where(RUN_STEPS.c.status == "running").values(closed))
        self.connection.execute(sa.update(RUNS).where(RUNS.c.status == "running").values(closed))

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Record a step: the block fills in ``rows``; an exception marks it as failed and goes on up."""
        step = Step(name)
        self.report.steps.append(step)
        self._on_step(step)
        self.connection.execute(
            sa.insert(RUN_STEPS).values(
                run_id=self.run_id, step=name, status="running", started_at=sa.func.now()
            )
        )
        began = time.perf_counter()
        try:
            yield step
        except Exception as error:
            step.error = self._readable(error)
            raise
        finally:
            step.seconds = time.perf_counter() - began
            self._finish_step(step)

    def _finish_step(self, step: Step) -> None:
        if self.connection.closed or self.connection.invalidated:
            return  # the next night marks what this one could not
        self.connection.execute(
            sa.update(RUN_STEPS)
            .where(RUN_STEPS.c.run_id == self.run_id, RUN_STEPS.c.step == step.name)
            .values(
                status="failed" if step.error else "done",
                rows=step.rows,
                seconds=step.seconds,
                finished_at=sa.func.now(),
                error=step.error,
            )
        )

    def dated(self, as_of: date, data_as_of: datetime) -> None:
        """Record what the snapshot decided: the last day shown, and the moment up to which things count."""
        self.report.as_of, self.report.data_as_of = as_of, data_as_of
        self._update_run(as_of=as_of, data_as_of=data_as_of)

    def published(self, marts: list[str]) -> None:
        """Point every mart at this run and close it, in one transaction: the moment readers change over."""
        pointer = insert(PUBLISHED)
        pointer = pointer.on_conflict_do_update(
            index_elements=[PUBLISHED.c.mart],
            set_={"run_id": pointer.excluded.run_id, "published_at": pointer.excluded.published_at},
        )
        done = sa.update(RUNS).where(RUNS.c.run_id == self.run_id)
        moved = [{"mart": mart, "run_id": self.run_id} for mart in marts]
        with transaction(self.connection):
            self.connection.execute(pointer.values(published_at=sa.func.now()), moved)
            self.connection.execute(done.values(status="published", finished_at=sa.func.now()))

    def failed(self, error: BaseException) -> None:
        """Close the run as failed. Readers keep the numbers of the last published run, marked stale."""
        self.report.error = self._readable(error)
        if self.connection.closed or self.connection.invalidated:
            return
        self._update_run(status="failed", finished_at=sa.func.now(), error=self.report.error)

    def _readable(self, error: BaseException) -> str:
        """What went wrong, for people: without secrets, and without the statement that met it."""
        text = str(error.orig if isinstance(error, sa.exc.DBAPIError) else error) or type(error).__name__
        return textwrap.shorten(self._redact(text), ERROR_LENGTH, placeholder=" …")

    def _update_run(self, **values: Any) -> None:
        self.connection.execute(sa.update(RUNS).where(RUNS.c.run_id == self.run_id).values(**values))

    def extract_state(self, source: str) -> sa.Row[Any] | None:
        """How far the lake has what ``source`` holds; None before the first extract."""
        columns = EXTRACT_STATE.c
        next_xid = sa.cast(columns.next_xid, sa.Text).label("next_xid")
        query = sa.select(columns.origin, columns.lake_id, next_xid).where(columns.source == source)
        return self.connection.execute(query).one_or_none()

    def save_extract_state(self, source: str, *, origin: str, lake_id: UUID, next_xid: int) -> None:
        """Record that the lake has everything of ``source`` below ``next_xid``."""
        row = insert(EXTRACT_STATE).values(
            source=source,
            origin=origin,
            lake_id=lake_id,
            next_xid=sa.cast(str(next_xid), EXTRACT_STATE.c.next_xid.type),
            extracted_at=sa.func.now(),
        )
        self.connection.execute(
            row.on_conflict_do_update(
                index_elements=[EXTRACT_STATE.c.source],
                set_={name: row.excluded[name] for name in ("origin", "lake_id", "next_xid", "extracted_at")},
            )
        )
