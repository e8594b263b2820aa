"""Who saw which post: each member counts once a day, and authors do not count.

Clients report what was on the screen. Reports are gathered in memory and written in batches; a crash loses
some seconds of counting and nothing else. Stories are counted at once instead (``stories``), because their
authors read who saw them.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import aliased

from web.accounts.models import Account
from web.content.models import Content
from web.content.policy import visible
from web.content.reactions import View
from web.core.db import Engines

log = structlog.get_logger(__name__)

MOST = 20_000  # notes in memory; what comes while the database is away and is more than that is not counted

Key = tuple[UUID, UUID, date]  # content, viewer, UTC day


def _arrays(name: str, **columns: sa.types.TypeEngine[Any]) -> sa.TableValuedAlias:
    """SQL: parameters that are arrays of one length, as a table with a column for each."""
    arrays = [sa.bindparam(f"{column}s", type_=ARRAY(kind)) for column, kind in columns.items()]
    named = [sa.column(column, kind) for column, kind in columns.items()]
    return sa.func.unnest(*arrays).table_valued(*named, name=name).render_derived()


_seen = _arrays(
    "seen",
    content_id=sa.Uuid(),
    viewer_id=sa.Uuid(),
    day=sa.Date(),
    viewed_at=sa.DateTime(timezone=True),
)
_viewer = aliased(Account)
# In the order of the key, so that processes that write the same do not wait for each other in a circle.
_VIEWS = (
    sa.select(_seen.c.content_id, _seen.c.viewer_id, _seen.c.day, _seen.c.viewed_at)
    .join(Content, Content.id == _seen.c.content_id)
    .join(Account, Account.id == Content.author_id)
    .join(_viewer, _viewer.id == _seen.c.viewer_id)
    .where(visible(_seen.c.viewer_id), Content.author_id != _seen.c.viewer_id, Content.type != "story")
    .order_by(_seen.c.content_id, _seen.c.viewer_id, _seen.c.day)
)
_WRITE = (
    insert(View)
    .from_select(["content_id", "viewer_id", "day", "viewed_at"], _VIEWS)
    .on_conflict_do_nothing()
    .returning(View.content_id)
)
_LOCK = (
    sa.select(Content.id)
    .where(Content.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid()))))
    .order_by(Content.id)
    .with_for_update(key_share=True)  # two who have added views hold a share of the key already
)
_more = _arrays("more", id=sa.Uuid(), view=sa.Integer())
_COUNT = (
    sa.update(Content).where(Content.id == _more.c.id).values(view_count=Content.view_count + _more.c.view)
)


def write(connection: sa.Connection, seen: Mapping[Key, datetime]) -> None:
    """Write views that are new and allowed, and count them. Locks: content, by id."""
    columns = zip(*seen, strict=True)
    names = ("content_ids", "viewer_ids", "days")
    values = {name: list(column) for name, column in zip(names, columns, strict=True)}
    new = Counter(connection.scalars(_WRITE, values | {"viewed_ats": list(seen.values())}))
    if new:
        connection.execute(_LOCK, {"ids": list(new)})
        connection.execute(_COUNT, {"ids": list(new), "views": list(new.values())})


class ViewCounter:
    """The reports that one process has taken and not written yet."""

    def __init__(self, engines: Engines, every: float) -> None:
        self._engines = engines
        self._every = every  # seconds
        self._lock = threading.Lock()
        self._seen: dict[Key, datetime] = {}
        self._last_flush = time.monotonic()

    def note(self, viewer_id: UUID, content_ids: Iterable[UUID], now: datetime) -> None:
        """Note what a member saw; whether they may, and whether it is new today, is looked up later."""
        with self._lock:
            if len(self._seen) < MOST:
                self._seen |= {(content_id, viewer_id, now.date()): now for content_id in content_ids}

    def flush_if_due(self) -> None:
        """Write the notes, at most every so many seconds; call it without holding a connection."""
        if self._seen and time.monotonic() - self._last_flush >= self._every:
            self.flush()

    def flush(self) -> None:
        """Write the notes; what cannot be written now is kept for the next time."""
        with self._lock:
            seen, self._seen = self._seen, {}
            self._last_flush = time.monotonic()
        if not seen:
            return
        try:
            with self._engines.writes.begin() as connection:
                write(connection, seen)
        except sa.exc.SQLAlchemyError as error:
            log.warning("views_not_written", error=str(error).splitlines()[0])
            with self._lock:
                self._seen = seen | self._seen
