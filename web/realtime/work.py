"""Units of work in a process of thousands of sockets: few at a time, so that a crowd waits in line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import redis
import sqlalchemy as sa
from gevent.lock import BoundedSemaphore

from web.core.app import App
from web.core.errors import Unavailable
from web.core.inbox import DATABASE_AWAY
from web.core.services import Services

T = TypeVar("T")

# What a unit of work raises while a server is away; the last is what some services make of the others.
AWAY = (*DATABASE_AWAY, redis.RedisError, Unavailable)

RESERVED = 2  # connections of each pool that are left for requests that do not wait in line
MOST_TRIES = 3
START_OVER = ("40001", "40P01")  # serialization failure, deadlock: the server asks to try again


class Work:
    """Units of work beside those of requests."""

    def __init__(self, app: App) -> None:
        self._app = app
        places = max(1, app.settings.pool_size - RESERVED)
        self.line = BoundedSemaphore(places)  # for reading; requests that become sockets stand in it, too
        self._writers = BoundedSemaphore(places)

    @contextmanager
    def reading(self) -> Iterator[Services]:
        """A read-only unit of work, when it is its turn."""
        with self.line, self._app.reading() as services:
            yield services

    def do(self, body: Callable[[Services], T]) -> T:
        """Run ``body`` in a unit of work that commits.

        It is started over when the database asks for that, or when a connection was lost before the commit.
        """
        for is_last in (*[False] * (MOST_TRIES - 1), True):
            is_done = False
            try:
                with self._writers, self._app.work() as services:
                    result = body(services)
                    is_done = True
                return result
            except sa.exc.OperationalError as error:
                was_lost = error.connection_invalidated and not is_done
                if is_last or not (was_lost or getattr(error.orig, "sqlstate", None) in START_OVER):
                    raise
        raise AssertionError("unreachable")
