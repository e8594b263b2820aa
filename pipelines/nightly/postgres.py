"""DuckDB's view of PostgreSQL: one snapshot, and which moment it is.

One DuckDB transaction over an attached database is one REPEATABLE READ transaction there, for table scans and
for ``postgres_query`` alike (a test holds it to that), so that every table, the transaction ids and the clock
belong to the same moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb

from pipelines.nightly.errors import NightError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A restored dump, another database, a failover or a rebuilt table: transaction ids of before mean nothing.
_MOMENT = """
    SELECT
        now() AS snapshot_at,
        pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
        concat_ws('/', control.system_identifier, checkpoint.timeline_id, database.oid,
                  'public.events'::regclass::oid) AS origin
    FROM pg_control_system() AS control, pg_control_checkpoint() AS checkpoint, pg_database AS database
    WHERE database.datname = current_database()
"""


@dataclass(frozen=True)
class Moment:
    """The snapshot that everything is read from.

    Attributes:
        snapshot_at: the database's clock.
        xmin: the oldest transaction still open then; what older ones wrote is all visible.
        origin: which history the transaction ids belong to.
    """

    snapshot_at: datetime
    xmin: int
    origin: str


@contextmanager
def snapshot(database_url: str, *, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection inside one transaction, with the database attached as ``pg``.

    Args:
        spill: folder for what does not fit into memory.
    """
    with duckdb.connect(config={"temp_directory": str(spill)}) as duck:
        duck.execute("SET TimeZone = 'UTC'")
        duck.execute("SET preserve_insertion_order = false")
        attach(duck, database_url)
        duck.execute("BEGIN")
        yield duck
        duck.execute("ROLLBACK")


def attach(duck: duckdb.DuckDBPyConnection, database_url: str, *, read_only: bool = True) -> None:
    """Attach PostgreSQL as ``pg``. The scanner comes in a wheel; nothing is downloaded."""
    folder = Path(str(files("duckdb_extension_postgres_scanner"))) / "extensions"
    extension = folder / f"v{duckdb.__version__}" / "postgres_scanner.duckdb_extension"
    duck.execute(f"LOAD {literal(str(extension))}")
    # The night may read some columns of accounts and content, not their rows' addresses.
    duck.execute("SET pg_use_ctid_scan = false")
    duck.execute(f"ATTACH {literal(database_url)} AS pg (TYPE postgres{', READ_ONLY' if read_only else ''})")


def read_moment(duck: duckdb.DuckDBPyConnection) -> Moment:
    """Which moment the current transaction sees."""
    row = duck.execute(
        "SELECT epoch_us(snapshot_at), xmin, origin FROM postgres_query('pg', ?)", [_MOMENT]
    ).fetchone()
    if row is None:
        raise NightError("the database did not say which moment it is")
    microseconds, xmin, origin = row
    return Moment(_EPOCH + timedelta(microseconds=microseconds), int(xmin), origin)


def literal(text: str) -> str:
    """A text as an SQL literal of DuckDB."""
    return "'" + text.replace("'", "''") + "'"
