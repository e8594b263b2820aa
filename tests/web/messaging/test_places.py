"""A member's place in a conversation: receipts, unread counts, folders, muting, leaving."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.messaging.conftest import Talk
from web.core.app import App
from web.core.ids import new_id
from web.messaging.log import MessageLog
from web.messaging.models import Conversation, ConversationMember
from web.messaging.schemas import LARGEST_WITH_RECEIPTS, MOST_UNREAD


def ids(api: Api, who: Person, folder: str = "inbox") -> list[str]:
    """The conversations of a folder, in order."""
    return [item["id"] for item in api.get(f"/conversations?folder={folder}", who)["items"]]


def mark(api: Api, talk: Talk, who: Person, what: str, seq: int | None = None) -> None:
    """Note how far somebody is."""
    body = None if seq is None else {"seq": seq}
    assert api.call("PUT", f"{talk.path}/{what}", who, body).status_int in (200, 204)


def test_marks_only_go_on(api: Api, mina: Person, joon: Person, direct: Talk) -> None:
    for _ in range(4):
        direct.say(mina)
    for seq, expected in ((2, 2), (1, 2), (99, 4)):
        mark(api, direct, joon, "read", seq)
        seen = direct.seen_by(mina)
        assert (seen["partner_read_seq"], seen["partner_delivered_seq"]) == (expected, expected)
        assert direct.seen_by(joon)["last_read_seq"] == expected


def test_delivered_comes_before_read(api: Api, mina: Person, joon: Person, direct: Talk) -> None:
    direct.say(mina)
    mark(api, direct, joon, "delivered")
    seen = direct.seen_by(mina)
    assert (seen["partner_read_seq"], seen["partner_delivered_seq"]) == (0, 1)
    assert direct.seen_by(joon)["unread"] == 1


def test_who_read_what_is_told_in_small_conversations(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    first, second = group.say(mina, "1"), group.say(mina, "2")
    mark(api, group, joon, "read", second["seq"])
    mark(api, group, sora, "read", first["seq"])
    readers = [{each["user_id"] for each in item["read_by"]} for item in group.read(mina, "?limit=2")]
    assert readers == [{str(joon.id)}, {str(joon.id), str(sora.id)}]
    api.put(f"/users/{joon.id}/block", mina)
    assert {each["user_id"] for each in group.read(mina)[1]["read_by"]} == {str(sora.id)}


def test_who_read_what_is_not_told_in_large_ones(app: App, api: Api, mina: Person, group: Talk) -> None:
    more = [make_person(app, f"more{number}") for number in range(LARGEST_WITH_RECEIPTS - 3)]
    message = group.say(mina)
    for each, expected in ((more[:-1], []), (more[-1:], []), ([make_person(app, "one")], None)):
        new = {"member_ids": [str(person.id) for person in each]}
        api.post(f"{group.path}/participants", new, mina)
        [found] = [item for item in group.read(mina) if item["id"] == message["id"]]
        assert found["read_by"] == expected


def test_unread_counts_what_others_say(api: Api, mina: Person, joon: Person, group: Talk) -> None:
    gone = group.say(joon)
    group.say(joon)
    group.say(mina)
    group.say(joon)
    assert group.seen_by(mina)["unread"] == 1  # whoever writes has read
    api.delete(f"{group.path}/messages/{gone['id']}", joon)
    api.call("PATCH", group.path, mina, {"name": "Walkers"}, status=200)  # a notice is nobody's
    assert (group.seen_by(mina)["unread"], group.seen_by(joon)["unread"]) == (1, 0)


def test_unread_is_counted_up_to_a_limit(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk
) -> None:
    for _ in range(MOST_UNREAD + 1):
        direct.say(joon)
    assert direct.seen_by(mina)["unread"] == MOST_UNREAD


def test_who_left_is_brought_back_by_the_next_message(
    api: Api, mina: Person, joon: Person, direct: Talk
) -> None:
    direct.say(joon, "before")
    mark(api, direct, mina, "read")
    theirs, said = direct.seen_by(joon), direct.read(joon)
    for _ in range(2):
        api.post(f"{direct.path}/leave", None, mina, status=204)
    assert ids(api, mina) == []
    assert (direct.seen_by(joon), direct.read(joon)) == (theirs, said)  # who left is not told of
    for number in range(2):
        direct.say(joon, str(number))
    assert ids(api, mina) == [direct.id]
    assert direct.seen_by(mina)["unread"] == 2  # what came after leaving, and nothing else
    assert direct.bodies(mina) == ["1", "0", "before"]


def test_who_left_comes_back_by_writing_or_starting(
    api: Api, mina: Person, joon: Person, direct: Talk
) -> None:
    api.post(f"{direct.path}/leave", None, mina, status=204)
    api.post("/conversations", {"member_id": str(joon.id)}, mina)
    assert ids(api, mina) == [direct.id]
    api.post(f"{direct.path}/leave", None, mina, status=204)
    direct.say(mina)
    assert ids(api, mina) == [direct.id]


def test_what_is_cleared_away_is_cleared_for_oneself(
    api: Api, mina: Person, joon: Person, direct: Talk
) -> None:
    old = direct.say(joon, "old")
    api.delete(direct.path, mina)
    assert ids(api, mina) == []
    direct.say(joon, "new", reply_to_id=old["id"])
    [new] = direct.read(mina)
    assert (new["body"], new["reply_to"]) == ("new", None)
    assert direct.bodies(joon) == ["new", "old"]
    api.call("PATCH", f"{direct.path}/messages/{old['id']}", mina, {"body": "x"}, status=404)


def test_pinned_ones_come_first(app: App, api: Api, mina: Person) -> None:
    talks = []
    for number in range(3):
        partner = make_person(app, f"partner{number}")
        talk = Talk(api, api.post("/conversations", {"member_id": str(partner.id)}, mina)["id"])
        talk.say(partner, str(number))
        talks.append(talk)
    first, second, third = (talk.id for talk in talks)
    assert ids(api, mina) == [third, second, first]
    for _ in range(2):
        assert api.put(f"{talks[0].path}/pin", mina)["is_pinned"]
    assert ids(api, mina) == [first, third, second]
    paged = api.every_page("/conversations?folder=inbox", mina, limit=1)
    assert [item["id"] for item in paged] == [first, third, second]
    for _ in range(2):
        assert not api.delete(f"{talks[0].path}/pin", mina, status=200)["is_pinned"]
    assert ids(api, mina) == [third, second, first]


def test_archived_ones_are_elsewhere(api: Api, mina: Person, joon: Person, direct: Talk) -> None:
    for _ in range(2):
        api.put(f"{direct.path}/archive", mina)
    direct.say(joon)
    assert (ids(api, mina), ids(api, mina, "archived"), ids(api, joon)) == ([], [direct.id], [direct.id])
    for _ in range(2):
        api.delete(f"{direct.path}/archive", mina, status=200)
    assert (ids(api, mina), ids(api, mina, "archived")) == ([direct.id], [])


def test_muting_ends_by_itself(api: Api, mina: Person, joon: Person, direct: Talk) -> None:
    for_good = api.put(f"{direct.path}/mute", mina)
    assert (for_good["is_muted"], for_good["muted_until"]) == (True, None)
    assert not direct.seen_by(joon)["is_muted"]
    moment = datetime.now(UTC) + timedelta(hours=1)
    until = api.call("PUT", f"{direct.path}/mute", mina, {"until": moment.isoformat()}).json
    assert datetime.fromisoformat(until["muted_until"]) == moment
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert not api.call("PUT", f"{direct.path}/mute", mina, {"until": past}).json["is_muted"]
    api.put(f"{direct.path}/mute", mina)
    for _ in range(2):
        assert not api.delete(f"{direct.path}/mute", mina, status=200)["is_muted"]


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("read", {"seq": -1}),
        ("read", {"seq": "1"}),
        ("read", {"seq": 2**63}),
        ("read", {"to": 1}),
        ("delivered", {"seq": 1.5}),
        ("mute", {"until": "tomorrow"}),
        ("mute", {"until": "2030-01-01T00:00:00"}),
        ("mute", {"until": "9999-12-31T23:59:59-12:00"}),
        ("mute", {"until": "0001-01-01T00:00:00+12:00"}),
    ],
)
def test_what_is_no_mark_is_refused(api: Api, mina: Person, direct: Talk, what: str, body: object) -> None:
    api.call("PUT", f"{direct.path}/{what}", mina, body, status=422)


def test_strangers_have_no_place(api: Api, sora: Person, direct: Talk) -> None:
    for talk in (direct, Talk(api, uuid4())):
        for what in ("read", "delivered", "mute", "archive", "pin", "accept", "decline"):
            api.put(f"{talk.path}/{what}", sora, status=404)
        for what in ("mute", "archive", "pin"):
            api.delete(f"{talk.path}/{what}", sora, status=404)
        api.post(f"{talk.path}/leave", None, sora, status=404)
        api.delete(talk.path, sora, status=404)


def test_an_ai_coach_answers_as_nobody(app: App, api: Api, mina: Person) -> None:
    """The schema allows what the coach will need: one member, and messages without a sender."""
    talk = Talk(api, new_id())
    with app.work() as services:
        now = app.clock.now()
        session = services[Session]
        session.execute(sa.insert(Conversation), {"id": UUID(talk.id), "type": "ai_coach", "created_at": now})
        place = {"conversation_id": UUID(talk.id), "member_id": mina.id, "joined_at": now}
        session.execute(sa.insert(ConversationMember), place)
        log = services[MessageLog]
        log.append(log.lock(UUID(talk.id)), None, client_id=new_id(), body="How are you?")
    talk.say(mina, "fine")
    [mine, coach] = talk.read(mina)
    assert (coach["sender"], coach["body"], coach["notice"], mine["body"]) == (
        None,
        "How are you?",
        None,
        "fine",
    )
    assert (talk.seen_by(mina)["type"], talk.seen_by(mina)["partner"]) == ("ai_coach", None)
