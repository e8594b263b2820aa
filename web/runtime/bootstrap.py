"""What exists once per database server and only a superuser may make: roles, the database, the schema.

Migrations cannot do this (roles belong to the whole server) and only GRANT on what they create.
"""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from web.runtime.errors import StartupError

OWNER = "plaza_owner"
WEB = "plaza_web"
PIPELINE = "plaza_pipeline"
READER = "plaza_analytics_reader"

# Which variable carries the URL, and with it the password, of which role.
ROLE_VARIABLES = {
    OWNER: "PLAZA_OWNER_DATABASE_URL",
    WEB: "PLAZA_DATABASE_URL",
    PIPELINE: "PLAZA_PIPELINE_DATABASE_URL",
    READER: "PLAZA_READER_DATABASE_URL",
}
ROLE_SETTINGS = {READER: {"default_transaction_read_only": "on", "statement_timeout": "5s"}}

# Attributes that no role of Plaza has; each reads from pg_roles and is undone by its NO form.
FORBIDDEN_ATTRIBUTES = {
    "rolsuper": "NOSUPERUSER",
    "rolcreatedb": "NOCREATEDB",
    "rolcreaterole": "NOCREATEROLE",
    "rolreplication": "NOREPLICATION",
    "rolbypassrls": "NOBYPASSRLS",
}


def bootstrap(admin_url: str, database: str, urls: Mapping[str, str]) -> None:
    """Create the four roles, the database and the schema `analytics`; run again, it changes nothing.

    Args:
        admin_url: libpq URL of a superuser (or of a role with CREATEDB and CREATEROLE).
        database: name of the database to make, owned by `plaza_owner`.
        urls: role name → the URL that the programs will use; its password becomes the role's.

    Raises:
        StartupError: a URL is missing, names another role or has no password.
        psycopg.Error: the server refused.
    """
    passwords = {role: _password(role, urls.get(role)) for role in ROLE_VARIABLES}
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Two at the same time would trip over each other's rows of the catalogue.
        connection.execute("SELECT pg_advisory_lock(hashtext('plaza bootstrap'))")
        for role, password in passwords.items():
            _ensure_role(connection, role, password)
        # Migrations, run by the owner, make the tables of the night in its name.
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(PIPELINE), sql.Identifier(OWNER)))
        _ensure_database(connection, database)
        with psycopg.connect(with_database(admin_url, database), autocommit=True) as inside:
            _ensure_schemas(inside, database)


def with_database(url: str, database: str) -> str:
    """The same URL for another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _password(role: str, url: str | None) -> str:
    if not url:
        raise StartupError(f"{ROLE_VARIABLES[role]} is not set; it gives role {role} its password")
    parts = urlsplit(url)
    if parts.username != role:
        raise StartupError(f"{ROLE_VARIABLES[role]} must log in as {role}, not {parts.username}")
    if not parts.password:
        raise StartupError(f"{ROLE_VARIABLES[role]} has no password")
    return unquote(parts.password)


def _ensure_role(connection: "psycopg.Connection[tuple[object, ...]]", role: str, password: str) -> None:
    name = sql.Identifier(role)
    columns = sql.SQL(", ").join(map(sql.Identifier, FORBIDDEN_ATTRIBUTES))
    found = connection.execute(
        sql.SQL("SELECT {} FROM pg_roles WHERE rolname = %s").format(columns), [role]
    ).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    else:
        for held, undo in zip(found, FORBIDDEN_ATTRIBUTES.values(), strict=True):
            if held:
                connection.execute(sql.SQL("ALTER ROLE {} {}").format(name, sql.SQL(undo)))
    # Hashed on this side, so that the password never stands in a server log.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(verifier)))
    for setting, value in ROLE_SETTINGS.get(role, {}).items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value))
        )


def _ensure_database(connection: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    # Only members of a role may give it a database; a superuser is one already.
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if superuser != (True,):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
            sql.Identifier(database), sql.Identifier(OWNER)
        )
    )


def _ensure_schemas(connection: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
    name, owner = sql.Identifier(database), sql.Identifier(OWNER)
    others = sql.SQL(", ").join(map(sql.Identifier, (WEB, PIPELINE, READER)))
    for statement in (
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, others),
        # Imports stage their rows in temporary tables.
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(name, sql.Identifier(WEB)),
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
        sql.SQL("CREATE SCHEMA IF NOT EXISTS analytics AUTHORIZATION {}").format(owner),
        sql.SQL("REVOKE ALL ON SCHEMA analytics FROM PUBLIC"),
    ):
        connection.execute(statement)
