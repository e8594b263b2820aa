"""Keeping order: kicking, banning, admins, and who may do what to whom."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.rooms.conftest import Ear, Rooms
from tests.web.together import together
from web.accounts.models import AuditEntry
from web.core.app import App
from web.core.events import Event
from web.rooms.errors import RoomBanned
from web.rooms.events import RoomMemberShownOut
from web.rooms.models import RoomBan, RoomPlace
from web.rooms.order import RoomOrder

Said = Callable[[Person, UUID], list[str]]


def code(answer: Any) -> str:
    return str(answer.json["error"]["code"])


def kick(api: Api, who: Person, room: UUID, whom: Person, minutes: int = 30) -> Any:
    return api.call("POST", f"/rooms/{room}/kick", who, {"user_id": str(whom.id), "minutes": minutes})


def ban(api: Api, who: Person, room: UUID, whom: Person) -> Any:
    return api.call("POST", f"/rooms/{room}/ban", who, {"user_id": str(whom.id)})


def join(api: Api, who: Person, room: UUID) -> Any:
    return api.call("POST", f"/rooms/{room}/join", who)


@pytest.fixture
def full(api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person) -> UUID:
    """Mina's room, with Joon as an admin and Sora in it."""
    rooms.join(sora, room)
    api.put(f"/rooms/{room}/admins/{joon.id}", mina)
    return room


def test_who_is_kicked_may_come_back_after_a_while(
    api: Api,
    full: UUID,
    joon: Person,
    sora: Person,
    clock: Any,
    said: Said,
    emitted: Callable[..., list[Event]],
) -> None:
    assert kick(api, joon, full, sora, 10).status_int == 204
    assert emitted()[-1] == RoomMemberShownOut(admin_id=joon.id, member_id=sora.id, room_id=full, minutes=10)
    until = (clock.moment + timedelta(minutes=10)).isoformat()
    refused = join(api, sora, full)
    assert (code(refused), refused.json["error"]["details"]) == ("ROOM_BANNED", {"until": until})
    seen = api.get(f"/rooms/{full}", sora)
    assert (seen["my_role"], seen["banned"], seen["participant_count"]) == (None, True, 2)
    assert said(joon, full)[-1] == "kicked sora"
    clock.moment += timedelta(minutes=10, seconds=1)
    assert api.get(f"/rooms/{full}", sora)["banned"] is False
    assert join(api, sora, full).status_int == 200


def test_who_is_banned_stays_out_until_they_are_let_in(
    api: Api, full: UUID, mina: Person, joon: Person, sora: Person, clock: Any, said: Said
) -> None:
    for _ in range(2):
        assert ban(api, joon, full, sora).status_int == 204
    clock.moment += timedelta(days=20)
    refused = join(api, sora, full)
    assert (code(refused), refused.json["error"]["details"]) == ("ROOM_BANNED", {"until": None})
    assert said(mina, full)[-1] == "banned sora"
    [banned] = api.every_page(f"/rooms/{full}/bans", joon)
    assert (banned["user"]["username"], banned["until"]) == ("sora", None)
    for _ in range(2):
        api.delete(f"/rooms/{full}/bans/{sora.id}", joon)
    assert api.every_page(f"/rooms/{full}/bans", mina) == []
    assert join(api, sora, full).status_int == 200


def test_who_was_never_there_can_be_kept_out(
    api: Api, room: UUID, mina: Person, sora: Person, said: Said
) -> None:
    assert kick(api, mina, room, sora).status_int == 404
    assert ban(api, mina, room, sora).status_int == 204
    assert code(join(api, sora, room)) == "ROOM_BANNED"
    assert said(mina, room) == ["joined mina", "joined joon"]
    nobody = api.call("POST", f"/rooms/{room}/ban", mina, {"user_id": str(uuid4())})
    assert nobody.status_int == 404


def test_only_the_host_is_above_the_admins_and_nobody_above_the_host(
    api: Api, full: UUID, mina: Person, joon: Person, sora: Person
) -> None:
    for act in (kick, ban):
        assert code(act(api, sora, full, mina)) == "ROOM_ADMINS_ONLY"
        assert code(act(api, joon, full, mina)) == "ROOM_RANK_TOO_LOW"
        assert code(act(api, joon, full, joon)) == "ROOM_RANK_TOO_LOW"
        assert code(act(api, mina, full, mina)) == "ROOM_RANK_TOO_LOW"
    api.put(f"/rooms/{full}/admins/{sora.id}", mina)
    assert code(kick(api, joon, full, sora)) == "ROOM_RANK_TOO_LOW"
    assert kick(api, mina, full, joon).status_int == 204


def test_bans_are_for_who_keeps_order(api: Api, full: UUID, mina: Person, sora: Person) -> None:
    assert api.get(f"/rooms/{full}/bans", sora, status=403)["error"]["code"] == "ROOM_ADMINS_ONLY"
    assert (
        api.delete(f"/rooms/{full}/bans/{mina.id}", sora, status=403)["error"]["code"] == "ROOM_ADMINS_ONLY"
    )


def test_admins_are_made_and_unmade_by_the_host(
    api: Api, room: UUID, mina: Person, joon: Person, sora: Person, said: Said
) -> None:
    path = f"/rooms/{room}/admins"
    assert api.put(f"{path}/{joon.id}", joon, status=403)["error"]["code"] == "NOT_OWNER"
    api.put(f"{path}/{sora.id}", mina, status=404)  # not in the room
    assert api.put(f"{path}/{mina.id}", mina)["role"] == "host"
    for method, role in (("PUT", "admin"), ("DELETE", "participant")):
        for _ in range(2):
            assert api.call(method, f"{path}/{joon.id}", mina, status=200).json["role"] == role
    assert said(mina, room)[2:] == ["made_admin joon", "unmade_admin joon"]


def test_whoever_leaves_is_no_admin_when_they_come_back(
    api: Api, rooms: Rooms, full: UUID, joon: Person
) -> None:
    rooms.leave(joon, full)
    assert join(api, joon, full).json["my_role"] == "participant"


def test_who_blocks_an_admin_can_be_shown_out_all_the_same(
    api: Api, full: UUID, joon: Person, sora: Person
) -> None:
    api.put(f"/users/{joon.id}/block", sora)
    assert kick(api, joon, full, sora).status_int == 204


def test_what_admins_do_is_in_the_audit_log(
    app: App, api: Api, full: UUID, mina: Person, joon: Person, sora: Person
) -> None:
    kick(api, joon, full, sora, 5)
    ban(api, mina, full, sora)
    api.delete(f"/rooms/{full}/bans/{sora.id}", mina)
    api.delete(f"/rooms/{full}/admins/{joon.id}", mina, status=200)
    with app.engines.reads.connect() as connection:
        entries = sa.select(AuditEntry.actor_id, AuditEntry.action, AuditEntry.details).where(
            AuditEntry.subject_kind == "room", AuditEntry.subject_id == full
        )
        acts = [tuple(row) for row in connection.execute(entries.order_by(AuditEntry.id))]
    assert acts == [
        (mina.id, "make_admin", {"member_id": str(joon.id)}),
        (joon.id, "kick", {"member_id": str(sora.id), "minutes": 5}),
        (mina.id, "ban", {"member_id": str(sora.id)}),
        (mina.id, "lift_ban", {"member_id": str(sora.id)}),
        (mina.id, "unmake_admin", {"member_id": str(joon.id)}),
    ]


def test_who_is_shown_out_loses_their_sockets_on_the_room(
    api: Api, full: UUID, joon: Person, sora: Person, ear: Callable[[UUID], Ear]
) -> None:
    listening = ear(full)
    kick(api, joon, full, sora)
    told, shown_out = listening.heard()
    assert b"kicked" in (told.frame or b"")
    assert (shown_out.dismissed, shown_out.reason) == (sora.id, "kicked")


def test_nobody_comes_in_while_they_are_being_banned(
    app: App, api: Api, rooms: Rooms, room: UUID, mina: Person, sora: Person
) -> None:
    def come() -> None:
        with suppress(RoomBanned):
            rooms.join(sora, room)

    def keep_out() -> None:
        with app.work() as services:
            services[RoomOrder].ban(mina.id, room, sora.id)

    for _ in range(10):
        together([come, keep_out])
        with app.engines.reads.connect() as connection:
            inside = sa.exists().where(RoomPlace.member_id == sora.id, RoomPlace.left_at.is_(None))
            assert not connection.scalar(sa.select(inside))
            assert connection.scalar(sa.select(sa.exists().where(RoomBan.member_id == sora.id)))
        with app.work() as services:
            services[RoomOrder].unban(mina.id, room, sora.id)
    assert api.get(f"/rooms/{room}", mina)["participant_count"] == 2
