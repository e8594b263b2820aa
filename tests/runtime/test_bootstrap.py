"""Bootstrap on a server of its own, because it changes passwords of roles that all databases share."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.servers import TestServers, start_test_servers
from web.runtime.bootstrap import OWNER, PIPELINE, READER, ROLE_VARIABLES, WEB, bootstrap, with_database
from web.runtime.errors import StartupError

pytestmark = pytest.mark.xdist_group("bootstrap")  # one server for all of them


@pytest.fixture(scope="module")
def own_servers() -> Iterator[TestServers]:
    with start_test_servers() as servers:
        bootstrap(servers.admin_url, "plaza", servers.role_urls("plaza"))
        yield servers


@pytest.fixture
def urls(own_servers: TestServers) -> dict[str, str]:
    return own_servers.role_urls("plaza")


def test_every_role_can_log_in_and_none_is_powerful(own_servers: TestServers, urls: dict[str, str]) -> None:
    for role, url in urls.items():
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)
    with psycopg.connect(own_servers.admin_url) as connection:
        powerful = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
            " AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)",
            [list(ROLE_VARIABLES)],
        ).fetchall()
    assert powerful == []


def test_the_reader_reads_only_and_not_for_long(urls: dict[str, str]) -> None:
    with psycopg.connect(urls[READER]) as connection:
        assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5s",)


@pytest.mark.parametrize("role", [WEB, PIPELINE, READER])
@pytest.mark.parametrize("schema", ["public", "analytics"])
def test_only_the_owner_makes_tables(urls: dict[str, str], role: str, schema: str) -> None:
    statement = sql.SQL("CREATE TABLE {}.forbidden (x int)").format(sql.Identifier(schema))
    connection = psycopg.connect(urls[role], options="-c default_transaction_read_only=off")
    with connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)
    with psycopg.connect(urls[OWNER]) as connection:
        connection.execute(statement)
        connection.rollback()


def test_other_roles_of_the_server_may_not_enter(own_servers: TestServers) -> None:
    with psycopg.connect(own_servers.admin_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    stranger = with_database(own_servers.admin_url, "plaza").replace(
        f"plaza_admin:{own_servers.password}", "stranger:stranger"
    )
    with pytest.raises(psycopg.OperationalError, match="does not have CONNECT privilege"):
        psycopg.connect(stranger)


def test_twice_is_the_same_as_once_and_repairs_what_was_loosened(
    own_servers: TestServers, urls: dict[str, str]
) -> None:
    with psycopg.connect(own_servers.admin_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE plaza_web SUPERUSER CREATEDB")
        connection.execute("ALTER ROLE plaza_analytics_reader SET statement_timeout = 0")
        bootstrap(own_servers.admin_url, "plaza", urls)
        row = connection.execute(
            "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = 'plaza_web'"
        ).fetchone()
    assert row == (False,)
    test_the_reader_reads_only_and_not_for_long(urls)


def test_a_changed_url_changes_the_password(own_servers: TestServers, urls: dict[str, str]) -> None:
    changed = urls | {WEB: urls[WEB].replace(own_servers.password, "p%40ss%2Fword")}
    bootstrap(own_servers.admin_url, "plaza", changed)
    psycopg.connect(changed[WEB]).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(urls[WEB])
    bootstrap(own_servers.admin_url, "plaza", urls)


def test_a_managed_server_without_a_superuser_is_enough(own_servers: TestServers) -> None:
    with psycopg.connect(own_servers.admin_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE manager LOGIN CREATEDB CREATEROLE PASSWORD 'manager'")
        for role in ROLE_VARIABLES:
            connection.execute(sql.SQL("GRANT {} TO manager WITH ADMIN OPTION").format(sql.Identifier(role)))
    manager = own_servers.admin_url.replace(f"plaza_admin:{own_servers.password}", "manager:manager")
    urls = own_servers.role_urls("managed")
    bootstrap(manager, "managed", urls)
    bootstrap(manager, "managed", urls)
    psycopg.connect(urls[OWNER]).close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "PLAZA_DATABASE_URL is not set"),
        ("postgresql://somebody:p@127.0.0.1/plaza", "must log in as plaza_web, not somebody"),
        ("postgresql://plaza_web@127.0.0.1/plaza", "has no password"),
    ],
)
def test_a_url_that_gives_no_password_is_named(urls: dict[str, str], url: str, message: str) -> None:
    with pytest.raises(StartupError, match=message):
        bootstrap("postgresql://nowhere.invalid/", "plaza", urls | {WEB: url})
