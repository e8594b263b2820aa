"""Where the items of feeds come from.

A feature that has something to show in feeds adds a :class:`Source` in its ``register(app)``, or ``feeds``
does it for a feature below::

    app.value(FeedSources).add(LiveSource())

Every list by time is the merged list of all sources, newest first; a ranked feed chooses among the candidates
of all of them.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from web.core.pagination import Position
from web.feeds.ranking import Candidate, Ranked
from web.feeds.schemas import FeedItem

# Lists by time: of oneself and whom one follows, of one's friends, of everybody else in public.
Scope = Literal["following", "friends", "discover"]
# Ranked feeds: what one follows, mixed with what others share; and only the latter.
Reach = Literal["for_you", "discover"]
LIST_OF: dict[Reach, Scope] = {"for_you": "following", "discover": "discover"}


class Entry(NamedTuple):
    """A row of a list by time; ``item`` is None where the member does not want to read it."""

    position: Position
    item: FeedItem | None


class Pool(NamedTuple):
    """What ranking may choose from.

    Attributes:
        beginning: the newest of the list that the feed goes on with, without gaps.
        goes_on: whether that list has more.
        others: what is mixed in; nothing that is in the list.
    """

    beginning: list[Candidate]
    goes_on: bool
    others: list[Candidate]


class Source(Protocol):
    """Something that puts items into feeds. Each method sends a constant number of statements."""

    kind: str

    def newest(
        self, session: Session, viewer: UUID, scope: Scope, after: Position | None, rows: int
    ) -> list[Entry]:
        """Up to ``rows`` entries of a list by time that come after a position, newest first."""

    def candidates(self, session: Session, viewer: UUID, reach: Reach) -> Pool:
        """What a ranked feed may choose from. What it shows is asked for again, by :meth:`items`."""

    def items(self, session: Session, viewer: UUID, ids: Sequence[UUID]) -> dict[UUID, FeedItem]:
        """The items that lists show the viewer now; ``why`` is left empty."""


class FeedSources:
    """The sources of an installation."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}

    def add(self, source: Source) -> None:
        """Let feeds show what this source has."""
        if source.kind in self._sources:
            raise ValueError(f"feed source {source.kind} is taken")
        self._sources[source.kind] = source

    def remove(self, kind: str) -> None:
        """Let feeds show no more of a source."""
        del self._sources[kind]

    def newest(
        self, session: Session, viewer: UUID, scope: Scope, after: Position | None, rows: int
    ) -> list[Entry]:
        """The merged list of all sources."""
        lists = [each.newest(session, viewer, scope, after, rows) for each in self._sources.values()]
        return list(heapq.merge(*lists, key=lambda entry: entry.position, reverse=True))[:rows]

    def candidates(
        self, session: Session, viewer: UUID, reach: Reach
    ) -> tuple[list[Candidate], Position | None]:
        """What a ranked feed may choose from.

        Returns:
            The candidates, and the position in the list by time at which it goes on after them; None when
            that list has nothing more.
        """
        return together([each.candidates(session, viewer, reach) for each in self._sources.values()])

    def items(self, session: Session, viewer: UUID, ranked: Sequence[Ranked]) -> list[FeedItem]:
        """What of these is shown now, in their order."""
        found: dict[tuple[str, UUID], FeedItem] = {}
        for kind, source in self._sources.items():
            ids = [each.id for each in ranked if each.kind == kind]
            if ids:
                items = source.items(session, viewer, ids)
                found |= {(kind, item_id): item for item_id, item in items.items()}
        shown = ((each, found.get((each.kind, each.id))) for each in ranked)
        return [item.model_copy(update={"why": each.why}) for each, item in shown if item]


def together(pools: Iterable[Pool]) -> tuple[list[Candidate], Position | None]:
    """Pools as one: its beginning ends where the first of those that go on ends, so that nothing is lost."""
    pools = list(pools)
    ends = [min(map(position_of, pool.beginning)) for pool in pools if pool.goes_on and pool.beginning]
    end = max(ends, default=None)
    chosen = [each for pool in pools for each in pool.beginning if end is None or position_of(each) >= end]
    return chosen + [each for pool in pools for each in pool.others], end


def position_of(candidate: Candidate) -> Position:
    """Its place in a list by time."""
    return Position.at(candidate.created_at, candidate.id)
