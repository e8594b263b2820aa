"""Which feed showed what to whom, at which position: ranking and the night learn from it.

Impressions are gathered in memory and written in batches, as visits are; a crash loses some seconds of them
and nothing else.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
import structlog
from pyramid.events import NewResponse

from web.accounts.models import Account
from web.core.app import App
from web.core.ids import new_id
from web.feeds.models import Impression
from web.feeds.schemas import FeedItem

log = structlog.get_logger(__name__)

BATCH = 200  # pages that are written at once, however short it is since the last time
MOST_KEPT = 5_000  # while they cannot be written; later ones are let go
COLUMNS = ("id", "member_id", "feed", "first_position", "item_kinds", "item_ids", "shown_at")


def _statement() -> sa.Insert:
    """SQL: all rows as one text of JSON; members who are erased meanwhile are left out."""
    columns = [Impression.__table__.c[name] for name in COLUMNS]
    rows = (
        sa.func.json_to_recordset(sa.cast(sa.bindparam("rows", type_=sa.Text()), sa.JSON()))
        .table_valued(*(sa.column(column.name, column.type) for column in columns), name="rows")
        .render_derived(with_types=True)
    )
    known = sa.exists().where(Account.id == rows.c.member_id)
    return sa.insert(Impression).from_select(COLUMNS, sa.select(rows).where(known))


_INSERT = _statement()


class ImpressionLog:
    """Gathers impressions and writes them now and then."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._every = app.settings.notes_seconds
        self._lock = threading.Lock()
        self._rows: list[tuple[Any, ...]] = []
        self._last_flush = time.monotonic()

    def note(self, member_id: UUID, feed: str, items: Sequence[FeedItem], first: int = 0) -> None:
        """Note what a page showed.

        Args:
            first: the position of the first item, from 0, in a ranked feed; lists by time count on each page.
        """
        if not items:
            return
        kinds, ids = [item.type for item in items], [item.id for item in items]
        row = (new_id(), member_id, feed, first, kinds, ids, self._app.clock.now())
        with self._lock:
            if len(self._rows) < MOST_KEPT:
                self._rows.append(row)

    @property
    def is_due(self) -> bool:
        """Whether it is time to write."""
        waits = len(self._rows)
        return waits >= BATCH or (waits > 0 and time.monotonic() - self._last_flush >= self._every)

    def flush(self) -> None:
        """Write what was noted; what cannot be written now is kept for the next time."""
        with self._lock:
            rows, self._rows = self._rows, []
            self._last_flush = time.monotonic()
        if not rows:
            return
        written = orjson.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows]).decode()
        try:
            with self._app.engines.writes.begin() as connection:
                connection.execute(_INSERT, {"rows": written})
        except sa.exc.SQLAlchemyError as error:
            log.warning("impressions_not_written", error=str(error))
            with self._lock:
                self._rows = rows + self._rows


def write_when_due(event: NewResponse) -> None:
    """Let a batch be written once the request has given its connection back."""
    impressions = event.request.app.value(ImpressionLog)
    if impressions.is_due:
        event.request.add_finished_callback(lambda _: impressions.flush())
