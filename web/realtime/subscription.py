"""The hub's one subscription in Valkey, which proves to itself that it works."""

import time
from collections.abc import Callable

import gevent
import redis
import structlog
from gevent.event import Event
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from web.core import metrics
from web.core.ids import new_id
from web.core.settings import Settings
from web.core.signalling import Valkey

log = structlog.get_logger(__name__)

PROBE_SECONDS = 2.0
DEAF_SECONDS = 10.0  # without a probe of our own coming back, the subscription counts as broken
RETRY_SECONDS = 0.5
APPLY_SECONDS = 1.0  # a socket does not wait longer for its channel; the hub's audit covers the rest


class Subscription:
    """Channels that this process listens to; connects again, to all of them, whenever it has to.

    One greenlet alone uses the connection. The others leave their wishes and wake it, as everybody does here,
    by a message: one that this process publishes to itself. The same message, sent every few seconds, proves
    that messages arrive.

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
        self._wishes: dict[str, bool] = {}
        self._applying: dict[str, bool] = {}
        self._applied = Event()
        self._is_connected = False
        self._heard_at = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether a message published now would arrive here, as far as the last probes tell."""
        return self._is_connected and not self._is_deaf

    @property
    def _is_deaf(self) -> bool:
        return time.monotonic() - self._heard_at > DEAF_SECONDS

    def add(self, channel: str) -> None:
        """Listen to a channel; returns when the wish is on its way, at once while Valkey is away.

        Whoever wants what others want already waits with them.
        """
        is_wished = channel in self._wishes or channel in self._applying
        if channel in self._channels and not is_wished:
            return
        self._channels.add(channel)
        self._wishes[channel] = True
        if self._is_connected:
            applied = self._applied
            self._valkey.publish(self._probe_channel, b"")
            applied.wait(APPLY_SECONDS)

    def remove(self, channel: str) -> None:
        """Stop listening to a channel, at the next occasion."""
        self._channels.discard(channel)
        self._wishes[channel] = False

    def listen(self) -> None:
        """Read messages for ever; the body of a greenlet."""
        while True:
            pubsub = PubSub(self._pool, ignore_subscribe_messages=True)
            try:
                self._wishes, self._applying = {}, {}
                pubsub.subscribe(*self._channels)
                self._is_connected, self._heard_at = True, time.monotonic()
                self._on_reconnect()
                self._read(pubsub)
            except (redis.RedisError, OSError) as error:
                log.warning("subscription_lost", error=str(error))
            self._is_connected = False
            pubsub.close()
            gevent.sleep(RETRY_SECONDS)

    def probe(self) -> None:
        """Publish to ourselves for ever; the body of a greenlet."""
        while True:
            self._valkey.publish(self._probe_channel, b"%r" % time.monotonic())
            gevent.sleep(PROBE_SECONDS)

    def _read(self, pubsub: PubSub) -> None:
        while not self._is_deaf:
            message = pubsub.get_message(timeout=1.0)
            if message is None:
                continue
            channel = message["channel"].decode()
            if channel == self._probe_channel:
                self._heard_at = time.monotonic()
                if sent_at := message["data"]:
                    metrics.SIGNAL_LAG.set(self._heard_at - float(sent_at))
                self._apply_wishes(pubsub)
            else:
                self._on_message(channel, message["data"])
        log.warning("subscription_deaf")

    def _apply_wishes(self, pubsub: PubSub) -> None:
        self._applying = wishes = self._wishes
        self._wishes = {}
        applied, self._applied = self._applied, Event()
        for command, is_wanted in ((pubsub.subscribe, True), (pubsub.unsubscribe, False)):
            channels = [channel for channel, wanted in wishes.items() if wanted is is_wanted]
            if channels:
                command(*channels)
        self._applying = {}
        applied.set()
