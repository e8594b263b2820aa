"""The database: one declarative base, two engines, and which of them a unit of work gets.

Reading work runs on AUTOCOMMIT connections whose session is read-only, so that a hot GET costs no
BEGIN/ROLLBACK round trips; writing work runs in a transaction that its owner commits (the request's
transaction manager, or :meth:`web.core.app.App.work` for jobs and commands).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
import transaction
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.visitors import replacement_traverse

from web.core.settings import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# Where a session keeps the manager that decides its fate.
MANAGER = "plaza.transaction_manager"

# A statement whose columns the reader names; rows are mapped by attribute.
AnySelect = sa.Select[*tuple[Any, ...]]


class Base(DeclarativeBase):
    """Base of every table in schema ``public``."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration style
        datetime: sa.DateTime(timezone=True),
        UUID: sa.Uuid(),
        str: sa.Text(),
    }


def sqlalchemy_url(url: str) -> str:
    """A libpq URL as SQLAlchemy wants it, with psycopg 3 named as the driver."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("a database URL starts with postgresql://")
    return f"postgresql+psycopg://{rest}"


def with_literals(statement: AnySelect) -> AnySelect:
    """A statement whose constants are part of its SQL; only what it names is left to each execution.

    PostgreSQL keeps the plan of a prepared statement only when the plan fits any values, and with the
    constants among those it could not even use a partial index, so it would plan the statement each time.
    To be called once for a statement, not in a request: it walks through all of it.
    """

    def replace(element: object, **_: Any) -> sa.ColumnElement[Any] | None:
        if not isinstance(element, sa.BindParameter) or element.required or element.value is None:
            return None
        return sa.literal_column(_literal(element.value), element.type)

    return cast("AnySelect", replacement_traverse(statement, {}, replace))


def _literal(value: object) -> str:
    match value:
        case bool() | int():
            return str(value).lower()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case list() | tuple():
            return "(" + ", ".join(map(_literal, value)) + ")"
        case _:
            raise TypeError(f"a {type(value).__name__} is no constant of a statement")


def rows_of(session: Session, statement: AnySelect, values: Mapping[str, Any]) -> Sequence[Any]:
    """All rows of a hot read that was made by :func:`with_literals` and is kept by its module.

    The driver gets the SQL as it was written once, and its rows are not looked at: columns only, no entities.
    """
    if session.autoflush:
        session.flush()
    return session.connection().exec_driver_sql(_sql_of(statement), dict(values)).all()


@cache
def _sql_of(statement: AnySelect) -> str:
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    return str(statement.compile(dialect=dialect))


class Engines:
    """The connection pools of one process.

    Attributes:
        writes: transactions, READ COMMITTED.
        reads: AUTOCOMMIT and read-only; a write through it is refused by the server.
    """

    def __init__(self, settings: Settings, *, pool_size: int | None = None) -> None:
        url = sqlalchemy_url(settings.database_url)
        size = pool_size or settings.pool_size
        self.writes = sa.create_engine(
            url,
            pool_size=size,
            max_overflow=0,
            pool_timeout=settings.pool_timeout,
            pool_pre_ping=False,
            hide_parameters=True,  # errors are logged, and what members wrote is not
            connect_args={"application_name": "plaza", "connect_timeout": 5},
        )
        self.reads = sa.create_engine(
            url,
            pool_size=size,
            max_overflow=0,
            pool_timeout=settings.pool_timeout,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            hide_parameters=True,
            connect_args={
                "application_name": "plaza-reads",
                "connect_timeout": 5,
                "options": "-c default_transaction_read_only=on",
            },
        )

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.writes.dispose()
        self.reads.dispose()


def give_back(session: Session) -> None:
    """Give the connection of a unit of work back before something slow, or before another one is taken.

    The session takes one again with its next statement, in a new transaction. To be called before anything is
    written, because that would be undone; what was read has to be read again.
    """
    manager: transaction.TransactionManager | None = session.info.get(MANAGER)
    if manager is None:
        session.close()
    elif session.in_transaction():
        manager.abort()
        manager.begin()
