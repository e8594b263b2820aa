"""Which moment a night counts up to, and what its records must not say."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.nightly.errors import NightError
from pipelines.nightly.plan import DayRange, NightConfig, cut_of, last_day_before
from tests.pipelines.nightly.town import at
from web.core.settings import Settings

NOW = at("2026-03-10 14:30")


def test_without_a_day_everything_up_to_the_snapshot_counts() -> None:
    assert cut_of(NOW, None) == NOW


def test_a_past_day_counts_whole() -> None:
    assert cut_of(NOW, date(2026, 3, 8)) == at("2026-03-09")


def test_today_counts_up_to_the_snapshot() -> None:
    assert cut_of(NOW, date(2026, 3, 10)) == NOW


def test_days_are_half_open() -> None:
    assert last_day_before(at("2026-03-09")) == date(2026, 3, 8)
    assert last_day_before(at("2026-03-09") + timedelta(microseconds=1)) == date(2026, 3, 9)


def test_the_last_day_is_a_utc_day() -> None:
    seoul = datetime.fromisoformat("2026-03-10T08:00+09:00")
    assert last_day_before(seoul) == date(2026, 3, 9)
    assert cut_of(seoul.astimezone(UTC), None) == seoul


def test_an_empty_range_of_days_is_refused() -> None:
    with pytest.raises(NightError, match="no day lies in"):
        DayRange(date(2026, 3, 2), date(2026, 3, 2))


def test_records_carry_no_password() -> None:
    url = "postgresql://plaza_pipeline:s%40cret@db:5432/plaza"
    config = NightConfig(url, *[Path("x")] * 3)
    assert config.redact(f"no answer from {url} (password=s@cret)") == "no answer from *** (password=***)"


def test_without_its_url_the_night_says_which_variable_is_missing(settings: Settings) -> None:
    with pytest.raises(NightError, match="PLAZA_PIPELINE_DATABASE_URL is not set"):
        NightConfig.load(dataclasses.replace(settings, pipeline_database_url=""), {})


def test_the_paths_come_from_the_environment_or_the_state_folder(settings: Settings) -> None:
    at_home = NightConfig.load(settings, {})
    assert at_home.lake == settings.var / "lake"
    elsewhere = NightConfig.load(settings, {"PLAZA_LAKE": "/data/lake", "PLAZA_WAREHOUSE": "/data/w.duckdb"})
    assert (elsewhere.lake, elsewhere.warehouse) == (Path("/data/lake"), Path("/data/w.duckdb"))
