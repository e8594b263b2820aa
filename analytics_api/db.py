"""The database: prebuilt statements, and the pool that runs them as the reader role.

Statements are SQLAlchemy Core, compiled to text once at import; psycopg runs the text, so that a request
pays neither for building SQL nor for result rows of an ORM. The connections are in autocommit: a single
SELECT sees one snapshot, and every answer is made from a single SELECT.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, cast

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Select
from sqlalchemy.dialects import registry

from analytics_api.metrics import Metrics
from analytics_api.settings import Settings

_DIALECT = registry.load("postgresql.psycopg")()


class Statement:
    """A SELECT, compiled once.

    Args:
        name: what metrics call it.
        select: the statement; everything that varies is a ``bindparam``.
    """

    def __init__(self, name: str, select: Select[Any]) -> None:
        compiled = select.compile(dialect=_DIALECT)
        self.name = name
        self.sql = str(compiled)
        self.constants = {key: value for key, value in compiled.params.items() if value is not None}


class Database:
    """A bounded pool of connections of the reader role.

    Raises (from `read`):
        psycopg_pool.PoolTimeout: no connection became free within `pool_wait`.
        psycopg.OperationalError: the server is away, or the statement ran into its time limit.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            settings.database_url,
            min_size=1,
            max_size=settings.pool_size,
            timeout=settings.pool_wait,
            open=False,
            # A connection that died with a server restart is replaced before a request gets it.
            check=AsyncConnectionPool.check_connection,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "application_name": "plaza-analytics",
                "connect_timeout": 5,
            },
            name="reader",
        )
        metrics.pool_in_use.labels("reader").set_function(self._in_use)
        metrics.pool_waiting.labels("reader").set_function(self._waiting)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the pool open; the database need not be there yet."""
        await self._pool.open(wait=False)
        try:
            yield
        finally:
            await self._pool.close()

    async def read(self, statement: Statement, **parameters: object) -> list[dict[str, Any]]:
        """All rows of a statement."""
        async with self._pool.connection() as connection:
            started = perf_counter()
            cursor = await connection.execute(
                # Text compiled at import from a constant expression; never from a request.
                cast("Any", statement.sql),
                statement.constants | parameters,
            )
            rows = await cursor.fetchall()
        self._metrics.statement_seconds.labels(statement.name).observe(perf_counter() - started)
        return rows

    def _in_use(self) -> int:
        stats = self._pool.get_stats()
        return stats.get("pool_size", 0) - stats.get("pool_available", 0)

    def _waiting(self) -> int:
        return self._pool.get_stats().get("requests_waiting", 0)
