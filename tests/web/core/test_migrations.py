"""Migrations go up, down and up again, match the models, and give each role no more than it needs."""

from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from migrations import commands
from tests.servers import TestServers
from web.core.app import App
from web.core.db import Base


@pytest.fixture
def database(make_database: Callable[[], str], servers: TestServers) -> dict[str, str]:
    """URLs by role of a migrated database of this test alone."""
    return servers.role_urls(make_database())


def tables(url: str) -> set[str]:
    """Everything that migrations make in both schemas."""
    statement = """
        SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('public', 'analytics')
        UNION ALL
        SELECT schemaname || '.' || viewname FROM pg_views WHERE schemaname IN ('public', 'analytics')
    """
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(statement)}


def test_up_down_up_ends_where_it_began(database: dict[str, str]) -> None:
    owner = database["plaza_owner"]
    before = tables(owner)
    commands.downgrade(owner)
    assert tables(owner) == {"public.alembic_version"}
    commands.upgrade(owner)
    assert tables(owner) == before


def test_the_models_say_what_the_migrations_made(database: dict[str, str]) -> None:
    commands.check(database["plaza_owner"])


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("plaza_web", "CREATE TABLE public.x (id int)"),
        ("plaza_web", "DROP TABLE likes"),
        ("plaza_web", "UPDATE events SET name = 'x'"),
        ("plaza_web", "DELETE FROM events"),
        ("plaza_web", "UPDATE audit_log SET action = 'x'"),
        ("plaza_web", "DELETE FROM audit_log"),
        ("plaza_web", "TRUNCATE audit_log"),
        ("plaza_web", "DELETE FROM alembic_version"),
        ("plaza_web", "DELETE FROM analytics.runs"),
        ("plaza_pipeline", "DELETE FROM likes"),
        ("plaza_pipeline", "INSERT INTO relation_counts VALUES (gen_random_uuid())"),
        ("plaza_pipeline", "SELECT * FROM emails"),
        ("plaza_pipeline", "SELECT * FROM sessions"),
        ("plaza_pipeline", "SELECT * FROM sign_ups"),
        ("plaza_pipeline", "SELECT * FROM audit_log"),
        ("plaza_pipeline", "SELECT * FROM messages"),
        ("plaza_pipeline", "SELECT password_hash FROM accounts"),
        ("plaza_pipeline", "SELECT username FROM accounts"),
        ("plaza_pipeline", "SELECT body FROM content"),
        ("plaza_analytics_reader", "SELECT * FROM accounts"),
        ("plaza_analytics_reader", "SELECT * FROM public.sessions"),
        ("plaza_analytics_reader", "DELETE FROM analytics.runs"),
        ("plaza_analytics_reader", "CREATE TABLE analytics.x (id int)"),
        ("plaza_analytics_reader", "CREATE TEMP TABLE x (id int)"),
    ],
)
def test_a_role_cannot(database: dict[str, str], role: str, statement: str) -> None:
    with (
        psycopg.connect(database[role]) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)),
    ):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("plaza_web", "SELECT count(*) FROM likes"),
        ("plaza_web", "SELECT make_event_partitions(3)"),
        (
            "plaza_web",
            (
                "INSERT INTO audit_log (id, action, subject_kind, subject_id, occurred_at) "
                "VALUES (gen_random_uuid(), 'ban', 'member', gen_random_uuid(), now())"
            ),
        ),
        ("plaza_web", "SELECT count(*) FROM analytics.runs"),
        ("plaza_pipeline", "SELECT count(*) FROM events"),
        ("plaza_pipeline", "SELECT id, kind, created_at, zone, locale FROM accounts"),
        ("plaza_analytics_reader", "SELECT count(*) FROM analytics.runs"),
        ("plaza_analytics_reader", "SELECT count(*) FROM analytics.revoked_sessions"),
    ],
)
def test_a_role_can(database: dict[str, str], role: str, statement: str) -> None:
    with psycopg.connect(database[role]) as connection:
        connection.execute(statement)


def test_constraints_have_the_names_that_the_models_give_them(
    database: dict[str, str], shared_app: App
) -> None:
    checks = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    with psycopg.connect(database["plaza_owner"]) as connection:
        found = {name for (name,) in connection.execute(checks)}
    wanted = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    assert found == wanted


def test_a_new_installation_has_no_accounts(database: dict[str, str]) -> None:
    with psycopg.connect(database["plaza_owner"]) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (0,)
