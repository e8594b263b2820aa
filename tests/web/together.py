"""Doing things at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa

from tests.eventually import eventually
from web.core.app import App
from web.core.services import Services

T = TypeVar("T")


def together(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Run each action in a thread of its own, all released at once; the test pool has 8 connections.

    Returns:
        What the actions returned, in their order; what one of them raised is raised here.
    """
    gate = threading.Barrier(len(actions))

    def start(action: Callable[[], T]) -> T:
        gate.wait(timeout=10)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(start, actions))


def meanwhile(app: App, engine: sa.Engine, first: Callable[[Services], Any], then: Callable[[], Any]) -> Any:
    """Begin the second while the first is done but not committed yet; what the second comes to."""

    def is_waiting() -> bool:
        with engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    with ThreadPoolExecutor(1) as pool:
        with app.work() as services:
            first(services)
            second = pool.submit(then)
            eventually(lambda: second.done() or is_waiting())
        return second.result()
