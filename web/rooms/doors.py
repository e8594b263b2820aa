"""Coming into a room and leaving it."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.core.clock import Clock
from web.core.db import give_back
from web.core.events import EventLog
from web.core.jobs import JobLog
from web.core.passwords import verify_password
from web.core.throttle import Throttle
from web.core.topics import Broadcast
from web.graph.relations import blocked_between, lock_pair
from web.rooms import queries
from web.rooms.errors import RoomBanned, RoomPasswordWrong
from web.rooms.events import RoomClosed, RoomJoined, RoomLeft
from web.rooms.log import Entry, RoomLog, topic_of
from web.rooms.models import Room, RoomBan, RoomPlace
from web.rooms.queries import ban_holds
from web.rooms.schemas import Action

_room = sa.bindparam("room", type_=sa.Uuid())
_member = sa.bindparam("member", type_=sa.Uuid())
_UNTIL = sa.select(RoomBan.until).where(RoomBan.room_id == _room, RoomBan.member_id == _member, ban_holds())
# Whom a room is left to: an admin before others, then whoever has been in it the longest.
_HEIR = (
    sa.select(RoomPlace.member_id)
    .join(Account, Account.id == RoomPlace.member_id)
    .where(RoomPlace.room_id == _room, RoomPlace.left_at.is_(None), present())
    .order_by(RoomPlace.is_admin.desc(), RoomPlace.joined_at, RoomPlace.member_id)
    .limit(1)
)
# Who is in a room of somebody between whom and them there is a block.
_BLOCKED_GUESTS = sa.select(RoomPlace.member_id).where(
    RoomPlace.room_id == _room, RoomPlace.left_at.is_(None), blocked_between(_member, RoomPlace.member_id)
)
PART: Final = "rooms.part"  # the job that parts two; places are locked before rooms, so not here and now


class RoomDoors:
    """Who is in which room. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        broadcast: Broadcast,
        throttle: Throttle,
        log: RoomLog,
        jobs: JobLog,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._broadcast = broadcast
        self._throttle = throttle
        self._log = log
        self._jobs = jobs

    def join(self, member_id: UUID, room_id: UUID, password: str | None = None) -> None:
        """Come into a room; twice is the same as once.

        The pair of member and host is locked, so that a block of this moment is seen here, or by the job that
        parts the two.

        Raises:
            NotFound, RoomBanned, RoomPasswordWrong, RoomFull
            RateLimited: too many wrong passwords.
        """
        room = queries.standing(self._session, room_id, member_id)
        if room.role is not None:
            return
        self._require_welcome(member_id, room_id)
        if room.password_hash is not None:
            self._require_password(member_id, room_id, room.password_hash, password)
        lock_pair(self._session, member_id, room.host_id)
        now = self._clock.now()
        place = insert(RoomPlace).values(room_id=room_id, member_id=member_id, joined_at=now, seen_at=now)
        come = place.on_conflict_do_update(
            index_elements=["room_id", "member_id"],
            set_={"left_at": None, "joined_at": now, "seen_at": now},
            where=RoomPlace.left_at.is_not(None),
        )
        if self._session.scalar(come.returning(RoomPlace.member_id)) is None:
            return  # at the same moment, on another device
        self._require_welcome(member_id, room_id)  # whoever bans them waits for the place, or was before
        queries.standing(self._session, room_id, member_id)
        self._events.emit(RoomJoined(member_id=member_id, room_id=room_id))
        noted = self._log.add(room_id, Entry(member_id, Action.JOINED), change=1)
        if noted.password_hash != room.password_hash:
            raise RoomPasswordWrong()  # it was changed meanwhile
        if noted.host_id != room.host_id:
            queries.standing(self._session, room_id, member_id)

    def leave(self, member_id: UUID, room_id: UUID) -> None:
        """Leave a room; twice is the same as once. Who hosts it leaves it to somebody, or closes it.

        Raises:
            NotFound
        """
        if not self.take_place(member_id, room_id):
            queries.standing(self._session, room_id, member_id)
            return
        self._events.emit(RoomLeft(member_id=member_id, room_id=room_id))
        noted = self._log.add(room_id, Entry(member_id, Action.LEFT), change=-1)
        self._broadcast.dismiss(topic_of(room_id), member_id, "left")
        if noted.host_id == member_id:
            self._pass_on(member_id, room_id)

    def give_up(self, member_id: UUID, room_id: UUID) -> None:
        """Count somebody out whose place is erased, without a word about it."""
        fewer = {"participant_count": Room.participant_count - 1}
        less = sa.update(Room).where(Room.id == room_id, Room.closed_at.is_(None)).values(fewer)
        host_id = self._session.scalar(less.returning(Room.host_id))
        self._broadcast.dismiss(topic_of(room_id), member_id, "left")
        if host_id == member_id:
            self._pass_on(member_id, room_id)

    def take_place(self, member_id: UUID, room_id: UUID) -> bool:
        """Take somebody's place from them; False when they are not in the room."""
        taken = (
            sa.update(RoomPlace)
            .where(
                RoomPlace.room_id == room_id,
                RoomPlace.member_id == member_id,
                RoomPlace.left_at.is_(None),
            )
            .values(left_at=self._clock.now(), seen_at=self._clock.now(), is_admin=False)
        )
        return self._session.scalar(taken.returning(RoomPlace.member_id)) is not None

    def seen(self, member_id: UUID, room_id: UUID) -> None:
        """Note that somebody was there until now."""
        self._session.execute(
            sa.update(RoomPlace)
            .where(RoomPlace.room_id == room_id, RoomPlace.member_id == member_id)
            .values(seen_at=self._clock.now())
        )

    def _pass_on(self, host_id: UUID, room_id: UUID) -> None:
        """Give a room whose host has gone to somebody who is in it, or close it when nobody is.

        The room's row is locked by now: whoever leaves at this moment has left already, or will find the room
        their own and pass it on in turn.
        """
        heir_id = self._session.scalar(_HEIR, {"room": room_id})
        this = sa.update(Room).where(Room.id == room_id)
        if heir_id is None:
            self._events.emit(RoomClosed(host_id=host_id, room_id=room_id))
            self._session.execute(this.values(closed_at=self._clock.now()))
            return
        self._session.execute(this.values(host_id=heir_id))
        self._log.add(room_id, Entry(heir_id, Action.MADE_HOST))
        for guest_id in self._session.scalars(_BLOCKED_GUESTS, {"room": room_id, "member": heir_id}):
            self._jobs.add(PART, one_id=heir_id, other_id=guest_id)

    def _require_welcome(self, member_id: UUID, room_id: UUID) -> None:
        values = {"room": room_id, "member": member_id, "now": self._clock.now()}
        ban = self._session.execute(_UNTIL, values).one_or_none()
        if ban is not None:
            raise RoomBanned(until=ban.until.isoformat() if ban.until else None)

    def _require_password(self, member_id: UUID, room_id: UUID, stored: str, given: str | None) -> None:
        if given is None:
            raise RoomPasswordWrong()
        give_back(self._session)
        attempt = self._throttle.count("login", f"room:{room_id}:{member_id}")
        if not verify_password(stored, given):
            self._throttle.failed(attempt)
            raise RoomPasswordWrong()
        self._throttle.succeeded(attempt)
