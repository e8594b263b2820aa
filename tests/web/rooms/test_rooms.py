"""Opening, finding, changing and closing rooms."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.rooms.conftest import Rooms
from tests.web.statements import sent
from web.accounts.models import AuditEntry
from web.core.app import App
from web.core.events import Event
from web.moderation.models import Flag
from web.rooms.events import RoomClosed, RoomJoined, RoomOpened
from web.rooms.log import ACTIVE_EVERY
from web.rooms.models import Room
from web.rooms.service import MOST_ROOMS

Emitted = Callable[..., list[Event]]


def names(api: Api, who: Person, **query: str) -> list[str]:
    return [item["name"] for item in api.every_page(f"/rooms?{urlencode(query)}", who)]


def test_whoever_opens_a_room_hosts_it_and_is_in_it(api: Api, mina: Person, emitted: Emitted) -> None:
    room = api.post("/rooms", {"name": " 서울의 밤 ", "topic": "야경", "language": "ko-kr"}, mina)
    assert (room["name"], room["topic"], room["language"]) == ("서울의 밤", "야경", "ko-KR")
    assert (room["my_role"], room["participant_count"], room["online_count"]) == ("host", 1, 0)
    assert (room["host"]["username"], room["has_password"], room["last_seq"]) == ("mina", False, 1)
    assert api.get(f"/rooms/{room['id']}", mina) == room
    room_id = UUID(room["id"])
    assert emitted() == [
        RoomOpened(host_id=mina.id, room_id=room_id, has_password=False),
        RoomJoined(member_id=mina.id, room_id=room_id),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x"},
        {"name": "x" * 61},
        {"name": "two\nlines"},
        {"max_participants": 1},
        {"max_participants": 501},
        {"slow_mode_seconds": -1},
        {"password": "123"},
        {"language": "nonsense"},
        {"colour": "red"},
    ],
)
def test_a_room_that_makes_no_sense_is_refused(api: Api, mina: Person, wrong: dict[str, Any]) -> None:
    api.post("/rooms", {"name": "Seoul"} | wrong, mina, status=422)


def test_a_member_hosts_so_many_rooms_and_no_more(api: Api, rooms: Rooms, mina: Person) -> None:
    first = rooms.open(mina)
    for _ in range(MOST_ROOMS - 1):
        rooms.open(mina)
    refused = api.post("/rooms", {"name": "One more"}, mina, status=409)
    assert refused["error"]["code"] == "TOO_MANY_ROOMS"
    api.delete(f"/rooms/{first}", mina)
    api.post("/rooms", {"name": "One more"}, mina)


def test_the_password_is_nowhere(api: Api, rooms: Rooms, mina: Person, joon: Person, app: App) -> None:
    room = rooms.open(mina, password="open sesame")
    for reader in (mina, joon):
        answer = api.call("GET", f"/rooms/{room}", reader, status=200)
        assert answer.json["has_password"] is True
        assert "sesame" not in answer.text
        assert "argon2" not in answer.text
    with app.engines.reads.connect() as connection:
        stored = connection.scalars(sa.select(Room.password_hash)).one()
    assert stored is not None
    assert stored.startswith("$argon2id$")


def test_the_list_has_the_liveliest_first(api: Api, rooms: Rooms, clock: Any, mina: Person) -> None:
    first, *_ = (rooms.open(mina, name=name) for name in ("first", "second", "third"))
    assert sorted(names(api, mina)) == ["first", "second", "third"]
    clock.moment += ACTIVE_EVERY * 2
    rooms.say(mina, first, "still here")
    assert names(api, mina)[0] == "first"


def test_rooms_are_found_by_words_and_language(api: Api, rooms: Rooms, mina: Person, joon: Person) -> None:
    rooms.open(mina, name="한국어 교실", topic="Grammar 100%", language="ko")
    rooms.open(mina, name="English Breakfast", language="en-GB")
    rooms.open(mina, name="ENGLISH_lunch", language="en")
    assert names(api, joon, q="국어") == ["한국어 교실"]
    assert names(api, joon, q="grammar") == ["한국어 교실"]
    assert sorted(names(api, joon, q="ｅｎｇｌｉｓｈ")) == ["ENGLISH_lunch", "English Breakfast"]
    assert names(api, joon, q="h_l") == ["ENGLISH_lunch"]
    assert names(api, joon, q="0%") == ["한국어 교실"]
    assert names(api, joon, q="%z") == []
    assert sorted(names(api, joon, language="en")) == ["ENGLISH_lunch", "English Breakfast"]
    assert names(api, joon, language="en-GB") == ["English Breakfast"]
    assert names(api, joon, language="ko", q="lunch") == []


def test_one_s_own_rooms_are_a_list_of_their_own(
    api: Api, rooms: Rooms, room: UUID, joon: Person, sora: Person
) -> None:
    rooms.open(sora, name="of Sora")
    assert names(api, joon, joined="true") == ["Seoul by night"]
    assert names(api, sora, joined="true") == ["of Sora"]
    rooms.leave(joon, room)
    assert names(api, joon, joined="true") == []


def test_a_cursor_belongs_to_its_filters(api: Api, rooms: Rooms, mina: Person) -> None:
    for _ in range(3):
        rooms.open(mina)
    cursor = api.get("/rooms?limit=1", mina)["next_cursor"]
    api.get(f"/rooms?limit=1&joined=true&cursor={cursor}", mina, status=400)


def test_a_page_of_rooms_costs_the_same_however_many(
    app: App, api: Api, rooms: Rooms, mina: Person, joon: Person
) -> None:
    rooms.open(mina)
    api.get("/rooms", joon)  # the session is known from then on
    with sent(app) as few:
        api.get("/rooms", joon)
    for _ in range(4):
        rooms.open(mina)
    with sent(app) as many:
        assert len(api.get("/rooms", joon)["items"]) == 5
    assert len(many) == len(few)


def test_a_host_and_the_admins_change_a_room(
    api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, app: App
) -> None:
    path = f"/rooms/{room}"
    change = {"name": "Busan", "slow_mode_seconds": 5}
    assert api.call("PATCH", path, joon, change).json["error"]["code"] == "ROOM_ADMINS_ONLY"
    api.put(f"{path}/admins/{joon.id}", mina)
    changed = api.call("PATCH", path, joon, change, status=200).json
    assert (changed["name"], changed["slow_mode_seconds"], changed["topic"]) == ("Busan", 5, "")
    assert names(api, mina, q="busan") == ["Busan"]
    assert names(api, mina, q="seoul") == []
    with app.engines.reads.connect() as connection:
        acts = connection.execute(sa.select(AuditEntry.actor_id, AuditEntry.action, AuditEntry.details)).all()
    assert (joon.id, "change_room", {"fields": ["name", "slow_mode_seconds"]}) in [tuple(act) for act in acts]


def test_a_change_of_nothing_changes_nothing(api: Api, room: UUID, mina: Person) -> None:
    before = api.get(f"/rooms/{room}", mina)
    assert api.call("PATCH", f"/rooms/{room}", mina, {}, status=200).json == before


def test_the_limit_is_never_below_who_is_there(
    api: Api, rooms: Rooms, room: UUID, mina: Person, sora: Person
) -> None:
    rooms.join(sora, room)
    refused = api.call("PATCH", f"/rooms/{room}", mina, {"max_participants": 2}, status=409).json
    assert refused["error"]["code"] == "ROOM_HAS_MORE"
    assert refused["error"]["details"] == {"participant_count": 3}
    api.call("PATCH", f"/rooms/{room}", mina, {"max_participants": 3}, status=200)


def test_a_password_is_set_changed_and_taken_away(
    api: Api, rooms: Rooms, room: UUID, mina: Person, sora: Person
) -> None:
    path = f"/rooms/{room}"
    assert api.call("PATCH", path, mina, {"password": "sesame"}, status=200).json["has_password"] is True
    assert api.call("POST", f"{path}/join", sora).json["error"]["code"] == "ROOM_PASSWORD_WRONG"
    assert api.call("PATCH", path, mina, {"password": None}, status=200).json["has_password"] is False
    api.post(f"{path}/join", None, sora, status=200)


def test_a_closed_room_is_gone(
    api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, emitted: Emitted
) -> None:
    assert api.delete(f"/rooms/{room}", joon, status=403)["error"]["code"] == "NOT_OWNER"
    api.delete(f"/rooms/{room}", mina)
    assert emitted()[-1] == RoomClosed(host_id=mina.id, room_id=room)
    assert names(api, mina) == []
    api.delete(f"/rooms/{room}", mina, status=404)
    for path in ("", "/participants", "/messages"):
        api.get(f"/rooms/{room}{path}", mina, status=404)
    for path, body in (("join", None), ("leave", None)):
        api.post(f"/rooms/{room}/{path}", body, joon, status=404)
    said = {"client_id": str(uuid4()), "body": "hi"}
    api.post(f"/rooms/{room}/messages", said, joon, status=404)
    api.call("PATCH", f"/rooms/{room}", mina, {"name": "back"}, status=404)


def test_what_is_not_fit_to_be_shown_is_no_name(api: Api, mina: Person, app: App) -> None:
    links = " ".join(f"https://spam.example/{number}" for number in range(12))
    refused = api.post("/rooms", {"name": "Deals", "topic": links}, mina, status=422)
    assert refused["error"]["code"] == "CONTENT_REFUSED"
    room = api.post("/rooms", {"name": "COME HERE EVERYBODY NOW"}, mina)
    with app.engines.reads.connect() as connection:
        flag = connection.execute(sa.select(Flag.subject_kind, Flag.subject_id, Flag.author_id)).one()
    assert tuple(flag) == ("room", UUID(room["id"]), mina.id)
