"""The night against plain DuckDB that reads the same Parquet and writes the same marts to PostgreSQL.

The reference runs the very SQL that dbt compiled, in one process that is already running, without tests,
contracts, records or the swap, and inserts the marts into bare tables. What the night adds to it is what a
night costs beyond its queries.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from migrations.commands import upgrade
from pipelines.nightly import run as run_night
from pipelines.nightly.contracts import read_contracts
from pipelines.nightly.plan import DBT_PROJECT, NightConfig
from pipelines.nightly.postgres import attach
from pipelines.nightly.publish import served_rows
from pipelines.nightly.runs import NightReport, Step
from tests.benchmarks.night_data import fill
from tests.benchmarks.report import Report
from tests.servers import TestServers, start_test_servers
from web.core.ids import new_id
from web.runtime.bootstrap import bootstrap

SIZES = (250_000, 1_000_000)
ROUNDS = 3


def run() -> list[Report]:
    """Measure a night at each size."""
    with start_test_servers() as servers, tempfile.TemporaryDirectory() as folder:
        return [_measure(servers, Path(folder) / str(size), size) for size in SIZES]


def _measure(servers: TestServers, var: Path, size: int) -> Report:
    database = f"night_{size}"
    urls = servers.role_urls(database)
    bootstrap(servers.admin_url, database, urls)
    upgrade(urls["plaza_owner"])
    fill(urls["plaza_owner"], events=size)
    config = NightConfig(
        urls["plaza_pipeline"], var / "lake", var / "night" / "warehouse.duckdb", var / "night" / "dbt"
    )

    first, first_seconds = _timed_night(config)
    nights = [_timed_night(config) for _ in range(ROUNDS)]
    plain = [_plain(config, urls["plaza_pipeline"], var) for _ in range(ROUNDS)]
    night = statistics.median(seconds for _, seconds in nights)
    transform = statistics.median(_seconds(report, "transform") for report, _ in nights)
    publish = statistics.median(_seconds(report, "publish") for report, _ in nights)
    plain_transform = statistics.median(built for built, _ in plain)
    plain_total = statistics.median(built + written for built, written in plain)
    with psycopg.connect(urls["plaza_owner"]) as connection:
        (events,) = connection.execute("SELECT count(*) FROM events").fetchone() or (0,)
    return Report(
        name=f"The night at {size:,} events against plain DuckDB",
        ratios={
            "transform and publish / plain DuckDB": (transform + publish) / plain_total,
            "transform and test / the same SQL in plain DuckDB": transform / plain_transform,
            "whole night, with its extract / plain DuckDB": night / plain_total,
            "first night, with the whole history / plain DuckDB": first_seconds / plain_total,
        },
        figures={
            "night seconds": night,
            "transform and test seconds": transform,
            "publish seconds": publish,
            "first night seconds": first_seconds,
            "first extract seconds": _seconds(first, "extract"),
            "plain DuckDB seconds": plain_total,
            "plain DuckDB transform seconds": plain_transform,
        },
        conditions={
            "events": events,
            "mart rows": sum(step.rows or 0 for step in _steps(first, "publish ") if "swap" not in step.name),
            "rounds": ROUNDS,
        },
        notes=[
            "dbt is loaded (about 3 s) while the extract runs; a night with nothing to extract waits for it",
            "the reference neither tests nor swaps",
        ],
    )


def _timed_night(config: NightConfig) -> tuple[NightReport, float]:
    began = time.perf_counter()
    report = run_night(config)
    return report, time.perf_counter() - began


def _steps(report: NightReport, prefix: str) -> list[Step]:
    return [step for step in report.steps if step.name.startswith(prefix)]


def _seconds(report: NightReport, prefix: str) -> float:
    return sum(step.seconds for step in _steps(report, prefix))


def _plain(config: NightConfig, database_url: str, var: Path) -> tuple[float, float]:
    """Seconds to build the marts and to write them to PostgreSQL."""
    warehouse = var / "plain" / config.warehouse.name  # its stem is the catalog that compiled SQL names
    warehouse.parent.mkdir(exist_ok=True)
    warehouse.unlink(missing_ok=True)
    models = _compiled_models(config)
    began = time.perf_counter()
    with duckdb.connect(str(warehouse)) as duck:
        duck.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        for name, (kind, sql) in models.items():
            duck.execute(f"CREATE {kind} {name} AS {sql}")
        built = time.perf_counter() - began
        began = time.perf_counter()
        attach(duck, database_url, read_only=False)
        duck.execute("CREATE TEMP TABLE keys AS SELECT member_id, member_key FROM pg.public.member_keys")
        for mart in read_contracts(DBT_PROJECT):
            rows = served_rows(mart, new_id())
            duck.execute(f"CREATE OR REPLACE TABLE pg.analytics.plain_{mart.name} AS {rows}")
        written = time.perf_counter() - began
    return built, written


def _compiled_models(config: NightConfig) -> dict[str, tuple[str, str]]:
    """Name → (TABLE or VIEW, SQL) of every model, those that others read first."""
    manifest: dict[str, Any] = json.loads((config.scratch / "target" / "manifest.json").read_text())
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    ordered: dict[str, tuple[str, str]] = {}

    def add(key: str) -> None:
        node = models[key]
        for needed in node["depends_on"]["nodes"]:
            if needed in models:
                add(needed)
        kind = "VIEW" if node["config"]["materialized"] == "view" else "TABLE"
        ordered.setdefault(node["name"], (kind, node["compiled_code"]))

    for key in models:
        add(key)
    return ordered
