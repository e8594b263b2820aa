"""Who sees what in a room.

A block, either way, between a member and the host of a room makes the room nothing to the member. What
somebody says in a room is not for those whom they block, who block them, or who mute them; nor for anybody
while they are shut out or away. Lists ask with :func:`shows`, row by row. A frame is rendered and framed once
for the whole room, so there it is asked the other way round and once: :func:`hidden_from` finds those few of
the room who do not get it, and the hubs leave them out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.accounts.queries import CARD_COLUMNS, card_from
from web.accounts.schemas import MemberCard
from web.core.db import AnySelect
from web.graph.models import Block, Mute
from web.graph.relations import blocked_between, meets, mutes
from web.rooms.models import Room, RoomMessage, RoomPlace

# Messages, which a job deletes within a day from then on; closed rooms, places of those who left.
KEPT: Final = timedelta(days=30)
VIEWER = sa.bindparam("viewer", type_=sa.Uuid())
ROOM = sa.bindparam("room", type_=sa.Uuid())
_author = sa.bindparam("author", type_=sa.Uuid())


def is_there() -> sa.ColumnElement[bool]:
    """SQL: whether the room of a row of rooms is there for the viewer."""
    return sa.and_(Room.closed_at.is_(None), sa.not_(blocked_between(VIEWER, Room.host_id)))


def shows() -> sa.ColumnElement[bool]:
    """SQL: whether what the member of a row of accounts says is for the viewer."""
    return sa.and_(meets(VIEWER), sa.not_(mutes(VIEWER, Account.id)))


def is_kept() -> sa.ColumnElement[bool]:
    """SQL: whether a row of room_messages is young enough to be read; wants the values of :func:`kept`."""
    return RoomMessage.created_at >= sa.bindparam("kept_since", type_=sa.DateTime(timezone=True))


def kept(now: datetime) -> dict[str, datetime]:
    """The values that :func:`is_kept` wants."""
    return {"kept_since": now - KEPT}


_apart = sa.union(
    sa.select(Block.blocked_id.label("member_id")).where(Block.blocker_id == _author),
    sa.select(Block.blocker_id).where(Block.blocked_id == _author),
    sa.select(Mute.muter_id).where(Mute.muted_id == _author),
).subquery("apart")
# From the author's few relations to the room, each by a primary key, however many are in the room.
_HIDDEN_FROM = (
    sa.select(RoomPlace.member_id)
    .join(_apart, _apart.c.member_id == RoomPlace.member_id)
    .where(RoomPlace.room_id == ROOM, RoomPlace.left_at.is_(None))
)
_AUTHOR: AnySelect = sa.select(*CARD_COLUMNS, present().label("is_present")).where(Account.id == _author)


@dataclass(frozen=True)
class Audience:
    """Whom a frame of the room goes to; the arguments of ``Broadcast.publish``.

    Attributes:
        only: nobody, while its author is shut out or away; None otherwise.
        hidden_from: those of the room who do not get it.
    """

    only: Collection[UUID] | None
    hidden_from: Collection[UUID]


def hidden_from(session: Session, room_id: UUID, author_id: UUID) -> list[UUID]:
    """Those in a room to whom nothing of an author is shown."""
    return list(session.scalars(_HIDDEN_FROM, {"room": room_id, "author": author_id}))


def audience_of(session: Session, room_id: UUID, author_id: UUID) -> tuple[MemberCard, Audience]:
    """Somebody as the room sees them, and who of the room does."""
    row = session.execute(_AUTHOR, {"author": author_id}).one()
    return card_from(row), Audience(None if row.is_present else (), hidden_from(session, room_id, author_id))
