"""What rooms hold about a member: their rooms, places, bans and words; and how all of that goes.

What is said in rooms is not kept for long, so nothing of an erased member stays there. A room of theirs is
left to somebody who is in it, and goes when nobody is.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.rooms.doors import RoomDoors
from web.rooms.models import Room, RoomBan, RoomMessage, RoomPlace


class RoomRecord(BaseModel):
    """A room that the member hosts."""

    id: UUID
    name: str
    topic: str
    language: str | None
    created_at: datetime
    closed_at: datetime | None


class RoomPlaceRecord(BaseModel):
    """A room that the member is in, or left not long ago."""

    room_id: UUID
    room_name: str
    is_admin: bool = Field(description="whether they help to keep order there")
    joined_at: datetime
    left_at: datetime | None
    seen_at: datetime = Field(description="when they last came, talked or went")


class RoomBanRecord(BaseModel):
    """A room that the member may not come into."""

    room_id: UUID
    room_name: str
    until: datetime | None = Field(description="null: for good")
    created_at: datetime


class RoomMessageRecord(BaseModel):
    """Something that the member said in a room within the last 30 days, or that was told of them there."""

    id: UUID
    room_id: UUID
    action: str | None = Field(description="what was told of them, such as joined; null for what they said")
    body: str = Field(description="empty when it was removed")
    created_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_ROOMS = (
    sa.select(*(Room.__table__.c[name] for name in RoomRecord.model_fields))
    .where(Room.host_id == _member)
    .order_by(Room.created_at, Room.id)
)
_PLACES = (
    sa.select(
        RoomPlace.room_id,
        Room.name.label("room_name"),
        RoomPlace.is_admin,
        RoomPlace.joined_at,
        RoomPlace.left_at,
        RoomPlace.seen_at,
    )
    .join(Room, Room.id == RoomPlace.room_id)
    .where(RoomPlace.member_id == _member)
    .order_by(RoomPlace.joined_at, RoomPlace.room_id)
)
_BANS = (
    sa.select(RoomBan.room_id, Room.name.label("room_name"), RoomBan.until, RoomBan.created_at)
    .join(Room, Room.id == RoomBan.room_id)
    .where(RoomBan.member_id == _member)
    .order_by(RoomBan.created_at, RoomBan.room_id)
)
_MESSAGES = (
    sa.select(*(RoomMessage.__table__.c[name] for name in RoomMessageRecord.model_fields))
    .where(RoomMessage.member_id == _member)
    .order_by(RoomMessage.created_at, RoomMessage.id)
)
_TABLES = ("rooms", "room_places", "room_bans", "room_messages")


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of rooms."""
    personal_data.export(
        Section("rooms", ("rooms",), RoomRecord, rooms),
        Section("room_places", ("room_places",), RoomPlaceRecord, places),
        Section("room_bans", ("room_bans",), RoomBanRecord, bans),
        Section("room_messages", ("room_messages",), RoomMessageRecord, messages),
    )
    personal_data.erase(Eraser("rooms", _TABLES, erase))


def rooms(services: Services, member_id: UUID) -> Iterator[RoomRecord]:
    """The rooms that a member hosts, oldest first."""
    return stream(services[Session], RoomRecord, _ROOMS, member=member_id)


def places(services: Services, member_id: UUID) -> Iterator[RoomPlaceRecord]:
    """The rooms that a member is in, or was."""
    return stream(services[Session], RoomPlaceRecord, _PLACES, member=member_id)


def bans(services: Services, member_id: UUID) -> Iterator[RoomBanRecord]:
    """The rooms that a member may not come into."""
    return stream(services[Session], RoomBanRecord, _BANS, member=member_id)


def messages(services: Services, member_id: UUID) -> Iterator[RoomMessageRecord]:
    """What a member said in rooms, oldest first."""
    return stream(services[Session], RoomMessageRecord, _MESSAGES, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Let the member leave every room, and delete what they said and what was told of them.

    In the lock order of the tables: places, bans, messages, rooms.
    """
    session, doors = services[Session], services[RoomDoors]
    mine = (
        sa.select(RoomPlace.room_id)
        .join(Room, Room.id == RoomPlace.room_id)
        .where(RoomPlace.member_id == member_id, RoomPlace.left_at.is_(None), Room.closed_at.is_(None))
        .order_by(RoomPlace.room_id)
        .with_for_update(of=RoomPlace)
    )
    left = session.scalars(mine).all()
    for table in (RoomPlace, RoomBan, RoomMessage):
        session.execute(sa.delete(table).where(table.member_id == member_id))
    session.execute(sa.update(RoomBan).where(RoomBan.by_id == member_id).values(by_id=None))
    for room_id in left:
        doors.give_up(member_id, room_id)
    session.execute(sa.delete(Room).where(Room.host_id == member_id))
