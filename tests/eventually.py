"""Waiting for something that happens in another process, without guessing how long it takes."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return as soon as the condition is true.

    Raises:
        AssertionError: it is still false after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not true after {seconds} s"
        time.sleep(0.02)
