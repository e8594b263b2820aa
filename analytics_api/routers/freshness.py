"""How old the numbers are."""

from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response

from analytics_api.auth import Access
from analytics_api.caching import Audience, render, serve_validated
from analytics_api.queries.freshness import FRESHNESS
from analytics_api.routing import CurrentDatabase, Routes
from analytics_api.schemas.freshness import Freshness, LatestRun, MartFreshness

routes = Routes("Freshness")

NEVER = datetime.min.replace(tzinfo=UTC)


@routes.get("/freshness", access=Access.PUBLIC, model=Freshness, seeds="003 5; card")
async def freshness(request: Request, database: CurrentDatabase) -> Response:
    """Which run each mart is served from and how old it is, and how the run that started last went."""
    rows = await database.read(FRESHNESS)
    return serve_validated(request, render(_present(rows)), Audience.NOBODY_UNASKED)


def _present(rows: list[dict[str, Any]]) -> Freshness:
    marts = [
        MartFreshness(
            mart=row["mart"],
            run_id=row["run_id"],
            as_of=row["as_of"],
            data_as_of=row["data_as_of"],
            published_at=row["published_at"],
            stale=row["run_id"] is None or row["stale"],
        )
        for row in rows
    ]
    weakest = min(marts, key=lambda mart: mart.data_as_of or NEVER)
    latest = {name: rows[0][f"latest_{name}"] for name in LatestRun.model_fields}
    return Freshness(
        items=marts,
        latest_run=LatestRun(**latest) if latest["run_id"] else None,
        run_id=weakest.run_id,
        data_as_of=weakest.data_as_of,
        stale=any(mart.stale for mart in marts),
    )
