"""What goes away while Plaza runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.servers import TestServers


@contextmanager
def database_away(servers: TestServers, environment: dict[str, str]) -> Iterator[None]:
    """Cuts every connection of role plaza_web and takes no new ones until the block ends."""
    database = environment["PLAZA_DATABASE_URL"].rsplit("/", 1)[1]
    switch = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(servers.admin_url, autocommit=True) as admin:
        admin.execute(switch.format(sql.Identifier(database), sql.SQL("false")))
        try:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = 'plaza_web'",
                [database],
            )
            yield
        finally:
            admin.execute(switch.format(sql.Identifier(database), sql.SQL("true")))
