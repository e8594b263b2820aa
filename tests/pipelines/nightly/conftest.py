"""A night over a database of its own, and a small town whose members do things."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest
from psycopg import sql

from pipelines.nightly.extract import extract
from pipelines.nightly.plan import DayRange, NightConfig
from pipelines.nightly.runs import NightReport, RunLog, the_only_night
from tests.eventually import eventually
from tests.pipelines.nightly.town import Town
from tests.servers import TestServers

Extract = Callable[..., NightReport]
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def unmeasured_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage would trace all of dbt, in every night, and find nothing of ours there."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for dbt's files per worker, so that the project is parsed once."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture
def config(fresh_database: dict[str, str], tmp_path: Path, scratch: Path) -> NightConfig:
    """A night on a database and a state folder of this test alone."""
    return NightConfig(
        database_url=fresh_database["PLAZA_PIPELINE_DATABASE_URL"],
        lake=tmp_path / "lake",
        warehouse=tmp_path / "warehouse.duckdb",
        scratch=scratch,
    )


@pytest.fixture
def town(fresh_database: dict[str, str]) -> Iterator[Town]:
    """People in that database."""
    with psycopg.connect(fresh_database["PLAZA_DATABASE_URL"], autocommit=True) as connection:
        yield Town(connection)


@pytest.fixture
def owner(fresh_database: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """The database as its owner, who may do and see everything."""
    with psycopg.connect(fresh_database["PLAZA_OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def reader(fresh_database: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """The database as the analytics API has it."""
    with psycopg.connect(fresh_database["PLAZA_READER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def run_extract(config: NightConfig, servers: TestServers) -> Extract:
    """The first step of a night alone."""

    def run(*, as_of: date | None = None, days: DayRange | None = None) -> NightReport:
        wait_for_other_databases(servers, config)
        with the_only_night(config.database_url) as connection:
            log = RunLog(
                connection, as_of=date(2026, 1, 1), days=days, redact=config.redact, on_step=lambda _: None
            )
            extract(config, log, as_of=as_of, days=days)
            return log.report

    return run


def wait_for_other_databases(servers: TestServers, config: NightConfig) -> None:
    """Until what other tests are writing just now has ended: it holds back what a night may read."""
    writing = "SELECT backend_xid::text FROM pg_stat_activity WHERE datname <> %s AND backend_xid IS NOT NULL"
    name = urlsplit(config.database_url).path.removeprefix("/")
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:

        def open_elsewhere() -> set[str]:
            return {xid for (xid,) in connection.execute(writing, (name,))}

        before = open_elsewhere()
        eventually(lambda: not before & open_elsewhere())


@pytest.fixture
def lake_rows(config: NightConfig) -> Callable[[str], Rows]:
    """Every row of a table of the lake."""

    def rows(table: str) -> Rows:
        with duckdb.connect() as duck:
            files = f"{config.lake}/{table}/*/*.parquet"
            found = duck.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [files])
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return rows


def served(connection: psycopg.Connection[Any], mart: str) -> list[tuple[Any, ...]]:
    """What readers see of a mart, in a fixed order."""
    query = sql.SQL("SELECT mart::text FROM analytics.{} AS mart ORDER BY 1").format(sql.Identifier(mart))
    return connection.execute(query).fetchall()


def step_rows(report: NightReport) -> dict[str, int | None]:
    """Rows by step."""
    return {step.name: step.rows for step in report.steps}
