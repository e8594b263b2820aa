"""The list of rooms, and one of it, with how many have it open just now."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.policy import normal_form
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.clock import Clock
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.followers import Followers
from web.core.pagination import AFTER, Page, Position, keyset
from web.graph.relations import meets, mutes
from web.rooms.log import topic_of
from web.rooms.models import Room, RoomBan, RoomPlace
from web.rooms.policy import ROOM, VIEWER, is_there
from web.rooms.queries import ban_holds, role_of
from web.rooms.schemas import Room as RoomOut
from web.rooms.schemas import RoomsQuery

_text = sa.bindparam("text", type_=sa.Text())
_language = sa.bindparam("language", type_=sa.Text())
_ROOMS: AnySelect = (
    sa.select(
        Room.id,
        Room.host_id,
        Room.name,
        Room.topic,
        Room.language,
        Room.password_hash.is_not(None).label("has_password"),
        Room.max_participants,
        Room.participant_count,
        Room.slow_mode_seconds,
        Room.last_seq,
        Room.active_at,
        Room.created_at,
        RoomPlace.member_id.is_not(None).label("is_in"),
        sa.func.coalesce(RoomPlace.is_admin, sa.false()).label("is_admin"),
        RoomBan.member_id.is_not(None).label("banned"),
        RoomBan.until.label("banned_until"),
        meets(VIEWER).label("meets_host"),
        *CARD_COLUMNS,
    )
    .join(Account, Account.id == Room.host_id)
    .outerjoin(
        RoomPlace,
        sa.and_(RoomPlace.room_id == Room.id, RoomPlace.member_id == VIEWER, RoomPlace.left_at.is_(None)),
    )
    .outerjoin(RoomBan, sa.and_(RoomBan.room_id == Room.id, RoomBan.member_id == VIEWER, ban_holds()))
    .where(is_there())
)
_ONE = _ROOMS.where(Room.id == ROOM)
# Rooms are few beside what is said in them: the open ones are read through, as many as a page needs.
_LIST = (
    _ROOMS.where(
        sa.or_(_text.is_(None), Room.search_key.like(_text, escape="\\")),
        sa.or_(
            _language.is_(None),
            Room.language == _language,
            sa.func.starts_with(Room.language, _language + "-"),
        ),
    )
    .order_by(Room.active_at.desc(), Room.id.desc())
    .limit(sa.bindparam("rows"))
)
_before = sa.tuple_(Room.active_at, Room.id) < AFTER
_OPEN = _LIST.where(sa.not_(mutes(VIEWER, Room.host_id)))
_JOINED = _LIST.where(RoomPlace.member_id.is_not(None))
_OPEN_NEXT, _JOINED_NEXT = _OPEN.where(_before), _JOINED.where(_before)


def search_key(name: str, topic: str) -> str:
    """Name and topic in the form in which they are looked for."""
    return normal_form(f"{name}\n{topic}")


class RoomDirectory:
    """Shows rooms to members."""

    def __init__(self, session: Session, clock: Clock, followers: Followers) -> None:
        self._session = session
        self._clock = clock
        self._followers = followers

    def room(self, viewer: UUID, room_id: UUID) -> RoomOut:
        """One room.

        Raises:
            NotFound: absent, closed, or a block is between the viewer and its host.
        """
        values = {"room": room_id, "viewer": viewer, "now": self._clock.now()}
        row = self._session.execute(_ONE, values).one_or_none()
        if row is None:
            raise NotFound()
        return _room_from(row, viewer, self._online([row]))

    def rooms(self, viewer: UUID, query: RoomsQuery) -> Page[RoomOut]:
        """The open rooms, the liveliest first, without those of hosts whom the viewer mutes.

        Of the rooms that the viewer is in none is left out.
        """
        after = query.after
        values = {
            "viewer": viewer,
            "now": self._clock.now(),
            "text": _pattern(query.q),
            "language": query.language,
            "rows": query.limit + 1,
            **keyset(after),
        }
        if query.joined:
            statement = _JOINED if after is None else _JOINED_NEXT
        else:
            statement = _OPEN if after is None else _OPEN_NEXT
        rows = self._session.execute(statement, values).all()
        online = self._online(rows[: query.limit])
        return query.page(
            rows, lambda row: _room_from(row, viewer, online), lambda row: Position.at(row.active_at, row.id)
        )

    def _online(self, rows: Iterable[Any]) -> dict[str, int]:
        return self._followers.counts([topic_of(row.id) for row in rows])


def _pattern(wanted: str | None) -> str | None:
    """The LIKE pattern of what contains a text."""
    if wanted is None:
        return None
    key = normal_form(wanted).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{key}%"


def _room_from(row: Any, viewer: UUID, online: dict[str, int]) -> RoomOut:
    return RoomOut(
        id=row.id,
        name=row.name,
        topic=row.topic,
        language=row.language,
        has_password=row.has_password,
        max_participants=row.max_participants,
        participant_count=row.participant_count,
        slow_mode_seconds=row.slow_mode_seconds,
        host=card_from(row) if row.meets_host else None,
        online_count=online[topic_of(row.id)],
        last_seq=row.last_seq,
        active_at=row.active_at,
        created_at=row.created_at,
        my_role=role_of(viewer, row.host_id, is_in=row.is_in, is_admin=row.is_admin),
        banned=row.banned,
        banned_until=row.banned_until,
    )
