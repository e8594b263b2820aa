"""How every mart stands, in one statement: one row per mart, with the run that started last beside it."""

from typing import Any

from sqlalchemy import Select, Text, column, select, true, values

from analytics_api.db import Statement
from analytics_api.marts import MARTS, runs
from analytics_api.queries.publication import publications


def _freshness() -> Select[Any]:
    marts = values(column("mart", Text), name="marts").data([(mart.name,) for mart in MARTS])
    publication = publications().subquery("publication")
    latest = (
        select(runs.c.run_id, runs.c.as_of, runs.c.status, runs.c.started_at, runs.c.finished_at)
        .order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
        .limit(1)
        .subquery("latest")
    )
    return (
        select(
            marts.c.mart,
            publication.c.run_id,
            publication.c.as_of,
            publication.c.data_as_of,
            publication.c.published_at,
            publication.c.stale,
            *(field.label(f"latest_{field.name}") for field in latest.c),
        )
        .select_from(
            marts.outerjoin(publication, publication.c.mart == marts.c.mart).outerjoin(latest, true())
        )
        .order_by(marts.c.mart)
    )


FRESHNESS = Statement("freshness", _freshness())
