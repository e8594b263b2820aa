"""The counter of the rate limits, beside the library whose algorithm it is."""

from collections.abc import Iterator

import pytest
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from tests.eventually import eventually
from web.core.app import App
from web.core.ids import new_id
from web.core.moving_window import MovingWindow
from web.core.settings import Settings


@pytest.fixture
def window(app: App) -> MovingWindow:
    return MovingWindow(app.valkey)


@pytest.fixture
def library(settings: Settings) -> Iterator[SlidingWindowCounterRateLimiter]:
    """What the library makes of it, in two round trips."""
    storage = RedisStorage(settings.valkey_url, key_prefix=f"test-{new_id()}")
    yield SlidingWindowCounterRateLimiter(storage)
    storage.reset()


@pytest.mark.parametrize("limit", [parse("3/minute"), parse("1/hour"), parse("5/10 seconds")], ids=str)
def test_it_counts_as_the_library_does(
    window: MovingWindow, library: SlidingWindowCounterRateLimiter, limit: RateLimitItem
) -> None:
    name = str(new_id())
    for _ in range(limit.amount + 2):
        ours, theirs = window.hit(limit, "reads", name), library.hit(limit, name)
        assert (ours.allowed, ours.remaining) == (theirs, library.get_window_stats(limit, name).remaining)


def test_what_is_refused_is_not_counted(window: MovingWindow) -> None:
    limit, name = parse("1/minute"), str(new_id())
    first = window.hit(limit, name)
    refused = [window.hit(limit, name) for _ in range(3)]
    assert first.allowed
    assert not any(each.allowed for each in refused)
    assert 60 >= first.reset_seconds >= refused[-1].reset_seconds > 0


def test_names_and_kinds_are_counted_apart(window: MovingWindow) -> None:
    limit, name = parse("1/minute"), str(new_id())
    assert all(window.hit(limit, kind, name).allowed for kind in ("reads", "writes"))
    assert window.hit(limit, "reads", str(new_id())).allowed


def test_the_window_before_counts_for_what_is_left_of_it(window: MovingWindow) -> None:
    limit, name = parse("4/second"), str(new_id())
    for _ in range(4):
        window.hit(limit, name)
    assert not window.hit(limit, name).allowed
    eventually(lambda: window.hit(limit, name).allowed, seconds=5)
    # Soon after the turn three of the four before still count.
    assert window.hit(limit, name).remaining < 4
