"""Sessions that were ended before their tokens expired."""

import asyncio
from time import monotonic
from uuid import UUID

from analytics_api.db import Database
from analytics_api.queries.sessions import REVOKED_SESSIONS


class Revocations:
    """The revoked sessions, looked up at most every `max_age` seconds, whatever the load.

    The view holds only sessions whose tokens could still be valid, so that all of it fits in memory. When it
    cannot be read the error goes up: nobody gets in on a list that may be out of date.

    Args:
        max_age: seconds that a revoked session may go on reading.
    """

    def __init__(self, database: Database, max_age: float) -> None:
        self._database = database
        self._max_age = max_age
        self._revoked: frozenset[UUID] = frozenset()
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def include(self, session_id: UUID) -> bool:
        """Whether the session was revoked."""
        if self._is_old():
            async with self._looking:
                if self._is_old():
                    await self._look()
        return session_id in self._revoked

    def _is_old(self) -> bool:
        return monotonic() - self._looked_at >= self._max_age

    async def _look(self) -> None:
        asked_at = monotonic()
        rows = await self._database.read(REVOKED_SESSIONS)
        self._revoked = frozenset(row["session_id"] for row in rows)
        self._looked_at = asked_at
