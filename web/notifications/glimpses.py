"""Short looks at what notifications are about: how a comment begins, what was written last, a picture.

The features that own it provide them (``NotificationTypes.look``), each for many notifications in one query,
and only for who may see it now. Nothing of it is kept here, so what was taken back is not shown any more.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.keywords import hides
from web.notifications.unwanted import keywords_of

LONGEST: Final = 140  # characters


class Asked(NamedTuple):
    """A notification that is to be shown.

    Attributes:
        actor_id: who did it last, of those whom the reader may meet.
        moment: when it happened last.
    """

    id: UUID
    reader_id: UUID
    actor_id: UUID | None
    target_id: UUID
    moment: datetime


class Glimpse(NamedTuple):
    """What is shown of it.

    Attributes:
        text: how it begins.
        kind: a marked text in place of one, such as ``A picture``.
    """

    text: str = ""
    kind: str = ""
    image_url: str | None = None


Look = Callable[[Session, Sequence[Asked]], Mapping[UUID, Glimpse]]
NOTHING: Final = Glimpse()

_COLUMNS: Final[Mapping[str, Any]] = {
    "id": sa.Uuid(),
    "reader_id": sa.Uuid(),
    "actor_id": sa.Uuid(),
    "target_id": sa.Uuid(),
    "moment": sa.DateTime(timezone=True),
}
# The notifications as a table, for the statements of looks; :func:`values` are its parameters.
ASKED = (
    sa.func.unnest(*(sa.bindparam(f"asked_{name}", type_=ARRAY(kind)) for name, kind in _COLUMNS.items()))
    .table_valued(*(sa.column(name, kind) for name, kind in _COLUMNS.items()), name="asked")
    .render_derived()
)


def values(asked: Sequence[Asked]) -> dict[str, list[Any]]:
    """The parameters of ``ASKED``."""
    return {f"asked_{name}": [getattr(each, name) for each in asked] for name in _COLUMNS}


def beginning(text: str) -> str:
    """How a text begins, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def glimpses_of(
    session: Session, rows: Sequence[Any], look_of: Callable[[str], Look | None]
) -> dict[UUID, Glimpse]:
    """What is shown of some notifications, by their ids.

    One query for each look, and one for the words that readers do not want, which may be newer than the
    notification.

    Args:
        rows: of ``queries``.
        look_of: the look at a type; None for none.
    """
    by_look: dict[Look, list[Asked]] = {}
    for row in rows:
        if look := look_of(row.type):
            one = Asked(row.id, row.member_id, row.card_id, row.target_id, row.created_at)
            by_look.setdefault(look, []).append(one)
    found: dict[UUID, Glimpse] = {}
    for look, asked in by_look.items():
        found.update(look(session, asked))
    readers = {row.id: row.member_id for row in rows if row.id in found and found[row.id].text}
    if readers:
        unwanted = keywords_of(session, set(readers.values()))
        for note_id, reader_id in readers.items():
            if hides(unwanted.get(reader_id, ()), found[note_id].text):
                found[note_id] = NOTHING
    return found
