"""Reads about rooms; lists in a constant number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.errors import NotFound
from web.core.pagination import AFTER, Page, PageQuery, Position, keyset
from web.graph.relations import meets
from web.rooms.errors import NotInRoom, RoomAdminsOnly
from web.rooms.models import Room, RoomBan, RoomMessage, RoomPlace
from web.rooms.policy import ROOM, VIEWER, is_kept, is_there, kept, shows
from web.rooms.schemas import Action, Banned, Participant, Role
from web.rooms.schemas import RoomMessage as MessageOut

_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_rows: sa.BindParameter[int] = sa.bindparam("rows")
_is_in = sa.and_(RoomPlace.room_id == Room.id, RoomPlace.member_id == VIEWER, RoomPlace.left_at.is_(None))


def ban_holds() -> sa.ColumnElement[bool]:
    """SQL: whether the ban of a row of room_bans is not over."""
    return sa.or_(RoomBan.until.is_(None), RoomBan.until > _now)


_STANDING = (
    sa.select(
        Room.host_id,
        Room.language,
        Room.password_hash,
        RoomPlace.member_id.is_not(None).label("is_in"),
        sa.func.coalesce(RoomPlace.is_admin, sa.false()).label("is_admin"),
    )
    .outerjoin(RoomPlace, _is_in)
    .where(Room.id == ROOM, is_there())
)


@dataclass(frozen=True)
class Standing:
    """What a room is to a member, and they to the room.

    Attributes:
        role: None for who is not in it.
    """

    host_id: UUID
    language: str | None
    password_hash: str | None
    role: Role | None

    def require_in(self) -> Self:
        """Make sure that the member is in the room.

        Raises:
            NotInRoom
        """
        if self.role is None:
            raise NotInRoom()
        return self

    def require_admin(self) -> Self:
        """Make sure that the member is its host, or an admin.

        Raises:
            NotInRoom, RoomAdminsOnly
        """
        if self.require_in().role is Role.PARTICIPANT:
            raise RoomAdminsOnly()
        return self


def role_of(member_id: UUID, host_id: UUID, *, is_in: bool, is_admin: bool) -> Role | None:
    """What somebody is in a room; None when not in it."""
    if not is_in:
        return None
    return Role.HOST if member_id == host_id else Role.ADMIN if is_admin else Role.PARTICIPANT


def standing(session: Session, room_id: UUID, member_id: UUID) -> Standing:
    """What a room is to a member.

    Raises:
        NotFound: absent, closed, or a block is between the member and its host.
    """
    row: Any = session.execute(_STANDING, {"room": room_id, "viewer": member_id}).one_or_none()
    if row is None:
        raise NotFound()
    role = role_of(member_id, row.host_id, is_in=row.is_in, is_admin=row.is_admin)
    return Standing(row.host_id, row.language, row.password_hash, role)


_PARTICIPANTS = (
    sa.select(
        *CARD_COLUMNS,
        RoomPlace.member_id.label("id"),
        RoomPlace.joined_at,
        RoomPlace.is_admin,
        Room.host_id,
    )
    .join(Account, Account.id == RoomPlace.member_id)
    .join(Room, Room.id == RoomPlace.room_id)
    .where(RoomPlace.room_id == ROOM, RoomPlace.left_at.is_(None), meets(VIEWER))
    .order_by(RoomPlace.joined_at, RoomPlace.member_id)
    .limit(_rows)
)
_PARTICIPANTS_NEXT = _PARTICIPANTS.where(sa.tuple_(RoomPlace.joined_at, RoomPlace.member_id) > AFTER)


def participants(session: Session, room_id: UUID, viewer: UUID, page: PageQuery) -> Page[Participant]:
    """Who is in a room, the longest first, as far as the viewer, who is in it, may meet them.

    Raises:
        NotFound, NotInRoom
    """
    standing(session, room_id, viewer).require_in()
    after = page.after
    values = {"room": room_id, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    rows = session.execute(_PARTICIPANTS if after is None else _PARTICIPANTS_NEXT, values).all()

    def participant(row: Any) -> Participant:
        role = role_of(row.id, row.host_id, is_in=True, is_admin=row.is_admin)
        return Participant(user=card_from(row), role=role or Role.PARTICIPANT, joined_at=row.joined_at)

    return page.page(rows, participant, lambda row: Position.at(row.joined_at, row.id))


_BANS = (
    sa.select(*CARD_COLUMNS, RoomBan.member_id.label("id"), RoomBan.until, RoomBan.created_at)
    .join(Account, Account.id == RoomBan.member_id)
    .where(RoomBan.room_id == ROOM, ban_holds(), meets(VIEWER))
    .order_by(RoomBan.created_at.desc(), RoomBan.member_id.desc())
    .limit(_rows)
)
_BANS_NEXT = _BANS.where(sa.tuple_(RoomBan.created_at, RoomBan.member_id) < AFTER)


def bans(session: Session, room_id: UUID, viewer: UUID, now: datetime, page: PageQuery) -> Page[Banned]:
    """Who may not come in, the latest first, as far as the viewer, an admin, may meet them.

    Raises:
        NotFound, NotInRoom, RoomAdminsOnly
    """
    standing(session, room_id, viewer).require_admin()
    after = page.after
    values = {"room": room_id, "viewer": viewer, "now": now, "rows": page.limit + 1, **keyset(after)}
    rows = session.execute(_BANS if after is None else _BANS_NEXT, values).all()
    return page.page(
        rows, lambda row: Banned(user=card_from(row), until=row.until, created_at=row.created_at)
    )


_MESSAGES = (
    sa.select(*RoomMessage.__table__.columns, *CARD_COLUMNS)
    .join(Account, Account.id == RoomMessage.member_id)
    .where(RoomMessage.room_id == ROOM)
)
_KEPT = _MESSAGES.where(is_kept())
_NEWEST = (
    _KEPT.where(shows())
    .where(sa.or_(RoomMessage.action.is_(None), RoomMessage.action != Action.REMOVED.value))
    .order_by(RoomMessage.seq.desc())
    .limit(_rows)
)
_NEWEST_NEXT = _NEWEST.where(RoomMessage.seq < sa.bindparam("before_seq"))


def messages(
    session: Session, room_id: UUID, viewer: UUID, now: datetime, page: PageQuery
) -> Page[MessageOut]:
    """What happened in a room that the viewer is in, newest first, without what is not for them.

    Raises:
        NotFound, NotInRoom
    """
    standing(session, room_id, viewer).require_in()
    after = page.after
    values: dict[str, Any] = {"room": room_id, "viewer": viewer, "rows": page.limit + 1, **kept(now)}
    statement = _NEWEST
    if after is not None:
        statement, values["before_seq"] = _NEWEST_NEXT, after.order
    rows = session.execute(statement, values).all()
    return page.page(rows, message_from, lambda row: Position(row.seq, row.id))


_OLDEST_AFTER = (
    _KEPT.add_columns(shows().label("is_shown"))
    .where(RoomMessage.seq > sa.bindparam("after_seq"))
    .order_by(RoomMessage.seq)
    .limit(_rows)
)


def messages_after(
    session: Session, room_id: UUID, viewer: UUID, now: datetime, seq: int, most: int
) -> Sequence[Any]:
    """Up to ``most`` rows after a number, oldest first; ``is_shown`` says whether one is for the viewer."""
    values = {"room": room_id, "viewer": viewer, "after_seq": seq, "rows": most, **kept(now)}
    return session.execute(_OLDEST_AFTER, values).all()


_ONE = _MESSAGES.where(
    RoomMessage.member_id == sa.bindparam("author", type_=sa.Uuid()),
    RoomMessage.client_id == sa.bindparam("client_id", type_=sa.Uuid()),
)


def sent_before(session: Session, room_id: UUID, author_id: UUID, client_id: UUID) -> MessageOut | None:
    """The message that somebody sent under a ``client_id`` already."""
    values = {"room": room_id, "author": author_id, "client_id": client_id}
    row = session.execute(_ONE, values).one_or_none()
    return message_from(row) if row else None


def message_from(row: Any) -> MessageOut:
    """The message in a row of ``room_messages`` with the card of whom it is about."""
    return MessageOut(
        id=row.id,
        room_id=row.room_id,
        seq=row.seq,
        type="text" if row.action is None else "system",
        action=row.action,
        user=card_from(row),
        body=row.body,
        client_id=row.client_id,
        is_deleted=row.removed_at is not None,
        created_at=row.created_at,
    )
