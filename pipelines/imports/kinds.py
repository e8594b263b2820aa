"""What a kind of history is, and the steps that most kinds consist of: insert, log, count."""

from typing import Generic, NamedTuple, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from web.accounts.models import Account
from web.core.db import Base
from web.core.events import Event
from web.core.models import EventRow

Row = TypeVar("Row", bound=NamedTuple)
Columns = dict[str, sa.ColumnElement[object]]


class Kind(Generic[Row]):
    """One kind of history.

    Attributes:
        name: what people call it.
        columns: of the stage, in the order of the row's fields.
        stage: the temporary table.
        statements: what turns the stage into rows, events and counts.
    """

    def __init__(self, name: str, row: type[Row], stage: sa.Table, *statements: sa.Executable) -> None:
        self.name = name
        self.columns: tuple[str, ...] = row._fields
        self.stage = stage
        self.statements = statements


def table_of(model: type[Base]) -> sa.Table:
    """The table of a model."""
    return cast("sa.Table", model.__table__)


accounts, events = table_of(Account), table_of(EventRow)


def as_staged(stage: sa.Table, *names: str) -> Columns:
    """Columns of the stage under their own names."""
    return {name: stage.c[name] for name in names}


def insert_new(target: sa.Table, stage: sa.Table, columns: Columns) -> sa.Delete:
    """Insert staged rows, then take out of the stage those that were there already."""
    written = (
        postgresql.insert(target)
        .from_select(list(columns), sa.select(*columns.values()))
        .on_conflict_do_nothing()
        .returning(*target.primary_key.columns)
        .cte("written")
    )
    same = [written.c[column.name] == stage.c[column.name] for column in target.primary_key.columns]
    return sa.delete(stage).where(~sa.exists().where(*same))


def log(
    event: type[Event],
    stage: sa.Table,
    data: Columns,
    *joins: tuple[sa.FromClause, sa.ColumnElement[bool]],
    where: sa.ColumnElement[bool] | None = None,
) -> sa.Insert:
    """An event per staged row, as live traffic would have emitted it; its day is the actor's own.

    Args:
        event: its name, version and actor.
        data: where each of its fields comes from.
        joins: further tables that ``data`` needs.
        where: which staged rows; all by default.
    """
    actor = data[event.actor]
    source = stage.join(accounts, accounts.c.id == actor)
    for table, condition in joins:
        source = source.outerjoin(table, condition)
    rows = sa.select(
        stage.c.event_id,
        sa.literal(event.name),
        sa.literal(event.version),
        actor,
        stage.c.created_at,
        sa.cast(sa.func.timezone(accounts.c.zone, stage.c.created_at), sa.Date),
        sa.func.jsonb_build_object(*(item for pair in data.items() for item in pair)),
    ).select_from(source)
    if where is not None:
        rows = rows.where(where)
    columns = ["id", "name", "version", "actor_id", "occurred_at", "local_day", "data"]
    return sa.insert(events).from_select(columns, rows.order_by(stage.c.position))


def add_counts(target: sa.Table, counter: str, key: sa.ColumnElement[object]) -> sa.Update:
    """Add to ``target.counter`` how many staged rows have the target's id under ``key``."""
    counts = (
        sa.select(key.label("id"), sa.func.count().label("n"))
        .where(key.is_not(None))
        .group_by(key)
        .subquery("counts")
    )
    return (
        sa.update(target).values({counter: target.c[counter] + counts.c.n}).where(target.c.id == counts.c.id)
    )
