"""The database: one declarative base, two engines, and which of them a unit of work gets.

Reading work runs on AUTOCOMMIT connections whose session is read-only, so that a hot GET costs no
BEGIN/ROLLBACK round trips; writing work runs in a transaction that its owner commits (the request's
transaction manager, or :meth:`web.core.app.App.work` for jobs and commands).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import transaction
from sqlalchemy.orm import DeclarativeBase, Session

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
            connect_args={"application_name": "plaza", "connect_timeout": 5},
        )
        self.reads = sa.create_engine(
            url,
            pool_size=size,
            max_overflow=0,
            pool_timeout=settings.pool_timeout,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
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
