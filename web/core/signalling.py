"""Hints between processes, sent after commit. PostgreSQL holds the truth; losing every hint loses nothing."""

from collections.abc import Iterable
from typing import cast

import redis
import sqlalchemy as sa
import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy.orm import Session

from web.core import metrics
from web.core.settings import Settings

log = structlog.get_logger(__name__)

RUN_DUE_JOBS = "plaza.jobs.run_due"
_PENDING = "plaza.pending_hints"


class Valkey:
    """The Valkey client of one process, with timeouts below a second and names under one prefix."""

    def __init__(self, settings: Settings) -> None:
        self.prefix = settings.valkey_prefix
        self.client = redis.Redis.from_url(
            settings.valkey_url,
            socket_timeout=settings.signalling_timeout,
            socket_connect_timeout=settings.signalling_timeout,
            decode_responses=False,
        )

    def key(self, *parts: object) -> str:
        """The full name of a key or channel; pub/sub ignores database numbers, so names are prefixed."""
        return self.prefix + ":".join(map(str, parts))

    def publish(self, channel: str, message: bytes) -> None:
        """Publish one message, best effort: what is not delivered is fetched by its reader."""
        self.publish_all([(channel, message)])

    def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Publish messages, each to its channel, in one round trip and best effort."""
        try:
            pipeline = self.client.pipeline(transaction=False)
            for channel, message in messages:
                pipeline.publish(channel, message)
            pipeline.execute()
        except redis.RedisError as error:
            metrics.SIGNALS_LOST.labels("publish").inc()
            log.warning("publish_failed", error=str(error))

    def close(self) -> None:
        """Close the pooled connections."""
        self.client.close()


class Signals:
    """Tells the relay and the workers that there is work, once per transaction and queue."""

    def __init__(self, valkey: Valkey, settings: Settings) -> None:
        self._valkey = valkey
        broker = settings.valkey_url
        self._celery = Celery("plaza-hints", broker=broker, set_as_current=False)
        self._celery.conf.update(
            broker_transport_options={
                "socket_timeout": settings.signalling_timeout,
                "socket_connect_timeout": settings.signalling_timeout,
                "global_keyprefix": settings.valkey_prefix,
                # Or a request would wait six seconds for a broker that is away.
                "max_retries": 0,
                "interval_start": 0,
                "interval_step": 0,
            },
            broker_connection_retry=False,
            task_ignore_result=True,
        )

    def attach(self, session: Session) -> None:
        """Send the hints collected on ``session`` when its transaction has committed."""
        sa.event.listen(session, "after_commit", self._send)
        sa.event.listen(session, "after_rollback", _forget)

    def want(self, session: Session, queue: str) -> None:
        """Remember that ``queue`` has new work in this transaction."""
        cast("set[str]", session.info.setdefault(_PENDING, set())).add(queue)

    def _send(self, session: Session) -> None:
        for queue in session.info.pop(_PENDING, ()):
            if queue == "relay":
                self._valkey.publish(self._valkey.key("wake", "relay"), b"1")
            else:
                self._hint_worker(queue)

    def _hint_worker(self, queue: str) -> None:
        try:
            self._celery.send_task(RUN_DUE_JOBS, args=[queue], retry=False, expires=60)
        except (OperationalError, redis.RedisError, OSError) as error:
            metrics.SIGNALS_LOST.labels("celery").inc()
            log.warning("hint_failed", queue=queue, error=str(error))


def _forget(session: Session) -> None:
    session.info.pop(_PENDING, None)
