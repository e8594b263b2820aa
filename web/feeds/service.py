"""What a member reads: lists by time, and ranked feeds that stay as they are while they are read."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.pagination import Page, PageQuery, Position
from web.feeds import candidates
from web.feeds.impressions import ImpressionLog
from web.feeds.ranking import Strategy, rank
from web.feeds.schemas import FeedItem, FeedQuery
from web.feeds.snapshots import Snapshot, Snapshots
from web.feeds.sources import LIST_OF, FeedSources, Reach, Scope

# A cursor holds a place in a snapshot or a moment, in microseconds since 1970: no feed is so long.
LONGEST = 1_000_000


class FeedService:
    """Feeds of one reader at a time. Reads only; notes what it shows."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        sources: FeedSources,
        snapshots: Snapshots,
        impressions: ImpressionLog,
    ) -> None:
        self._session = session
        self._clock = clock
        self._sources = sources
        self._snapshots = snapshots
        self._impressions = impressions

    def feed(self, viewer: UUID, query: FeedQuery) -> Page[FeedItem]:
        """The feed in the order asked for."""
        if query.algo == "time":
            return self.by_time(viewer, "following", query)
        return self._ranked(viewer, "for_you", query.strategy, query.strategy, query)

    def discover(self, viewer: UUID, query: PageQuery) -> Page[FeedItem]:
        """What others than those one follows share in public, ranked for the viewer."""
        return self._ranked(viewer, "discover", "discover", "personalized", query)

    def by_time(self, viewer: UUID, scope: Scope, query: PageQuery) -> Page[FeedItem]:
        """A list by time, newest first."""
        return self._list(viewer, scope, query.after, query)

    def _list(self, viewer: UUID, scope: Scope, after: Position | None, query: PageQuery) -> Page[FeedItem]:
        entries = self._sources.newest(self._session, viewer, scope, after, query.limit + 1)
        shown, more = entries[: query.limit], len(entries) > query.limit
        items = [entry.item for entry in shown if entry.item is not None]
        self._impressions.note(viewer, scope, items)
        return Page(items=items, next_cursor=query.cursor_after(shown[-1].position) if more else None)

    def _ranked(
        self, viewer: UUID, reach: Reach, feed: str, strategy: Strategy, query: PageQuery
    ) -> Page[FeedItem]:
        """A page of a snapshot; after its end, of the list by time.

        Without Valkey there is no snapshot and the list by time has to do: for who begins, all of it; for who
        was in the middle, what is older than the feed that was lost.
        """
        after = query.after
        if after is not None and after.order > LONGEST:
            return self._list(viewer, LIST_OF[reach], after, query)
        if after is None:
            snapshot = self._snapshots.latest(viewer, feed) or self._make(viewer, reach, feed, strategy)
            first, lost_at = 0, None
        else:
            snapshot = self._snapshots.find(viewer, after.id)
            first, lost_at = after.order, Position.at(moment_of(after.id), after.id)
        if snapshot is None:
            return self._list(viewer, LIST_OF[reach], lost_at, query)
        end = first + query.limit
        items = self._sources.items(self._session, viewer, snapshot.items[first:end])
        self._impressions.note(viewer, feed, items, first)
        goes_on = Position(end, snapshot.id) if end < len(snapshot.items) else snapshot.goes_on
        return Page(items=items, next_cursor=query.cursor_after(goes_on) if goes_on else None)

    def _make(self, viewer: UUID, reach: Reach, feed: str, strategy: Strategy) -> Snapshot | None:
        chosen, goes_on = self._sources.candidates(self._session, viewer, reach)
        interests = candidates.interests(self._session, viewer) if strategy == "personalized" else {}
        items = rank(chosen, strategy, interests, self._clock.now())
        return self._snapshots.keep(viewer, feed, items, goes_on)


def moment_of(snapshot_id: UUID) -> datetime:
    """When an id was made; UUIDv7 begins with the milliseconds since 1970."""
    return datetime.fromtimestamp((snapshot_id.int >> 80) / 1000, UTC)
