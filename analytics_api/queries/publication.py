"""Which run a mart is served from, and how a mart is read together with it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, Interval, Select, bindparam, exists, func, or_, select

from analytics_api.db import Statement
from analytics_api.marts import published, runs

# A night every 24 hours, and half a day for somebody to notice that one did not end well.
FRESH_FOR = timedelta(hours=36)


def _is_stale() -> ColumnElement[bool]:
    """A newer run finished without publishing, or the numbers are older than `FRESH_FOR`."""
    newer = runs.alias("newer")
    return or_(
        exists().where(newer.c.finished_at.is_not(None), newer.c.started_at > runs.c.started_at),
        runs.c.data_as_of.is_(None),
        runs.c.data_as_of < func.now() - bindparam("fresh_for", FRESH_FOR, type_=Interval),
    )


def publications() -> Select[Any]:
    """One row per published mart."""
    return select(
        published.c.mart,
        published.c.run_id,
        runs.c.data_as_of,
        _is_stale().label("stale"),
        runs.c.as_of,
        published.c.published_at,
    ).join(runs, runs.c.run_id == published.c.run_id)


class MartStatement(Statement):
    """A SELECT of a mart's rows with the run they belong to; made by `published_rows`."""

    def __init__(self, name: str, mart: str, select: Select[Any]) -> None:
        super().__init__(name, select)
        self.mart = mart


def published_rows(
    name: str,
    *columns: Column[Any],
    where: ColumnElement[bool],
    order_by: Sequence[ColumnElement[Any]] = (),
    limited: bool = False,
) -> MartStatement:
    """A mart's rows and the run they belong to, in one statement and so of one snapshot.

    The publication is joined to the rows from the left: no row at all means that the mart was never
    published; a row whose columns of the mart are null means that the published mart has no such rows.

    Args:
        name: what metrics call the statement.
        columns: what to read of one mart; the first is never null there.
        where: which rows.
        limited: whether the statement takes a parameter ``limit``.
    """
    (mart,) = {column.table for column in columns}
    publication = publications().where(published.c.mart == mart.name).cte("publication")
    rows = (
        select(publication.c.run_id, publication.c.data_as_of, publication.c.stale, *columns)
        .select_from(publication.outerjoin(mart, where))
        .order_by(*order_by)
    )
    if limited:
        rows = rows.limit(bindparam("limit", type_=Integer))
    return MartStatement(name, mart.name, rows)


PUBLICATIONS = Statement("publications", publications())
