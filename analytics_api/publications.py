"""Which run each mart is served from right now; it decides whether a kept answer still counts."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Self
from uuid import UUID

from analytics_api.db import Database
from analytics_api.queries.publication import PUBLICATIONS


@dataclass(frozen=True)
class Publication:
    """What a mart shows, and how much that is worth.

    Attributes:
        run_id: the run that made it; None before the first.
        data_as_of: up to when it knows everything.
        stale: see `analytics_api.queries.publication`.
    """

    run_id: UUID | None = None
    data_as_of: datetime | None = None
    stale: bool = True


NOT_PUBLISHED = Publication()


@dataclass(frozen=True)
class Reading:
    """Rows of a mart with the publication that they belong to, both of one snapshot."""

    publication: Publication
    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> Self:
        """Take apart what a `published_rows` statement gave."""
        if not rows:
            return cls(NOT_PUBLISHED, [])
        publication = Publication(rows[0]["run_id"], rows[0]["data_as_of"], rows[0]["stale"])
        for row in rows:
            del row["run_id"], row["data_as_of"], row["stale"]
        has_rows = next(iter(rows[0].values())) is not None
        return cls(publication, rows if has_rows else [])

    @property
    def stamp(self) -> dict[str, Any]:
        """The fields that say so in an answer."""
        return vars(self.publication)


NOTHING_READ = Reading(NOT_PUBLISHED, [])


class Publications:
    """Looks at the published runs at most every `max_age` seconds, whatever the load.

    Args:
        max_age: seconds.
    """

    def __init__(self, database: Database, max_age: float) -> None:
        self._database = database
        self._max_age = max_age
        self._seen: dict[str, Publication] = {}
        self._seen_at = float("-inf")
        self._looking = asyncio.Lock()

    async def of(self, mart: str) -> Publication:
        """The publication of a mart, `NOT_PUBLISHED` before its first run."""
        if self._is_old():
            async with self._looking:
                if self._is_old():
                    await self._look()
        return self._seen.get(mart, NOT_PUBLISHED)

    def _is_old(self) -> bool:
        return monotonic() - self._seen_at >= self._max_age

    async def _look(self) -> None:
        asked_at = monotonic()
        rows = await self._database.read(PUBLICATIONS)
        self._seen = {
            row["mart"]: Publication(row["run_id"], row["data_as_of"], row["stale"]) for row in rows
        }
        self._seen_at = asked_at
