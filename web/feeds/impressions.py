"""Which feed showed what to whom, at which position: ranking and the night learn from it.

Impressions are gathered in memory and written in batches, as visits are; a crash loses some seconds of them
and nothing else.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from pyramid.events import NewResponse
from sqlalchemy.dialects.postgresql import ARRAY

from web.accounts.models import Account
from web.core.app import App
from web.core.ids import new_id
from web.feeds.models import Impression
from web.feeds.schemas import FeedItem

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 5.0
BATCH = 2_000  # impressions that are written at once, however short it is since the last time
MOST_KEPT = 50_000  # while they cannot be written; later ones are let go
COLUMNS = ("id", "member_id", "feed", "item_kind", "item_id", "position", "shown_at")


def _statement() -> sa.Insert:
    """SQL: one array for each column; members who are erased meanwhile are left out."""
    columns = [Impression.__table__.c[name] for name in COLUMNS]
    arrays = [sa.bindparam(column.name, type_=ARRAY(column.type)) for column in columns]
    rows = (
        sa.func.unnest(*arrays)
        .table_valued(*(sa.column(column.name, column.type) for column in columns), name="rows")
        .render_derived()
    )
    known = sa.exists().where(Account.id == rows.c.member_id)
    return sa.insert(Impression).from_select(COLUMNS, sa.select(rows).where(known))


_INSERT = _statement()


class ImpressionLog:
    """Gathers impressions and writes them now and then."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._rows: list[tuple[Any, ...]] = []
        self._last_flush = time.monotonic()

    def note(self, member_id: UUID, feed: str, items: Sequence[FeedItem], first: int = 0) -> None:
        """Note what a page showed.

        Args:
            first: the position of the first item, from 0, in a ranked feed; lists by time count on each page.
        """
        now = self._app.clock.now()
        rows = [
            (new_id(), member_id, feed, item.type, item.id, position, now)
            for position, item in enumerate(items, first)
        ]
        with self._lock:
            if len(self._rows) < MOST_KEPT:
                self._rows += rows

    @property
    def is_due(self) -> bool:
        """Whether it is time to write."""
        waits = len(self._rows)
        return waits >= BATCH or (waits > 0 and time.monotonic() - self._last_flush >= FLUSH_SECONDS)

    def flush(self) -> None:
        """Write what was noted; what cannot be written now is kept for the next time."""
        with self._lock:
            rows, self._rows = self._rows, []
            self._last_flush = time.monotonic()
        if not rows:
            return
        values = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        try:
            with self._app.engines.writes.begin() as connection:
                connection.execute(_INSERT, values)
        except sa.exc.SQLAlchemyError as error:
            log.warning("impressions_not_written", error=str(error))
            with self._lock:
                self._rows = rows + self._rows


def write_when_due(event: NewResponse) -> None:
    """Let a batch be written once the request has given its connection back."""
    impressions = event.request.app.value(ImpressionLog)
    if impressions.is_due:
        event.request.add_finished_callback(lambda _: impressions.flush())
