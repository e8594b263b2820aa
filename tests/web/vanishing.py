"""The ways in which a member can be out of somebody's sight."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.factories import Person
from web.accounts.models import Account
from web.core.app import App
from web.graph.service import GraphService

_NOW = datetime.now(UTC)
SHUT_OUT: dict[str, dict[str, Any]] = {
    "suspended": {"suspended_until": _NOW + timedelta(days=1)},
    "banned": {"banned_at": _NOW},
    "deactivated": {"deactivated_at": _NOW},
    "leaving": {"deletion_requested_at": _NOW},
}
WAYS = (*SHUT_OUT, "blocking the reader", "blocked by the reader")


def vanish(app: App, engine: sa.Engine, person: Person, reader: Person, way: str) -> None:
    """Take ``person`` out of ``reader``'s sight in one of ``WAYS``."""
    if way in SHUT_OUT:
        set_columns(engine, person, **SHUT_OUT[way])
        return
    pair = (person.id, reader.id) if way == "blocking the reader" else (reader.id, person.id)
    with app.work() as services:
        services[GraphService].block(*pair)


def come_back(app: App, engine: sa.Engine, person: Person, reader: Person, way: str) -> None:
    """Undo :func:`vanish`."""
    if way in SHUT_OUT:
        set_columns(engine, person, **dict.fromkeys(SHUT_OUT[way]))
        return
    pair = (person.id, reader.id) if way == "blocking the reader" else (reader.id, person.id)
    with app.work() as services:
        services[GraphService].unblock(*pair)


def set_columns(engine: sa.Engine, person: Person, **values: Any) -> None:
    """Set columns of a member's account."""
    with engine.begin() as connection:
        connection.execute(sa.update(Account).where(Account.id == person.id).values(**values))
