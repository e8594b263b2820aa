"""When quiet hours end, in all zones and on the days when clocks are put forward or back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from web.notifications.quiet_hours import quiet_until

NIGHT = (time(22), time(7))


def at(text: str, zone: str = "UTC") -> datetime:
    """A moment by the clock of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-10 21:59", None),
        ("2026-03-10 22:00", "2026-03-11 07:00"),
        ("2026-03-11 00:00", "2026-03-11 07:00"),
        ("2026-03-11 06:59", "2026-03-11 07:00"),
        ("2026-03-11 07:00", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York", "Asia/Kathmandu"])
def test_a_night_goes_past_midnight_by_the_members_clock(now: str, end: str | None, zone: str) -> None:
    assert quiet_until(at(now, zone), zone, *NIGHT) == (at(end, zone) if end else None)


def test_an_afternoon_is_within_a_day() -> None:
    nap = (time(13), time(14, 30))
    assert quiet_until(at("2026-03-10 13:10"), "UTC", *nap) == at("2026-03-10 14:30")
    assert quiet_until(at("2026-03-10 12:59"), "UTC", *nap) is None


def test_nights_in_which_clocks_change_end_by_the_clock() -> None:
    zone = "Europe/Madrid"
    spring, autumn = at("2026-03-28 23:00", zone), at("2026-10-24 23:00", zone)
    for now, hours in ((spring, 7), (autumn, 9)):
        until = quiet_until(now, zone, *NIGHT)
        assert until is not None
        assert until - now == timedelta(hours=hours)
        assert until.astimezone(ZoneInfo(zone)).time() == time(7)


def test_without_quiet_hours_nothing_is_quiet() -> None:
    assert quiet_until(at("2026-03-10 03:00"), "UTC", None, None) is None


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Europe/Madrid"]),
    start=st.times(),
    end=st.times(),
)
def test_they_end_within_a_day_or_so_and_are_over_then(
    now: datetime, zone: str, start: time, end: time
) -> None:
    free = timedelta(hours=start.hour - end.hour, minutes=start.minute - end.minute) % timedelta(days=1)
    assume(free > timedelta(hours=2))  # or the change of clocks may swallow all of it
    until = quiet_until(now, zone, start, end)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_until(until, zone, start, end) is None
