"""Fixtures for every test: real servers, a database per worker, an app, and people in it.

The controlling process starts PostgreSQL and Valkey once; each worker clones a migrated template database
and has its own prefix in Valkey (pub/sub ignores database numbers). Tests commit, as the product does, so
tables are emptied between tests rather than rolled back.
"""

import json
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects import postgresql

from migrations.commands import upgrade
from tests.servers import TestServers, start_test_servers
from web.core import logging
from web.core.app import App
from web.core.clock import Clock, FixedClock
from web.core.db import Base
from web.core.settings import Limits, Settings
from web.core.tokens import KeyRing
from web.features import build_app
from web.runtime.bootstrap import bootstrap

TEMPLATE = "plaza_template"
_SERVERS = "PLAZA_TEST_SERVERS"
_NO_LIMIT = "100000/second"
UNLIMITED = Limits(
    auth=_NO_LIMIT,
    reads=_NO_LIMIT,
    writes=_NO_LIMIT,
    login=_NO_LIMIT,
    reset=_NO_LIMIT,
    otp=_NO_LIMIT,
    uploads=_NO_LIMIT,
    ai=_NO_LIMIT,
    requests=_NO_LIMIT,
    longest_pause=0,
)


def pytest_configure(config: pytest.Config) -> None:
    """In the controller (or a lone process): start the servers and make the template."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    context = start_test_servers()
    servers = context.__enter__()
    config.add_cleanup(lambda: context.__exit__(None, None, None))
    urls = servers.role_urls(TEMPLATE)
    bootstrap(servers.admin_url, TEMPLATE, urls)
    upgrade(urls["plaza_owner"])
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        connection.execute("GRANT SET ON PARAMETER session_replication_role TO plaza_owner")  # empty_tables
    os.environ[_SERVERS] = json.dumps(vars(servers))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what failed without the group that pytest-xdist puts behind a name.

    ``--last-failed`` would know none of them by it, and run everything.
    """
    cache = session.config.cache
    if cache is not None and not os.environ.get("PYTEST_XDIST_WORKER"):
        failed: dict[str, bool] = cache.get("cache/lastfailed", {})
        cache.set("cache/lastfailed", {re.sub(r"@\w+$", "", name): True for name in failed})


@pytest.fixture(scope="session")
def servers() -> TestServers:
    """The servers of this run."""
    return TestServers(**json.loads(os.environ[_SERVERS]))


@pytest.fixture(scope="session")
def make_database(servers: TestServers) -> Iterator[Callable[[], str]]:
    """Makes migrated databases, cloned from the template, and drops them at the end."""
    made: list[str] = []

    def make() -> str:
        name = f"plaza_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(servers.admin_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER plaza_owner").format(
                    sql.Identifier(name), sql.Identifier(TEMPLATE)
                )
            )
        bootstrap(servers.admin_url, name, servers.role_urls(name))
        made.append(name)
        return name

    yield make
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def environment(
    servers: TestServers, make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The ``PLAZA_*`` variables of this worker: its own database, prefix and state folder."""
    var = tmp_path_factory.mktemp("var")
    keys = var / "signing_keys.json"
    KeyRing.create(keys)
    return servers.environment(make_database()) | {
        "PLAZA_ENV": "test",
        "PLAZA_VAR": str(var),
        "PLAZA_SECRET": "test-secret-" + "x" * 32,
        "PLAZA_SIGNING_KEYS": str(keys),
        "PLAZA_VALKEY_PREFIX": f"{uuid.uuid4().hex[:8]}:",
        "PLAZA_PUBLIC_URL": "http://localhost",
        "PLAZA_JOB_LEASE": "1",
        "PLAZA_POOL_SIZE": "8",
    }


@pytest.fixture(scope="session")
def settings(environment: dict[str, str]) -> Settings:
    """Settings of this worker, without limits and with much patience: timing is tested where it is meant."""
    patience = {"signalling_timeout": 5.0, "notes_seconds": 3600.0}
    return replace(Settings.load(environment), limits=UNLIMITED, **patience)


@pytest.fixture(scope="session")
def shared_app(settings: Settings) -> Iterator[App]:
    """One app per worker; use ``app``, which starts each test with empty tables."""
    logging.configure(settings)  # as the product logs; the default shows local variables, slowly
    app = build_app(settings)
    yield app
    app.close()


@pytest.fixture
def app(shared_app: App, settings: Settings, owner_engine: sa.Engine) -> App:
    """The application over empty tables and an empty Valkey prefix."""
    empty_tables(owner_engine)
    empty_valkey(shared_app)
    for file in Path(settings.var, "outbox").glob("*.*"):
        file.unlink()
    return shared_app


@pytest.fixture
def clock(app: App) -> Iterator[FixedClock]:
    """The app's clock, standing still."""
    before, fixed = app.clock, FixedClock(app.clock.now())
    app.clock = fixed
    app.add_value(Clock, fixed)
    yield fixed
    app.clock = before
    app.add_value(Clock, before)


@pytest.fixture(scope="session")
def owner_engine(environment: dict[str, str]) -> Iterator[sa.Engine]:
    """A connection as ``plaza_owner``, for emptying tables and for looking at everything."""
    url = environment["PLAZA_OWNER_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    # One connection: a new one would learn all tables and plan everything anew. Some tests end them all.
    engine = sa.create_engine(url, pool_size=1, pool_pre_ping=True)
    yield engine
    engine.dispose()


def empty_valkey(app: App) -> None:
    """Delete all keys of this worker; the server is that of the others, too."""
    client = app.valkey.client
    for key in client.scan_iter(match=f"{app.settings.valkey_prefix}*"):
        client.delete(key)


def empty_tables(engine: sa.Engine) -> None:
    """Empty every table of schema ``public`` that has rows: TRUNCATE would cost all of them, at each test.

    Without the triggers of foreign keys, which would ask at each row whether others refer to it.
    """
    filled_ones, delete_from = _emptying()
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        filled = set(connection.exec_driver_sql(filled_ones).scalars())
        for name, statement in delete_from.items():
            if name in filled:
                connection.exec_driver_sql(statement)


@cache
def _emptying() -> tuple[str, dict[str, str]]:
    """The SQL that asks which tables have rows, and what empties each, those that refer to others first."""
    tables = list(reversed(Base.metadata.sorted_tables))
    is_filled = (
        sa.select(sa.literal(str(table.name))).where(sa.exists(sa.select(sa.literal(1)).select_from(table)))
        for table in tables
    )

    def written(statement: sa.ClauseElement) -> str:
        return str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))

    return written(sa.union_all(*is_filled)), {table.name: written(sa.delete(table)) for table in tables}


@pytest.fixture
def fresh_database(make_database: Callable[[], str], servers: TestServers) -> dict[str, Any]:
    """A migrated database of this test alone, as ``PLAZA_*`` variables."""
    return servers.environment(make_database())
