"""Hints between processes, sent after commit. PostgreSQL holds the truth; losing every hint loses nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import redis
import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy.orm import Session

from web.core import metrics
from web.core.settings import Settings

log = structlog.get_logger(__name__)

RUN_DUE_JOBS = "plaza.jobs.run_due"
HINT_SECONDS = 5  # after which a hint that no worker has heard is sent again
RELAY = "relay"  # the queue of the relay, which is woken by a message rather than a task
_AFTERWARDS = "plaza.afterwards"


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


@dataclass
class _Afterwards:
    """What is to be sent when a transaction has committed.

    Attributes:
        queues: with new work.
        messages: channels, and what is published there.
        stale: names of what is to be dropped from Valkey.
    """

    queues: set[str] = field(default_factory=set)
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)


class Signals:
    """What other processes are told when a transaction has committed, best effort and in one round trip.

    That there is work: once per transaction and queue, and not at all while a hint is on its way.
    """

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

    def want(self, session: Session, queue: str) -> None:
        """Remember that ``queue`` has new work in this transaction."""
        _afterwards(session).queues.add(queue)

    def publish(self, session: Session, channel: str, message: bytes) -> None:
        """Publish a message when the transaction has committed."""
        _afterwards(session).messages.append((channel, message))

    def drop(self, session: Session, names: Iterable[str]) -> None:
        """Drop from Valkey what the transaction makes stale, when it has committed."""
        _afterwards(session).stale.extend(names)

    def send(self, session: Session) -> None:
        """Send what was collected; called when the transaction has committed."""
        wanted: _Afterwards | None = session.info.pop(_AFTERWARDS, None)
        if wanted is None:
            return
        queues = sorted(wanted.queues - {RELAY})
        pipeline = self._valkey.client.pipeline(transaction=False)
        for queue in queues:  # unless a hint is on its way: it would cost a fifth of a request that writes
            pipeline.set(self._hint_key(queue), b"1", nx=True, ex=HINT_SECONDS)
        if RELAY in wanted.queues:
            pipeline.publish(self._valkey.key("wake", RELAY), b"1")
        for channel, message in wanted.messages:
            pipeline.publish(channel, message)
        if wanted.stale:
            pipeline.delete(*wanted.stale)
        try:
            answers = pipeline.execute()
        except redis.RedisError as error:
            metrics.SIGNALS_LOST.labels("valkey").inc()
            log.warning("signals_lost", queues=sorted(wanted.queues), error=str(error))
            return
        for queue, is_needed in zip(queues, answers, strict=False):
            if is_needed:
                self._hint_worker(queue)

    def forget(self, session: Session) -> None:
        """Send nothing of what was collected; called when the transaction was undone."""
        session.info.pop(_AFTERWARDS, None)

    def heard(self, queue: str) -> None:
        """A worker is about to look at a queue: what is added from now on needs a hint of its own."""
        try:
            self._valkey.client.delete(self._hint_key(queue))
        except redis.RedisError as error:
            log.warning("hint_not_taken", queue=queue, error=str(error))

    def _hint_key(self, queue: str) -> str:
        return self._valkey.key("hint", queue)

    def _hint_worker(self, queue: str) -> None:
        try:
            self._celery.send_task(RUN_DUE_JOBS, args=[queue], retry=False, expires=60)
        except (OperationalError, redis.RedisError, OSError) as error:
            metrics.SIGNALS_LOST.labels("celery").inc()
            log.warning("hint_failed", queue=queue, error=str(error))


def _afterwards(session: Session) -> _Afterwards:
    wanted: _Afterwards = session.info.setdefault(_AFTERWARDS, _Afterwards())
    return wanted
