"""Another value in the place of one of the app's, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from web.core.app import App

T = TypeVar("T")


@contextmanager
def swapped(app: App, kind: type[T], value: T) -> Iterator[T]:
    """Services get ``value`` where they ask for ``kind``, until the block ends."""
    before = app.value(kind)
    app.add_value(kind, value)
    try:
        yield value
    finally:
        app.add_value(kind, before)
