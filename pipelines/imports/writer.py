"""The writer: rows in, through COPY and a staging table, with the events and counters they imply."""

from collections.abc import Iterable
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql

from pipelines.imports.kinds import Kind, Row
from pipelines.imports.progress import Progress, counted

# One at a time, whatever its format: counters and message numbers are worked out over whole files.
_ONE_AT_A_TIME = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("plaza history")))


class HistoryWriter:
    """Writes history inside the caller's transaction.

    Args:
        connection: in a transaction of role ``plaza_web``; the caller commits.
        progress: hears of every row.
    """

    def __init__(self, connection: sa.Connection, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        connection.execute(_ONE_AT_A_TIME)

    def write(self, kind: Kind[Row], rows: Iterable[Row], total: int) -> int:
        """Write rows of one kind; what they point at has to be there, or among them.

        Args:
            kind: one of :mod:`pipelines.imports.statements`.
            rows: in any order; those that are there already are left as they are.
            total: how many rows, for the progress.
        Returns:
            How many were new.
        Raises:
            sqlalchemy.exc.IntegrityError, psycopg.Error: rows that contradict each other or the database.
        """
        kind.stage.create(self._connection)
        self._progress.start(kind.name, total)
        self._copy(kind, counted(rows, self._progress))
        # Temporary tables have no statistics of their own accord, and plans without them are poor.
        self._connection.exec_driver_sql(f"ANALYZE {kind.stage.name}")
        self._progress.start(f"{kind.name}: storing", len(kind.statements))
        for statement in kind.statements:
            self._connection.execute(statement)
            self._progress.advance(1)
        written = self._connection.scalar(sa.select(sa.func.count()).select_from(kind.stage))
        kind.stage.drop(self._connection)
        return int(written or 0)

    def _copy(self, kind: Kind[Row], rows: Iterable[Row]) -> None:
        driver = cast("psycopg.Connection[Any]", self._connection.connection.driver_connection)
        command = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(kind.stage.name), sql.SQL(", ").join(map(sql.Identifier, kind.columns))
        )
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in rows:
                copy.write_row(row)
