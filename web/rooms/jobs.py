"""Clearing away what is over, and parting those between whom a block came."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.events import Happened
from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services
from web.graph.events import MemberBlocked
from web.rooms.doors import PART, RoomDoors
from web.rooms.models import Room, RoomBan, RoomMessage, RoomPlace
from web.rooms.policy import KEPT

AWAY = timedelta(days=30)  # whoever did not come for so long gives up their place
AT_ONCE = 5_000  # messages
PLACES_AT_ONCE = 200

CLEAN_UP: Final = "rooms.clean_up"
GIVE_UP_PLACES: Final = "rooms.give_up_places"

_OLD = (
    sa.select(RoomMessage.id)
    .where(RoomMessage.created_at < sa.bindparam("before", type_=sa.DateTime(timezone=True)))
    .order_by(RoomMessage.created_at)
    .limit(AT_ONCE)
)
_AWAY = (
    sa.select(RoomPlace.room_id, RoomPlace.member_id)
    .join(Room, Room.id == RoomPlace.room_id)
    .where(
        RoomPlace.left_at.is_(None),
        Room.closed_at.is_(None),
        RoomPlace.seen_at < sa.bindparam("before", type_=sa.DateTime(timezone=True)),
    )
    .order_by(RoomPlace.room_id, RoomPlace.member_id)
    .limit(1)
    .with_for_update(of=RoomPlace, skip_locked=True)
)


def register(jobs: JobRegistry) -> None:
    """Declare the jobs; the schedule wants the first done every day."""
    jobs.add(CLEAN_UP, clean_up)
    jobs.add(GIVE_UP_PLACES, give_up_places)
    jobs.add(PART, part)


def clean_up(services: Services) -> None:
    """Delete messages, rooms, places and bans that are over, some at a time."""
    session, now = services[Session], services[Clock].now()
    gone = sa.delete(RoomMessage).where(RoomMessage.id.in_(_OLD))
    deleted = session.execute(gone.returning(RoomMessage.id), {"before": now - KEPT}).all()
    if len(deleted) == AT_ONCE:
        services[JobLog].add(CLEAN_UP)
        return
    session.execute(sa.delete(Room).where(Room.closed_at < now - KEPT))
    session.execute(sa.delete(RoomPlace).where(RoomPlace.left_at < now - KEPT))
    session.execute(sa.delete(RoomBan).where(RoomBan.until < now))
    services[JobLog].add(GIVE_UP_PLACES, dedupe_key=GIVE_UP_PLACES)


def give_up_places(services: Services) -> None:
    """Let those leave who were away for long, one room at a time, so that rooms do not fill up with them."""
    before: datetime = services[Clock].now() - AWAY
    row = services[Session].execute(_AWAY, {"before": before}).one_or_none()
    if row is not None:
        services[RoomDoors].leave(row.member_id, row.room_id)
        services[JobLog].add(GIVE_UP_PLACES)


def part_soon(services: Services, happened: Happened[MemberBlocked]) -> None:
    """After a block, neither of the two stays in a room of the other."""
    event = happened.event
    services[JobLog].add(PART, one_id=event.blocker_id, other_id=event.blocked_id)


def part(services: Services, one_id: UUID, other_id: UUID) -> None:
    """Take each of two out of the rooms that the other hosts; their places are locked before any room is."""
    is_guest = sa.or_(
        sa.and_(Room.host_id == one_id, RoomPlace.member_id == other_id),
        sa.and_(Room.host_id == other_id, RoomPlace.member_id == one_id),
    )
    places = (
        sa.select(RoomPlace.room_id, RoomPlace.member_id)
        .join(Room, Room.id == RoomPlace.room_id)
        .where(is_guest, RoomPlace.left_at.is_(None), Room.closed_at.is_(None))
        .order_by(RoomPlace.room_id)
        .with_for_update(of=RoomPlace)
    )
    for place in services[Session].execute(places).all():
        services[RoomDoors].leave(place.member_id, place.room_id)
