"""Accountability partners: by invitation and consent."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.crowd import START
from tests.web.together import together
from tests.web.vanishing import WAYS, come_back, set_columns, vanish
from web.core.app import App
from web.core.events import Event
from web.graph.models import CheckIn, Friendship, Partnership
from web.graph.partners.events import (
    PartnerCheckedIn,
    PartnerInvited,
    PartnershipBegan,
    PartnershipEnded,
    PartnershipPaused,
    PartnershipResumed,
)
from web.graph.partners.queries import is_due
from web.graph.partners.schemas import NewCheckIn, NewPartnership
from web.graph.partners.service import PartnerService

Emitted = Callable[..., list[Event]]


def invite(api: Api, inviter: Person, invitee: Person, **options: Any) -> dict[str, Any]:
    body = {"partner_id": str(invitee.id), **options}
    answer: dict[str, Any] = api.post("/accountability", body, inviter)
    return answer


def turn(api: Api, who: Person, partnership_id: str, to: str, status: int = 200) -> Any:
    """Ask for another status."""
    response = api.call("PATCH", f"/accountability/{partnership_id}", who, {"status": to}, status=status)
    return response.json


def code(answer: Any) -> str:
    found: str = answer["error"]["code"]
    return found


@pytest.fixture
def partners(api: Api, mina: Person, joon: Person) -> str:
    """Mina invited, Joon agreed."""
    partnership_id: str = invite(api, mina, joon)["id"]
    turn(api, joon, partnership_id, "active")
    return partnership_id


def test_an_invitation_shows_on_both_sides(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    mine = invite(api, mina, joon, frequency="weekly")
    [theirs] = api.get("/accountability", joon)["items"]
    assert (mine["partner"]["username"], theirs["partner"]["username"]) == ("joon", "mina")
    assert (mine["status"], mine["frequency"], mine["is_due"]) == ("invited", "weekly", False)
    assert (mine["is_invited"], theirs["is_invited"]) == (False, True)
    assert api.get("/accountability", mina)["items"] == [mine]
    assert emitted() == [
        PartnerInvited(inviter_id=mina.id, invitee_id=joon.id, partnership_id=UUID(mine["id"]))
    ]
    assert [item["type"] for item in api.get("/notifications", joon)["items"]] == ["partner_invited"]


def test_inviting_twice_or_back_is_inviting_once(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    first = invite(api, mina, joon)
    assert invite(api, mina, joon, frequency="weekly") == first
    assert invite(api, joon, mina)["id"] == first["id"]
    assert api.get("/accountability", joon)["items"][0]["status"] == "invited"  # asking back is no consent
    assert len(emitted()) == 1


def test_only_the_invited_can_agree(api: Api, mina: Person, joon: Person, sora: Person) -> None:
    partnership_id = invite(api, mina, joon)["id"]
    assert code(turn(api, mina, partnership_id, "active", 403)) == "NOT_INVITED"
    assert code(turn(api, sora, partnership_id, "active", 404)) == "NOT_FOUND"
    answer = turn(api, joon, partnership_id, "active")
    assert (answer["status"], answer["is_due"]) == ("active", True)
    assert answer["started_at"] is not None
    assert [item["type"] for item in api.get("/notifications", mina)["items"]] == ["partner_accepted"]


def test_agreeing_twice_is_agreeing_once(
    api: Api, mina: Person, joon: Person, partners: str, emitted: Emitted
) -> None:
    for who in (joon, mina):
        assert turn(api, who, partners, "active")["status"] == "active"
    began = PartnershipBegan(invitee_id=joon.id, inviter_id=mina.id, partnership_id=UUID(partners))
    assert emitted()[1:] == [began]


def test_an_invitation_says_how_often_and_only_the_inviter_changes_that(
    api: Api, mina: Person, joon: Person
) -> None:
    partnership_id = invite(api, mina, joon)["id"]
    answer = api.call("PATCH", f"/accountability/{partnership_id}", joon, {"frequency": "weekly"}, status=403)
    assert code(answer.json) == "NOT_INVITED"
    both = {"frequency": "weekly", "status": "active"}
    api.call("PATCH", f"/accountability/{partnership_id}", joon, both, status=403)
    assert api.get("/accountability", joon)["items"][0]["status"] == "invited"  # nothing half done
    api.call("PATCH", f"/accountability/{partnership_id}", mina, {"frequency": "weekly"}, status=200)
    turn(api, joon, partnership_id, "active")
    answer = api.call("PATCH", f"/accountability/{partnership_id}", joon, {"frequency": "daily"}, status=200)
    assert answer.json["frequency"] == "daily"


def test_either_pauses_and_either_goes_on(
    api: Api, mina: Person, joon: Person, partners: str, emitted: Emitted
) -> None:
    assert turn(api, mina, partners, "paused")["is_due"] is False
    turn(api, mina, partners, "paused")
    answer = api.post(f"/accountability/{partners}/check-ins", {}, joon, status=409)
    assert (code(answer), answer["error"]["details"]["status"]) == ("PARTNERSHIP_NOT_ACTIVE", "paused")
    assert turn(api, joon, partners, "active")["status"] == "active"
    ids = {"partnership_id": UUID(partners)}
    assert emitted()[2:] == [
        PartnershipPaused(member_id=mina.id, **ids),
        PartnershipResumed(member_id=joon.id, **ids),
    ]


def test_an_invitation_cannot_be_paused_or_checked_in_to(api: Api, mina: Person, joon: Person) -> None:
    partnership_id = invite(api, mina, joon)["id"]
    assert code(turn(api, joon, partnership_id, "paused", 409)) == "PARTNERSHIP_NOT_ACTIVE"
    answer = api.post(f"/accountability/{partnership_id}/check-ins", {}, joon, status=409)
    assert code(answer) == "PARTNERSHIP_NOT_ACTIVE"


@pytest.mark.parametrize("who", ["mina", "joon"])
def test_either_ends_an_invitation_silently(
    who: str, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    partnership_id = invite(api, mina, joon)["id"]
    ender, other = (mina, joon) if who == "mina" else (joon, mina)
    api.delete(f"/accountability/{partnership_id}", ender)
    api.delete(f"/accountability/{partnership_id}", ender, status=404)
    assert api.get("/accountability", other)["items"] == []
    assert emitted()[1:] == [PartnershipEnded(member_id=ender.id, partnership_id=UUID(partnership_id))]
    assert api.get("/notifications", mina)["items"] == []
    # Whoever wants can ask again.
    assert invite(api, other, ender)["id"] != partnership_id


def test_what_has_ended_can_be_read_and_not_changed(
    api: Api, mina: Person, joon: Person, partners: str
) -> None:
    api.post(f"/accountability/{partners}/check-ins", {"note": "ran"}, mina)
    api.delete(f"/accountability/{partners}", joon)
    [ended] = api.get("/accountability?status=ended", mina)["items"]
    assert (ended["id"], ended["is_due"]) == (partners, False)
    assert ended["ended_at"] is not None
    assert [item["note"] for item in api.get(f"/accountability/{partners}/check-ins", joon)["items"]] == [
        "ran"
    ]
    turn(api, mina, partners, "active", 404)
    api.post(f"/accountability/{partners}/check-ins", {}, mina, status=404)


def test_a_check_in_is_seen_by_the_partner(
    api: Api, mina: Person, joon: Person, partners: str, emitted: Emitted
) -> None:
    made = api.post(f"/accountability/{partners}/check-ins", {"note": " 30 minutes "}, mina)
    assert (made["member_id"], made["note"]) == (str(mina.id), "30 minutes")
    assert api.get(f"/accountability/{partners}/check-ins", joon)["items"] == [made]
    [theirs] = api.get("/accountability", joon)["items"]
    assert (theirs["partners_last_check_in"], theirs["my_last_check_in"]) == (made["local_day"], None)
    assert theirs["is_due"] is True
    assert api.get("/accountability", mina)["items"][0]["is_due"] is False
    assert emitted()[2:] == [
        PartnerCheckedIn(
            member_id=mina.id,
            partner_id=joon.id,
            partnership_id=UUID(partners),
            check_in_id=UUID(made["id"]),
        )
    ]
    assert api.get("/notifications", joon)["items"][0]["type"] == "partner_checked_in"


def test_a_second_check_in_of_a_day_is_the_first_with_a_new_note(
    api: Api, mina: Person, partners: str, emitted: Emitted
) -> None:
    path = f"/accountability/{partners}/check-ins"
    first = api.post(path, {"note": "ran"}, mina)
    assert api.post(path, {"note": "ran and swam"}, mina) == first | {"note": "ran and swam"}
    assert api.post(path, {}, mina)["note"] == "ran and swam"
    assert api.post(path, who=mina)["id"] == first["id"]  # the body may be left out
    assert len(emitted()) == 3


def test_check_ins_come_in_pages(
    api: Api, mina: Person, joon: Person, partners: str, owner_engine: sa.Engine
) -> None:
    rows = [
        {
            "id": uuid4(),
            "partnership_id": UUID(partners),
            "member_id": (mina, joon)[number % 2].id,
            "local_day": date(2026, 1, 1 + number // 2),
            "created_at": START,
        }
        for number in range(7)
    ]
    with owner_engine.begin() as connection:
        connection.execute(sa.insert(CheckIn), rows)
    items = api.every_page(f"/accountability/{partners}/check-ins", joon, limit=3)
    assert [item["id"] for item in items] == sorted((str(row["id"]) for row in rows), reverse=True)


def test_a_check_in_belongs_to_the_local_day(
    app: App, mina: Person, joon: Person, partners: str, owner_engine: sa.Engine
) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # UTC+14 and −11: never the same day
        set_columns(owner_engine, mina, zone=zone)
        with app.work() as services:
            services[PartnerService].check_in(mina.id, UUID(partners), NewCheckIn())
    with owner_engine.connect() as connection:
        assert len(set(connection.scalars(sa.select(CheckIn.local_day)))) == 2


@pytest.mark.parametrize(
    ("frequency", "last", "today", "due"),
    [
        ("daily", None, date(2026, 3, 4), True),
        ("daily", date(2026, 3, 3), date(2026, 3, 4), True),
        ("daily", date(2026, 3, 4), date(2026, 3, 4), False),
        ("weekly", None, date(2026, 3, 4), True),
        ("weekly", date(2026, 3, 2), date(2026, 3, 8), False),  # Monday and Sunday of one week
        ("weekly", date(2026, 3, 8), date(2026, 3, 9), True),
        ("weekly", date(2026, 3, 8), date(2026, 3, 7), False),  # travelled west
    ],
)
def test_when_a_check_in_is_due(frequency: str, last: date | None, today: date, due: bool) -> None:
    assert is_due(frequency, last, today) is due


def test_nobody_partners_themselves_or_nobody(api: Api, mina: Person) -> None:
    answer = api.post("/accountability", {"partner_id": str(mina.id)}, mina, status=422)
    assert code(answer) == "SELF_PARTNERSHIP"
    api.post("/accountability", {"partner_id": str(uuid4())}, mina, status=404)


def test_who_takes_no_friend_requests_is_invited_by_friends_only(
    api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, joon, who_can_send_friend_requests="no_one")
    answer = api.post("/accountability", {"partner_id": str(joon.id)}, mina, status=403)
    assert code(answer) == "INVITATIONS_NOT_ACCEPTED"
    rows = [
        {"member_id": one.id, "friend_id": other.id, "created_at": START}
        for one, other in ((mina, joon), (joon, mina))
    ]
    with owner_engine.begin() as connection:
        connection.execute(sa.insert(Friendship), rows)
    assert invite(api, mina, joon)["status"] == "invited"


def test_a_block_ends_a_partnership_and_hides_it(
    api: Api, mina: Person, joon: Person, partners: str, emitted: Emitted
) -> None:
    api.post(f"/accountability/{partners}/check-ins", {"note": "ran"}, mina)
    api.put(f"/users/{mina.id}/block", joon)
    assert PartnershipEnded(member_id=joon.id, partnership_id=UUID(partners)) in emitted()
    for who in (mina, joon):
        assert api.get("/accountability?status=ended", who)["items"] == []
        api.get(f"/accountability/{partners}/check-ins", who, status=404)
    api.delete(f"/users/{mina.id}/block", joon, status=200)
    assert api.get("/accountability", mina)["items"] == []  # what a block ended does not come back


@pytest.mark.parametrize("way", [way for way in WAYS if "block" not in way])
def test_a_partner_out_of_sight_is_not_listed(
    way: str, app: App, api: Api, mina: Person, joon: Person, partners: str, owner_engine: sa.Engine
) -> None:
    vanish(app, owner_engine, joon, mina, way)
    assert api.get("/accountability", mina)["items"] == []
    api.get(f"/accountability/{partners}/check-ins", mina, status=404)
    turn(api, mina, partners, "paused", 404)
    api.post(f"/accountability/{partners}/check-ins", {}, mina, status=404)
    come_back(app, owner_engine, joon, mina, way)
    assert len(api.get("/accountability", mina)["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"partner_id": "nobody"},
        {"frequency": "hourly"},
        {"note": ""},
        {"status": "ended"},
        {"unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused(
    body: dict[str, Any], api: Api, mina: Person, joon: Person, partners: str
) -> None:
    if "note" in body:
        api.post(f"/accountability/{partners}/check-ins", body, mina, status=422)
    elif "status" in body:
        api.call("PATCH", f"/accountability/{partners}", mina, body, status=422)
    else:
        api.post("/accountability", {"partner_id": str(joon.id)} | body if body else {}, mina, status=422)


def test_inviting_each_other_at_the_same_moment_is_one_invitation(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    def ask(one: Person, other: Person) -> UUID:
        with app.work() as services:
            return services[PartnerService].invite(one.id, NewPartnership(partner_id=other.id))

    pairs = ((mina, joon), (joon, mina)) * 3
    assert len(set(together([partial(ask, *pair) for pair in pairs]))) == 1
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Partnership)) == 1


def test_checking_in_at_the_same_moment_is_checking_in_once(
    app: App, api: Api, mina: Person, joon: Person, partners: str, emitted: Emitted
) -> None:
    def check_in() -> None:
        with app.work() as services:
            services[PartnerService].check_in(mina.id, UUID(partners), NewCheckIn(note="done"))

    together([check_in] * 6)
    assert len(api.get(f"/accountability/{partners}/check-ins", joon)["items"]) == 1
    assert sum(isinstance(event, PartnerCheckedIn) for event in emitted()) == 1


def test_the_list_costs_the_same_for_one_partner_and_for_many(
    app: App, api: Api, mina: Person, joon: Person, statements: Callable[[], list[str]]
) -> None:
    invite(api, mina, joon)
    numbers = []
    for more in (0, 5):
        for number in range(more):
            invite(api, mina, make_person(app, f"partner{number}"))
        api.get("/accountability", mina)
        before = len(statements())
        api.get("/accountability", mina)
        numbers.append(len(statements()) - before)
    assert numbers[0] == numbers[1] <= 2
