"""Keyset pages: ``?limit=&cursor=`` in, ``{"items": [...], "next_cursor": "..."}`` out.

A cursor is opaque to callers, signed, and bound to its route and filters, so that none can be forged or
carried to another list.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, NamedTuple, Self, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field, PrivateAttr

from web.core.errors import InvalidCursor

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TAG_BYTES = 12


class Position(NamedTuple):
    """Where a page ended in a list.

    Attributes:
        order: what the list is sorted by: microseconds since 1970 for times, else a sequence number.
        id: breaks ties, because imported things may be of one moment.
    """

    order: int
    id: UUID

    @classmethod
    def at(cls, moment: datetime, item_id: UUID) -> Self:
        """A position in a list sorted by time."""
        return cls((moment - _EPOCH) // _MICROSECOND, item_id)

    @property
    def created_at(self) -> datetime:
        """The time of a position in a list sorted by time."""
        return _EPOCH + self.order * _MICROSECOND


class CursorSigner(NamedTuple):
    """Makes and checks the cursors of one list."""

    secret: str
    scope: str

    def encode(self, position: Position) -> str:
        """An opaque cursor for a position."""
        payload = position.order.to_bytes(8, signed=True) + position.id.bytes
        return base64.urlsafe_b64encode(payload + self._tag(payload)).decode().rstrip("=")

    def decode(self, cursor: str) -> Position:
        """The position of a cursor that this signer made.

        Raises:
            InvalidCursor: for anything else.
        """
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError) as error:
            raise InvalidCursor() from error
        payload, tag = raw[:24], raw[24:]
        if len(payload) != 24 or not hmac.compare_digest(tag, self._tag(payload)):
            raise InvalidCursor()
        return Position(int.from_bytes(payload[:8], signed=True), UUID(bytes=payload[8:]))

    def _tag(self, payload: bytes) -> bytes:
        message = self.scope.encode() + b"\0" + payload
        return hmac.digest(self.secret.encode(), message, hashlib.sha256)[:_TAG_BYTES]


class Page(BaseModel, Generic[T]):
    """A page of a list; ``next_cursor`` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


class PageQuery(BaseModel):
    """The query parameters of every list."""

    limit: int = Field(default=20, ge=1, le=100, description="how many items at most")
    cursor: str | None = Field(default=None, max_length=200, description="next_cursor of the page before")
    _signer: CursorSigner = PrivateAttr()

    def bind(self, signer: CursorSigner) -> None:
        """Tie the cursors to a list; done by the API layer before the view runs."""
        self._signer = signer

    @property
    def after(self) -> Position | None:
        """Where the page before ended; None on the first page."""
        return None if self.cursor is None else self._signer.decode(self.cursor)

    def cursor_after(self, position: Position) -> str:
        """The cursor of what comes after a position, for lists that make their pages themselves."""
        return self._signer.encode(position)

    def page(
        self,
        rows: Sequence[Any],
        item: Callable[[Any], T],
        position: Callable[[Any], Position] = lambda row: Position.at(row.created_at, row.id),
        keep: Callable[[Any], bool] = lambda _: True,
    ) -> Page[T]:
        """A page of up to ``limit`` items from ``limit + 1`` rows.

        Args:
            rows: newest first; the extra row only tells that there is more.
            item: makes an item of a row.
            position: the row's place in the list.
            keep: leaves rows out, so that a page may have fewer items; the next one begins at the same place.
        """
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return Page(
            items=[item(row) for row in shown if keep(row)],
            next_cursor=self._signer.encode(position(shown[-1])) if more else None,
        )


def keyset(after: Position | None) -> dict[str, object]:
    """The parameters of a page's keyset condition; none for the first page."""
    return {"after_at": after.created_at, "after_id": after.id} if after else {}


# The last row of the page before, as the right-hand side of a row comparison.
AFTER = sa.tuple_(
    sa.bindparam("after_at", type_=sa.DateTime(timezone=True)), sa.bindparam("after_id", type_=sa.Uuid())
)
