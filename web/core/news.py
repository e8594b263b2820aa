"""What processes tell each other about what they keep in memory, so that none goes on with what has changed.

Best effort: whoever keeps something lets it expire as well, soon enough for news that got lost.
"""

import threading
from collections.abc import Callable

import redis
import structlog
from redis.client import PubSub
from sqlalchemy.orm import Session

from web.core.settings import Settings
from web.core.signalling import Signals, Valkey

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
LOOK_UP_SECONDS = 1.0  # from waiting for news, to see whether it is over


class News:
    """The news of all processes; only those that answer requests listen."""

    def __init__(self, valkey: Valkey, signals: Signals, settings: Settings) -> None:
        self._channel = valkey.key("news")
        self._signals = signals
        self._readers: dict[str, Callable[[str], None]] = {}
        self._closed = threading.Event()
        # Of its own: the others' connections do not wait as long as news may take to come.
        self._pool = redis.ConnectionPool.from_url(settings.valkey_url, socket_connect_timeout=1)

    def on(self, subject: str, reader: Callable[[str], None]) -> None:
        """Call ``reader`` with what is told about ``subject``; it must not block."""
        self._readers[subject] = reader

    def tell(self, session: Session, subject: str, what: object) -> None:
        """Tell every process that listens, this one too, when the transaction has committed."""
        self._signals.publish(session, self._channel, f"{subject} {what}".encode())

    def listen(self) -> None:
        """Begin to listen, for as long as the process lives."""
        threading.Thread(target=self._listen, name="news", daemon=True).start()

    def close(self) -> None:
        """Stop listening, within a second."""
        self._closed.set()

    def _listen(self) -> None:
        while not self._closed.is_set():
            pubsub = PubSub(self._pool, ignore_subscribe_messages=True)
            try:
                pubsub.subscribe(self._channel)
                while not self._closed.is_set():
                    if message := pubsub.get_message(timeout=LOOK_UP_SECONDS):
                        self._read(message["data"].decode())
            except (redis.RedisError, OSError) as error:
                log.warning("news_lost", error=str(error))
                self._closed.wait(RETRY_SECONDS)
            pubsub.close()
        self._pool.disconnect()

    def _read(self, message: str) -> None:
        subject, _, what = message.partition(" ")
        reader = self._readers.get(subject)
        if reader is None:  # of a newer version
            return
        try:
            reader(what)
        except ValueError as error:
            log.warning("news_not_understood", subject=subject, error=str(error))
