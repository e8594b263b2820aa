"""Alembic's environment: role ``plaza_owner``, with timeouts so that a migration never blocks the product."""

import importlib
from typing import Any

import sqlalchemy as sa
from alembic import context

from web.core.db import Base, sqlalchemy_url
from web.core.settings import Settings

MODELS = (
    "core.models",
    "accounts.models",
    "graph.models",
    "notifications.models",
    "notifications.devices.models",
    "media.models",
    "moderation.models",
    "messaging.models",
    "rooms.models",
    "matching.models",
    "keys.models",
    "content.models",
    "content.reactions",
    "feeds.models",
    "search.models",
)
for module in MODELS:
    importlib.import_module(f"web.{module}")


def include_object(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave out what is not declared in models: partitions of ``events``."""
    return not (kind == "table" and reflected and name is not None and name.startswith("events_"))


def migrate() -> None:
    """Run the migrations in one transaction each."""
    config = context.config
    url = config.attributes.get("url") or Settings.load().owner_database_url
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("SET lock_timeout = '5s'; SET statement_timeout = '10min'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
