"""The hub's one subscription in Valkey, which proves to itself that it works."""

import time
from collections.abc import Callable

import gevent
import redis
import structlog
from gevent.lock import RLock
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from web.core.ids import new_id
from web.core.settings import Settings
from web.core.signalling import Valkey

log = structlog.get_logger(__name__)

PROBE_SECONDS = 2.0
DEAF_SECONDS = 10.0  # without a probe of our own coming back, the subscription counts as broken
RETRY_SECONDS = 0.5


class Subscription:
    """Channels that this process listens to; connects again, to all of them, whenever it has to.

    Args:
        on_message: called with channel and message; must not block.
        on_reconnect: called when messages may have been missed.
    """

    def __init__(
        self,
        valkey: Valkey,
        settings: Settings,
        on_message: Callable[[str, bytes], None],
        on_reconnect: Callable[[], None],
    ) -> None:
        self._valkey = valkey
        self._on_message = on_message
        self._on_reconnect = on_reconnect
        # Connections of its own: others have a short timeout, and this must not reconnect behind our back.
        self._pool = redis.ConnectionPool.from_url(
            settings.valkey_url, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        self._probe_channel = valkey.key("hub", new_id())
        self._channels = {self._probe_channel}
        self._pubsub: PubSub | None = None
        self._lock = RLock()
        self._heard_at = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether a message published now would arrive here, as far as the last probes tell."""
        return self._pubsub is not None and time.monotonic() - self._heard_at < DEAF_SECONDS

    def add(self, channel: str) -> None:
        """Listen to a channel; while Valkey is away, as soon as it is back."""
        self._channels.add(channel)
        self._tell("subscribe", channel)

    def remove(self, channel: str) -> None:
        """Stop listening to a channel."""
        self._channels.discard(channel)
        self._tell("unsubscribe", channel)

    def listen(self) -> None:
        """Read messages for ever; the body of a greenlet."""
        while True:
            try:
                self._connect()
                self._on_reconnect()
                self._read()
            except (redis.RedisError, OSError) as error:
                log.warning("subscription_lost", error=str(error))
            self._disconnect()
            gevent.sleep(RETRY_SECONDS)

    def probe(self) -> None:
        """Publish to ourselves for ever; when that does not come back, start over. The body of a greenlet."""
        while True:
            self._valkey.publish(self._probe_channel, b"")
            if self._pubsub is not None and time.monotonic() - self._heard_at > DEAF_SECONDS:
                log.warning("subscription_deaf")
                self._disconnect()
            gevent.sleep(PROBE_SECONDS)

    def _connect(self) -> None:
        pubsub = PubSub(self._pool, ignore_subscribe_messages=True)
        with self._lock:
            pubsub.subscribe(*self._channels)
            self._pubsub = pubsub
            self._heard_at = time.monotonic()

    def _disconnect(self) -> None:
        with self._lock:
            pubsub, self._pubsub = self._pubsub, None
            if pubsub is not None:
                pubsub.close()

    def _read(self) -> None:
        while (pubsub := self._pubsub) is not None:
            message = pubsub.get_message(timeout=1.0)
            if message is None:
                continue
            channel = message["channel"].decode()
            if channel == self._probe_channel:
                self._heard_at = time.monotonic()
            else:
                self._on_message(channel, message["data"])

    def _tell(self, command: str, channel: str) -> None:
        with self._lock:
            if self._pubsub is None:
                return
            try:
                getattr(self._pubsub, command)(channel)
            except (redis.RedisError, OSError) as error:
                log.warning("subscription_failed", command=command, error=str(error))
                self._disconnect()
