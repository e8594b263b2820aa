"""Opening, changing and closing rooms."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.audit import AuditLog
from web.core.clock import Clock
from web.core.db import give_back
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.followers import Followers
from web.core.ids import new_id
from web.core.passwords import hash_password
from web.core.refs import Ref
from web.core.topics import Broadcast
from web.core.wording import TextCheck
from web.rooms import queries
from web.rooms.directory import search_key
from web.rooms.errors import RoomHasMore, TooManyRooms
from web.rooms.events import RoomClosed, RoomJoined, RoomOpened
from web.rooms.log import Entry, RoomLog, topic_of
from web.rooms.models import Room, RoomPlace
from web.rooms.schemas import Action, NewRoom, Role, RoomChange, RoomFacts

MOST_ROOMS = 10  # that a member hosts; two that are opened at the same moment may be one too many


class RoomService:
    """What rooms there are. Raises DomainError subclasses; never commits.

    Passwords are hashed while no connection is held.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        broadcast: Broadcast,
        followers: Followers,
        log: RoomLog,
        audit: AuditLog,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._broadcast = broadcast
        self._followers = followers
        self._log = log
        self._audit = audit
        self._wording = wording

    def open(self, host_id: UUID, new: NewRoom) -> UUID:
        """Open a room, with its host in it.

        Returns:
            Its id.
        Raises:
            TooManyRooms, ContentRefused
        """
        verdict = self._wording.passed(f"{new.name}\n{new.topic}", new.language)
        password_hash = self._hash(new.password)
        hosted = sa.select(sa.func.count()).where(Room.host_id == host_id, Room.closed_at.is_(None))
        if self._session.scalars(hosted).one() >= MOST_ROOMS:
            raise TooManyRooms(most=MOST_ROOMS)
        room_id, now = new_id(), self._clock.now()
        self._session.execute(
            sa.insert(Room),
            {
                "id": room_id,
                "host_id": host_id,
                "password_hash": password_hash,
                "search_key": search_key(new.name, new.topic),
                "active_at": now,
                "created_at": now,
                **new.model_dump(exclude={"password"}),
            },
        )
        place = {"room_id": room_id, "member_id": host_id, "joined_at": now, "seen_at": now}
        self._session.execute(sa.insert(RoomPlace), place)
        opened = RoomOpened(host_id=host_id, room_id=room_id, has_password=new.password is not None)
        self._events.emit(opened)
        self._events.emit(RoomJoined(member_id=host_id, room_id=room_id))
        self._wording.flag(host_id, Ref("room", room_id), verdict)
        self._log.add(room_id, Entry(host_id, Action.JOINED), change=1)
        return room_id

    def change(self, admin_id: UUID, room_id: UUID, change: RoomChange) -> None:
        """Change a room, as its host or an admin.

        Raises:
            NotFound, NotInRoom, RoomAdminsOnly, ContentRefused
            RoomHasMore: more are in it than the new limit lets in.
        """
        given = change.given
        queries.standing(self._session, room_id, admin_id).require_admin()
        if not given:
            return
        if "password" in given:
            given["password_hash"] = self._hash(given.pop("password"))
            queries.standing(self._session, room_id, admin_id).require_admin()  # hashing takes a moment
        # The room's row, which everything else takes last, is the only one that is locked here.
        room = self._session.execute(
            sa.select(Room.name, Room.topic, Room.language, Room.participant_count)
            .where(Room.id == room_id, Room.closed_at.is_(None))
            .with_for_update()
        ).one_or_none()
        if room is None:
            raise NotFound()
        if given.get("max_participants", room.participant_count) < room.participant_count:
            raise RoomHasMore(participant_count=room.participant_count)
        words = {"name": room.name, "topic": room.topic} | given
        verdict = self._wording.passed(
            f"{words['name']}\n{words['topic']}", words.get("language", room.language)
        )
        given["search_key"] = search_key(words["name"], words["topic"])
        facts = self._session.execute(
            sa.update(Room).where(Room.id == room_id).values(given).returning(*_FACTS)
        ).one()
        if given.keys() & {"name", "topic"}:
            self._wording.flag(admin_id, Ref("room", room_id), verdict)
        self._audit.note(admin_id, "change_room", Ref("room", room_id), fields=sorted(change.given))
        self._broadcast.publish(topic_of(room_id), "room.updated", _facts(facts))

    def close(self, host_id: UUID, room_id: UUID) -> None:
        """End a room; what was said in it goes with the days.

        Raises:
            NotFound: also when it is closed already.
            NotOwner: it is somebody else's.
        """
        standing = queries.standing(self._session, room_id, host_id)
        if standing.role is not Role.HOST:
            raise NotOwner()
        self._audit.note(host_id, "close_room", Ref("room", room_id))
        self._events.emit(RoomClosed(host_id=host_id, room_id=room_id))
        closed = (
            sa.update(Room)
            .where(Room.id == room_id, Room.closed_at.is_(None), Room.host_id == host_id)
            .values(closed_at=self._clock.now())
        )
        if self._session.scalar(closed.returning(Room.id)) is None:
            raise NotFound()
        topic = topic_of(room_id)
        for member_id in self._followers.of(topic):
            self._broadcast.dismiss(topic, member_id, "closed")

    def _hash(self, password: str | None) -> str | None:
        if password is None:
            return None
        give_back(self._session)
        return hash_password(password)


_FACTS = (
    *(getattr(Room, name) for name in RoomFacts.model_fields if name != "has_password"),
    Room.password_hash.is_not(None).label("has_password"),
)


def _facts(row: Any) -> dict[str, Any]:
    return RoomFacts.model_validate(dict(row._mapping)).model_dump(mode="json")  # noqa: SLF001 - the public way
