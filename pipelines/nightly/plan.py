"""What a night is asked to do: where things are, up to when, and which days again."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from pipelines.nightly.errors import NightError
from web.core.settings import Settings

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


@dataclass(frozen=True)
class NightConfig:
    """Where a night reads and writes.

    Attributes:
        database_url: libpq URL of role ``plaza_pipeline``.
        lake: folder of the Parquet tables.
        warehouse: the DuckDB file that dbt builds anew each night.
        scratch: folder for dbt's own files (target, logs).
        dbt_project: the dbt project to run.
    """

    database_url: str
    lake: Path
    warehouse: Path
    scratch: Path
    dbt_project: Path = DBT_PROJECT

    @classmethod
    def load(cls, settings: Settings, environ: Mapping[str, str] = os.environ) -> Self:
        """The configuration of an installation.

        Raises:
            NightError: no URL for role ``plaza_pipeline`` is set.
        """
        if not settings.pipeline_database_url:
            raise NightError("PLAZA_PIPELINE_DATABASE_URL is not set; the night logs in with it")
        return cls(
            database_url=settings.pipeline_database_url,
            lake=Path(environ.get("PLAZA_LAKE") or settings.var / "lake").absolute(),
            warehouse=Path(environ.get("PLAZA_WAREHOUSE") or settings.var / "warehouse.duckdb").absolute(),
            scratch=(settings.var / "dbt").absolute(),
        )

    def redact(self, text: str) -> str:
        """``text`` without the database URL and its password, for records that others read."""
        password = urlsplit(self.database_url).password
        for secret in filter(None, (self.database_url, password, unquote(password or ""))):
            text = text.replace(secret, "***")
        return text


@dataclass(frozen=True)
class DayRange:
    """Half-open range of UTC days, ``[first, end)``.

    Raises:
        NightError: the range is empty.
    """

    first: date
    end: date

    def __post_init__(self) -> None:
        if self.first >= self.end:
            raise NightError(f"no day lies in {self.first} up to, not including, {self.end}")


def midnight(day: date) -> datetime:
    """The first moment of a UTC day."""
    return datetime.combine(day, time(), UTC)


def cut_of(snapshot_at: datetime, as_of: date | None) -> datetime:
    """The moment before which the night counts: the snapshot, or the end of ``as_of`` if that was earlier."""
    if as_of is None:
        return snapshot_at
    return min(snapshot_at, midnight(as_of + timedelta(days=1)))


def last_day_before(cut: datetime) -> date:
    """The UTC day of the last moment that counts."""
    return (cut.astimezone(UTC) - timedelta(microseconds=1)).date()
