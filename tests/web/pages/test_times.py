"""Times in the reader's words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel.dates import get_timezone

from web.pages.times import Times

NOW = datetime(2026, 1, 1, 14, 30, tzinfo=UTC)


def times(locale: str = "en", zone: str = "Asia/Seoul") -> Times:
    return Times(NOW, get_timezone(zone), locale)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-3), "just now"),  # clocks differ a little
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=7), "Dec 25, 2025"),
    ],
)
def test_near_times_are_relative_and_far_ones_dates(age: timedelta, text: str) -> None:
    assert times().short(NOW - age) == text


def test_the_year_is_that_of_the_readers_calendar() -> None:
    late = Times(datetime(2026, 1, 20, tzinfo=UTC), get_timezone("Asia/Seoul"), "en")
    new_year_in_seoul = datetime(2025, 12, 31, 15, 30, tzinfo=UTC)
    assert late.short(new_year_in_seoul) == "Jan 1"
    assert late.short(new_year_in_seoul - timedelta(hours=1)) == "Dec 31, 2025"


@pytest.mark.parametrize(
    ("locale", "text"),
    [("ko", "2시간 전"), ("en", "2 hours ago"), ("ja", "2 時間前"), ("es", "hace 2 horas")],
)
def test_they_speak_the_readers_language(locale: str, text: str) -> None:
    assert times(locale).short(NOW - timedelta(hours=2)) == text


def test_the_full_time_names_the_zone() -> None:
    assert times().full(NOW) == "January 1, 2026, 11:30:00\u202fPM +0900"
    assert times(zone="UTC").full(NOW) == "January 1, 2026, 2:30:00\u202fPM UTC"


def test_a_month() -> None:
    assert times("es").month(NOW) == "enero de 2026"


def test_a_moment_has_the_readers_day_and_time() -> None:
    before_midnight_in_london = datetime(2026, 1, 1, 23, 5, tzinfo=UTC)
    assert times().day_of(before_midnight_in_london) == date(2026, 1, 2)
    assert times("ko").clock(before_midnight_in_london) == "오전 8:05"
    assert times("es", "Europe/Madrid").clock(before_midnight_in_london) == "0:05"
