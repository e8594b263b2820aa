"""Publish: the new marts take the place of the old ones while readers read.

A mart is served by a view over a table that is LIST-partitioned by run: one partition, a *batch*, per night.
The night fills a table of its own, attaches it, and last moves the pointer in ``analytics.published``, for
all marts in one transaction. A reader sees the old batch or the new one, whole, whatever its isolation level.
Old batches stay until no reader can still be at them.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from pipelines.nightly.contracts import Mart
from pipelines.nightly.errors import NightError
from pipelines.nightly.plan import NightConfig
from pipelines.nightly.postgres import attach
from pipelines.nightly.runs import RunLog, transaction
from pipelines.nightly.tables import PUBLISHED, RUNS

READERS = ("plaza_web", "plaza_analytics_reader")
KEPT = timedelta(hours=1)  # longer than the longest statement or transaction of a reader
_LOCK_TIMEOUT = "500ms"  # readers queue behind a waiting ALTER or DROP, so it must not wait long
_LOCK_TRIES = 20
_INGEST_ROWS = 100_000

_BATCHES = sa.text("""
    SELECT relname AS batch, substring(relname FROM '_batch_([0-9a-f]{32})$')::uuid AS run_id
    FROM pg_class
    WHERE relnamespace = 'analytics'::regnamespace AND relkind = 'r' AND relname ~ '_batch_[0-9a-f]{32}$'
""")

_VIEW_COLUMNS = sa.text("""
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type
    FROM pg_attribute
    WHERE attrelid = to_regclass(:relation) AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
""")


def publish(config: NightConfig, log: RunLog, marts: list[Mart]) -> None:
    """Serve the marts of the warehouse as those of this run.

    Raises:
        NightError: a contract changed in a way that needs a migration.
    """
    batches = {mart.name: f"{mart.name}_batch_{log.run_id.hex}" for mart in marts}
    with (
        duckdb.connect(str(config.warehouse), read_only=True) as warehouse,
        adbc.connect(config.database_url, autocommit=True) as sink,
    ):
        warehouse.execute("SET TimeZone = 'UTC'")
        warehouse.execute("SET arrow_lossless_conversion = true")  # UUIDs as 16 bytes, not as text
        attach(warehouse, config.database_url)
        warehouse.execute("CREATE TEMP TABLE keys AS SELECT member_id, member_key FROM pg.public.member_keys")
        for mart in marts:
            with log.step(f"publish {mart.name}") as step:
                _ensure_mart(log.connection, mart)
                _create_batch(log.connection, mart, batches[mart.name], log.run_id)
                rows = warehouse.execute(served_rows(mart, log.run_id)).to_arrow_reader(_INGEST_ROWS)
                with sink.cursor() as cursor:
                    step.rows = cursor.adbc_ingest(
                        batches[mart.name], rows, mode="append", db_schema_name="analytics"
                    )
                _index_batch(log.connection, mart, batches[mart.name])
    with log.step("publish swap") as step:
        for mart in marts:
            _attach_batch(log.connection, mart, batches[mart.name], log.run_id)
        log.published([mart.name for mart in marts])
        step.rows = sum(done.rows or 0 for done in log.report.steps if done.name.startswith("publish "))
    with log.step("drop old batches") as step:
        step.rows = _drop_old_batches(log.connection)


def served_rows(mart: Mart, run_id: UUID) -> str:
    """DuckDB SQL for a mart as it is served: ids of members in place of pseudonyms, for those who exist."""
    columns, joins = [f"CAST('{run_id}' AS UUID) AS run_id"], []
    for column in mart.columns:
        if column.is_pseudonym:
            alias = f"{column.source}_of"
            joins.append(f"JOIN keys AS {alias} ON {alias}.member_key = CAST(mart.{column.source} AS UUID)")
            columns.append(f"{alias}.member_id AS {column.name}")
        elif column.postgres_type == "uuid":
            columns.append(f"CAST(mart.{column.source} AS UUID) AS {column.name}")
        elif column.postgres_type == "timestamp with time zone":
            columns.append(f"timezone('UTC', mart.{column.source}) AS {column.name}")
        else:
            columns.append(f'mart."{column.source}" AS "{column.name}"')
    return f"SELECT {', '.join(columns)} FROM {mart.name} AS mart {' '.join(joins)}"


def _ensure_mart(connection: sa.Connection, mart: Mart) -> None:
    """Make the table and the view of a mart, or add the columns that its contract has gained."""
    rows = connection.execute(_VIEW_COLUMNS, {"relation": f"analytics.{mart.name}"})
    found = {row.name: row.type for row in rows}
    wanted = {column.name: column.postgres_type for column in mart.columns}
    if list(found.items()) == list(wanted.items()):
        return
    if list(found.items()) != list(wanted.items())[: len(found)]:
        raise NightError(
            f"mart {mart.name} is served with {found}, its contract says {wanted}; "
            "columns can only be added at the end, anything else needs a migration"
        )
    parent = f"analytics.{mart.name}_batches"
    added = list(wanted)[len(found) :]
    view = f"""
        CREATE OR REPLACE VIEW analytics.{mart.name} AS SELECT {_names(wanted)} FROM {parent}
        WHERE run_id = (SELECT run_id FROM analytics.published WHERE mart = '{mart.name}')
    """
    _with_lock_retries(
        connection,
        [
            f"CREATE TABLE IF NOT EXISTS {parent} (run_id uuid NOT NULL) PARTITION BY LIST (run_id)",
            *(f'ALTER TABLE {parent} ADD COLUMN "{name}" {wanted[name]}' for name in added),
            view,
            f"GRANT SELECT ON analytics.{mart.name} TO {', '.join(READERS)}",
        ],
    )


def _create_batch(connection: sa.Connection, mart: Mart, batch: str, run_id: UUID) -> None:
    """A table like the partitions, with the constraint that lets the server attach it without a scan."""
    connection.exec_driver_sql(
        f"CREATE TABLE analytics.{batch} (LIKE analytics.{mart.name}_batches INCLUDING DEFAULTS, "
        f"CHECK (run_id = '{run_id}'))"
    )


def _index_batch(connection: sa.Connection, mart: Mart, batch: str) -> None:
    """Index a filled batch; the unique index also proves the grain once more, after the ids changed."""
    connection.exec_driver_sql(f"CREATE UNIQUE INDEX ON analytics.{batch} ({_names(mart.grain)})")
    for columns in mart.served_by:
        connection.exec_driver_sql(f"CREATE INDEX ON analytics.{batch} ({_names(columns)})")
    connection.exec_driver_sql(f"ANALYZE analytics.{batch}")


def _attach_batch(connection: sa.Connection, mart: Mart, batch: str, run_id: UUID) -> None:
    attach_it = f"ATTACH PARTITION analytics.{batch} FOR VALUES IN ('{run_id}')"
    _with_lock_retries(connection, [f"ALTER TABLE analytics.{mart.name}_batches {attach_it}"])


def _drop_old_batches(connection: sa.Connection) -> int:
    """Drop batches that no reader can still be at; one that is locked waits for the next night."""
    follower = RUNS.alias()
    retired_at = (
        sa.select(sa.func.min(follower.c.finished_at))
        .where(follower.c.status == "published", follower.c.finished_at > RUNS.c.finished_at)
        .scalar_subquery()
    )
    droppable = sa.select(RUNS.c.run_id).where(
        RUNS.c.status != "running",
        RUNS.c.run_id.not_in(sa.select(PUBLISHED.c.run_id)),
        sa.or_(RUNS.c.status == "failed", retired_at < sa.func.now() - KEPT),
    )
    old_runs: set[UUID] = set(connection.scalars(droppable))
    batches = [row.batch for row in connection.execute(_BATCHES) if row.run_id in old_runs]
    return sum(
        _with_lock_retries(connection, [f"DROP TABLE analytics.{batch}"], tries=1, must=False)
        for batch in batches
    )


def _with_lock_retries(
    connection: sa.Connection, statements: list[str], *, tries: int = _LOCK_TRIES, must: bool = True
) -> bool:
    """Run statements in one transaction that gives up soon when it has to wait for a lock, and tries again.

    Returns:
        whether they ran; False only when they need not (``must``).
    """
    for attempt in range(1, tries + 1):
        try:
            with transaction(connection):
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
                for statement in statements:
                    connection.exec_driver_sql(statement)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
                raise
            if attempt == tries and must:
                raise NightError(f"a lock was not free after {tries} tries: {statements[-1]}") from error
        else:
            return True
    return False


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
