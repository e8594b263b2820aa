"""Doing things at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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
