"""Keeping order in a room: who is shown out, who may not come in, who helps with it."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.audit import AuditLog
from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.refs import Ref
from web.core.relations import MemberPolicy
from web.core.topics import Broadcast
from web.rooms import queries
from web.rooms.doors import RoomDoors
from web.rooms.errors import RoomRankTooLow
from web.rooms.events import RoomMemberShownOut
from web.rooms.log import Entry, RoomLog, topic_of
from web.rooms.models import RoomBan, RoomPlace
from web.rooms.queries import Standing, role_of
from web.rooms.schemas import Action, Role, RoomRole


class RoomOrder:
    """What the host and the admins of a room do to others; all of it is in the audit log.

    It takes no sight of whom it is done to, or those who block an admin could not be shown out. Raises
    DomainError subclasses; never commits.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        broadcast: Broadcast,
        policy: MemberPolicy,
        doors: RoomDoors,
        log: RoomLog,
        audit: AuditLog,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._broadcast = broadcast
        self._policy = policy
        self._doors = doors
        self._log = log
        self._audit = audit

    def kick(self, admin_id: UUID, room_id: UUID, member_id: UUID, minutes: int) -> None:
        """Show somebody out, who may come back after some minutes.

        Raises:
            NotFound: also when they are not in the room.
            NotInRoom, RoomAdminsOnly, RoomRankTooLow
        """
        standing = queries.standing(self._session, room_id, admin_id).require_admin()
        if self._rank_above(admin_id, member_id, room_id, standing) is None:
            raise NotFound()
        self._audit.note(admin_id, "kick", Ref("room", room_id), member_id=str(member_id), minutes=minutes)
        until = self._clock.now() + timedelta(minutes=minutes)
        self._shut_out(admin_id, room_id, member_id, Action.KICKED, until, minutes)

    def ban(self, admin_id: UUID, room_id: UUID, member_id: UUID) -> None:
        """Keep somebody out for good, whether they are in the room or not; twice is the same as once.

        Raises:
            NotFound: the room, or a member whom the admin may not meet and who was never in it.
            NotInRoom, RoomAdminsOnly, RoomRankTooLow
        """
        standing = queries.standing(self._session, room_id, admin_id).require_admin()
        self._make_place(admin_id, room_id, member_id)
        self._rank_above(admin_id, member_id, room_id, standing)
        self._audit.note(admin_id, "ban", Ref("room", room_id), member_id=str(member_id))
        self._shut_out(admin_id, room_id, member_id, Action.BANNED, None, None)

    def unban(self, admin_id: UUID, room_id: UUID, member_id: UUID) -> None:
        """Let somebody come in again; nothing, when they may anyway.

        Raises:
            NotFound, NotInRoom, RoomAdminsOnly
        """
        queries.standing(self._session, room_id, admin_id).require_admin()
        lifted = sa.delete(RoomBan).where(RoomBan.room_id == room_id, RoomBan.member_id == member_id)
        if self._session.scalar(lifted.returning(RoomBan.member_id)) is not None:
            self._audit.note(admin_id, "lift_ban", Ref("room", room_id), member_id=str(member_id))

    def make_admin(self, host_id: UUID, room_id: UUID, member_id: UUID) -> RoomRole:
        """Let somebody in the room help to keep order; twice is the same as once.

        Raises:
            NotFound: also when they are not in the room.
            NotOwner: only its host may.
        """
        return self._set_admin(host_id, room_id, member_id, is_admin=True)

    def unmake_admin(self, host_id: UUID, room_id: UUID, member_id: UUID) -> RoomRole:
        """Make an admin a participant like others again; twice is the same as once.

        Raises:
            NotFound, NotOwner
        """
        return self._set_admin(host_id, room_id, member_id, is_admin=False)

    def _set_admin(self, host_id: UUID, room_id: UUID, member_id: UUID, *, is_admin: bool) -> RoomRole:
        if queries.standing(self._session, room_id, host_id).role is not Role.HOST:
            raise NotOwner()
        if member_id == host_id:
            return RoomRole(room_id=room_id, user_id=member_id, role=Role.HOST)
        place = self._lock_place(room_id, member_id)
        if place is None or place.left_at is not None:
            raise NotFound()
        if place.is_admin is not is_admin:
            this = sa.update(RoomPlace).where(RoomPlace.room_id == room_id, RoomPlace.member_id == member_id)
            self._session.execute(this.values(is_admin=is_admin))
            done = Action.MADE_ADMIN if is_admin else Action.UNMADE_ADMIN
            code = "make_admin" if is_admin else "unmake_admin"
            self._audit.note(host_id, code, Ref("room", room_id), member_id=str(member_id))
            self._log.add(room_id, Entry(member_id, done))
        role = Role.ADMIN if is_admin else Role.PARTICIPANT
        return RoomRole(room_id=room_id, user_id=member_id, role=role)

    def _shut_out(
        self,
        admin_id: UUID,
        room_id: UUID,
        member_id: UUID,
        action: Action,
        until: datetime | None,
        minutes: int | None,
    ) -> None:
        """Note the ban, and take the place of whom it is for; that place is locked by now."""
        now = self._clock.now()
        was_in = self._doors.take_place(member_id, room_id)
        ban = insert(RoomBan).values(
            room_id=room_id, member_id=member_id, by_id=admin_id, until=until, created_at=now
        )
        self._session.execute(
            ban.on_conflict_do_update(
                index_elements=["room_id", "member_id"],
                set_={"by_id": admin_id, "until": until, "created_at": now},
            )
        )
        if not was_in:
            return
        self._events.emit(
            RoomMemberShownOut(admin_id=admin_id, member_id=member_id, room_id=room_id, minutes=minutes)
        )
        noted = self._log.add(room_id, Entry(member_id, action), change=-1)
        if noted.host_id == member_id:  # they were left the room at this moment
            raise RoomRankTooLow()
        self._broadcast.dismiss(topic_of(room_id), member_id, action.value)

    def _rank_above(self, admin_id: UUID, member_id: UUID, room_id: UUID, standing: Standing) -> Role | None:
        """What somebody is in the room, which has to be less than what the admin is; their place is locked.

        Raises:
            RoomRankTooLow
        """
        place = self._lock_place(room_id, member_id)
        role = role_of(
            member_id,
            standing.host_id,
            is_in=place is not None and place.left_at is None,
            is_admin=place is not None and place.is_admin,
        )
        mine = standing.role or Role.PARTICIPANT
        if member_id == admin_id or (role is not None and role.rank >= mine.rank):
            raise RoomRankTooLow()
        return role

    def _make_place(self, admin_id: UUID, room_id: UUID, member_id: UUID) -> None:
        """See to it that there is a place to lock, also of somebody who was never in the room."""
        known = sa.exists().where(RoomPlace.room_id == room_id, RoomPlace.member_id == member_id)
        if self._session.scalar(sa.select(known)):
            return
        self._policy.require_sight(admin_id, member_id)
        now = self._clock.now()
        place = {"room_id": room_id, "member_id": member_id, "joined_at": now, "left_at": now, "seen_at": now}
        self._session.execute(insert(RoomPlace).on_conflict_do_nothing(), place)

    def _lock_place(self, room_id: UUID, member_id: UUID) -> sa.Row[bool, datetime | None] | None:
        return self._session.execute(
            sa.select(RoomPlace.is_admin, RoomPlace.left_at)
            .where(RoomPlace.room_id == room_id, RoomPlace.member_id == member_id)
            .with_for_update()
        ).one_or_none()
