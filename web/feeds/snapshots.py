"""Ranked feeds as they stood when somebody began to read them, so that paging neither repeats nor skips.

They are kept in Valkey, and may be lost at any time. Who may see what is never decided by them: what a page
shows is asked for anew.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple
from uuid import UUID

import orjson
import redis
import structlog

from web.core.ids import new_id
from web.core.pagination import Position
from web.core.signalling import Valkey
from web.feeds.ranking import Ranked

log = structlog.get_logger(__name__)

FRESH_SECONDS = 60  # who begins again within these gets the same feed
KEPT_SECONDS = 3600  # since it was last read
FEEDS = ("recency", "engagement", "personalized", "discover")


class Snapshot(NamedTuple):
    """A ranked feed.

    Attributes:
        goes_on: where the list by time goes on after it; None when there is nothing more.
    """

    id: UUID
    items: Sequence[Ranked]
    goes_on: Position | None


class Snapshots:
    """The ranked feeds of members, by the name of the feed."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    def latest(self, member_id: UUID, feed: str) -> Snapshot | None:
        """The member's feed, while it is fresh."""
        try:
            found = self._valkey.client.get(self._fresh(member_id, feed))
        except redis.RedisError as error:
            log.warning("feed_not_read", error=str(error))
            return None
        return self.find(member_id, UUID(bytes=found)) if isinstance(found, bytes) else None

    def find(self, member_id: UUID, snapshot_id: UUID) -> Snapshot | None:
        """A feed that the member has begun to read; None when it is lost."""
        try:
            kept = self._valkey.client.getex(self._kept(member_id, snapshot_id), ex=KEPT_SECONDS)
        except redis.RedisError as error:
            log.warning("feed_not_read", error=str(error))
            return None
        return _read(snapshot_id, kept) if isinstance(kept, bytes) else None

    def keep(
        self, member_id: UUID, feed: str, items: Sequence[Ranked], goes_on: Position | None
    ) -> Snapshot | None:
        """Keep a feed.

        Returns:
            None when it cannot be kept, so that there would be no second page of it.
        """
        snapshot = Snapshot(new_id(), items, goes_on)
        pipeline = self._valkey.client.pipeline(transaction=False)
        pipeline.set(self._kept(member_id, snapshot.id), _written(snapshot), ex=KEPT_SECONDS)
        pipeline.set(self._fresh(member_id, feed), snapshot.id.bytes, ex=FRESH_SECONDS)
        try:
            pipeline.execute()
        except redis.RedisError as error:
            log.warning("feed_not_kept", error=str(error))
            return None
        return snapshot

    def names_of(self, member_ids: Iterable[UUID]) -> list[str]:
        """What to drop from Valkey so that these members' feeds are made anew when they read again."""
        return [self._fresh(*each) for each in product(member_ids, FEEDS)]

    def _fresh(self, member_id: UUID, feed: str) -> str:
        return self._valkey.key("feed", member_id, feed)

    def _kept(self, member_id: UUID, snapshot_id: UUID) -> str:
        # The member is in the name: a cursor does not open somebody else's feed.
        return self._valkey.key("feed", member_id, snapshot_id)


def _written(snapshot: Snapshot) -> bytes:
    goes_on = tuple(snapshot.goes_on) if snapshot.goes_on else None
    return orjson.dumps({"items": [tuple(each) for each in snapshot.items], "goes_on": goes_on})


def _read(snapshot_id: UUID, kept: bytes) -> Snapshot:
    value = orjson.loads(kept)
    items = [Ranked(kind, UUID(item_id), why) for kind, item_id, why in value["items"]]
    goes_on = Position(value["goes_on"][0], UUID(value["goes_on"][1])) if value["goes_on"] else None
    return Snapshot(snapshot_id, items, goes_on)
