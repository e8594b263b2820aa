"""The relay (``python -m pipelines.relay``) carries events to their receivers' inboxes and sockets.

A batch of ``realtime.deliver`` jobs is claimed, put into inboxes and deleted in one transaction; only then
are its frames rendered and published. Killed before the commit, nothing has happened; killed after it, the
hubs find the gap in the inbox. Several relays may run at once.
"""

import signal
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from types import FrameType
from typing import Any
from uuid import UUID

import redis
import sqlalchemy as sa
import structlog
from redis.client import PubSub
from sqlalchemy.orm import Session

from web.core import inbox, logging, metrics
from web.core.app import App
from web.core.events import DELIVER
from web.core.inbox import DATABASE_AWAY, Entry, Inbox
from web.core.job_runner import JobRunner
from web.core.models import EventRow, Job
from web.core.settings import Settings
from web.features import build_app

log = structlog.get_logger(__name__)

BATCH = 200
POLL_SECONDS = 0.1
LONGEST_PAUSE = 5.0  # seconds between tries while a server is away
HEARTBEAT_SECONDS = 5.0
HEARTBEAT_EXPIRY = 30
# A newer version wrote these events; they wait until a relay comes that knows them.
UNKNOWN_WAITS = timedelta(minutes=1)

_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_CLAIM = (
    sa.select(Job.id, Job.args["event_id"].astext.cast(sa.Uuid).label("event_id"), Job.created_at)
    .where(
        Job.queue == "relay",
        Job.kind == DELIVER,
        Job.due_at <= _now,
        Job.dead_at.is_(None),
        sa.or_(Job.lease_until.is_(None), Job.lease_until < _now),
    )
    .order_by(Job.due_at, Job.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
# A job is written in the transaction of its event, so both have the same time, and it names the partition.
_EVENTS = sa.select(
    EventRow.id, EventRow.name, EventRow.occurred_at, EventRow.recorded_at, EventRow.data
).where(
    EventRow.id.in_(sa.bindparam("ids", expanding=True)),
    EventRow.recorded_at.between(sa.bindparam("first"), sa.bindparam("last")),
)


class Relay:
    """Delivers what is due, and keeps going while PostgreSQL or Valkey come and go."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._one_by_one = JobRunner(app, "relay")
        self._stopping = threading.Event()
        self._wake: PubSub | None = None
        self._wake_again_at = 0.0
        self._heartbeat_at = 0.0

    def stop(self) -> None:
        """End :meth:`run` after the batch at hand."""
        self._stopping.set()

    def run(self) -> None:
        """Deliver until :meth:`stop`."""
        log.info("relay_started")
        pause = POLL_SECONDS
        while not self._stopping.is_set():
            try:
                delivered = self.deliver_due()
            except DATABASE_AWAY as error:
                pause = min(max(pause * 2, 0.5), LONGEST_PAUSE)
                log.warning("database_unavailable", error=str(error).splitlines()[0], pause=pause)
                self._stopping.wait(pause)
                continue
            if pause != POLL_SECONDS:
                log.info("database_back")
                pause = POLL_SECONDS
            self._beat()
            if delivered < BATCH:
                self._wait_for_work()
        log.info("relay_stopped")

    def deliver_due(self) -> int:
        """Deliver up to ``BATCH`` due jobs; where one of them fails, each by itself.

        Returns:
            How many were claimed.
        Raises:
            OperationalError, InterfaceError, TimeoutError: of SQLAlchemy, while the database is away.
        """
        try:
            claimed, entries = self._deliver_batch()
        except DATABASE_AWAY:
            raise
        except Exception as error:  # one job may fail in any way; it must not stop the others
            log.warning("batch_failed", error=f"{type(error).__name__}: {error}")
            return self._one_by_one.run_due(BATCH)
        if entries:
            self._publish(entries)
        return claimed

    def _deliver_batch(self) -> tuple[int, list[Entry]]:
        with self._app.work() as services:
            session = services[Session]
            now = self._app.clock.now()
            jobs = session.execute(_CLAIM, {"now": now}).all()
            if not jobs:
                return 0, []
            events = self._events(session, jobs)
            known = [job for job in jobs if self._app.channels.delivers(events[job.event_id].name)]
            entries = services[Inbox].deliver([events[job.event_id] for job in known])
            session.execute(sa.delete(Job).where(Job.id.in_([job.id for job in known])))
            if len(known) < len(jobs):
                unknown = {job.id for job in jobs} - {job.id for job in known}
                session.execute(sa.update(Job).where(Job.id.in_(unknown)).values(due_at=now + UNKNOWN_WAITS))
        metrics.JOBS_DONE.labels(DELIVER, "done").inc(len(known))
        return len(jobs), entries

    def _events(self, session: Session, jobs: Sequence[Any]) -> dict[UUID, Any]:
        times = [job.created_at for job in jobs]
        rows = session.execute(
            _EVENTS, {"ids": [job.event_id for job in jobs], "first": min(times), "last": max(times)}
        )
        return {row.id: row for row in rows}

    def _publish(self, entries: list[Entry]) -> None:
        """Render and publish, best effort: what is not published is found in the inbox."""
        try:
            with self._app.reading() as services:
                frames = services[Inbox].frames(entries)
        except DATABASE_AWAY as error:
            log.warning("render_postponed", error=str(error).splitlines()[0])
            frames = [None] * len(entries)
        valkey = self._app.valkey
        valkey.publish_all(
            (inbox.user_channel(valkey, entry.member_id), inbox.message(entry, frame))
            for entry, frame in zip(entries, frames, strict=True)
        )

    def _beat(self) -> None:
        """Say that deliveries are being made; the sign expires soon after they are not."""
        if time.monotonic() < self._heartbeat_at:
            return
        try:
            self._app.valkey.client.set(self._app.valkey.key("heartbeat", "relay"), b"1", ex=HEARTBEAT_EXPIRY)
            self._heartbeat_at = time.monotonic() + HEARTBEAT_SECONDS
        except redis.RedisError as error:
            log.warning("heartbeat_failed", error=str(error))
            self._heartbeat_at = time.monotonic() + 1

    def _wait_for_work(self) -> None:
        """Until somebody says that there is work, but no longer than ``POLL_SECONDS``."""
        if self._wake is None and time.monotonic() >= self._wake_again_at:
            self._listen()
        if self._wake is None:
            self._stopping.wait(POLL_SECONDS)
            return
        try:
            if self._wake.get_message(timeout=POLL_SECONDS):
                while self._wake.get_message(timeout=0):
                    """Many wishes are one."""
        except (redis.RedisError, OSError) as error:
            log.warning("wake_lost", error=str(error))
            self._forget_wake()

    def _listen(self) -> None:
        try:
            wake = PubSub(self._app.valkey.client.connection_pool, ignore_subscribe_messages=True)
            wake.subscribe(self._app.valkey.key("wake", "relay"))
        except (redis.RedisError, OSError) as error:
            log.warning("wake_unavailable", error=str(error))
            self._forget_wake()
        else:
            self._wake = wake

    def _forget_wake(self) -> None:
        self._wake = None
        self._wake_again_at = time.monotonic() + 1


def main() -> None:
    """Run the relay until SIGTERM or SIGINT."""
    settings = Settings.load()
    logging.configure(settings)
    app = build_app(settings)
    relay = Relay(app)

    def stop(number: int, frame: FrameType | None) -> None:
        relay.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        relay.run()
    finally:
        app.close()


if __name__ == "__main__":
    main()
