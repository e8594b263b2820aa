"""What members' sockets are told about conversations."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.messaging.conftest import Frames, Talk
from tests.web.statements import sent
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.inbox import Inbox
from web.messaging.queries.conversations import conversations_for
from web.messaging.queries.places import places_for
from web.messaging.queries.unread import greeting
from web.messaging.schemas import LARGEST_WITH_RECEIPTS


def events(told: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """The names of frames."""
    return [name for name, _ in told]


def test_a_message_reaches_every_socket_of_everybody_in_it(
    mina: Person, joon: Person, sora: Person, group: Talk, frames: Frames
) -> None:
    message = group.say(mina, "hello")
    for who in (mina, joon, sora):
        name, data = frames(who)[-1]
        assert (name, data["conversation_id"]) == ("message.new", group.id)
        assert data["message"] == {**message, "read_by": None}
        assert (data["is_muted"], data["is_request"]) == (False, False)


def test_a_muted_conversation_is_told_and_said_to_be_muted(
    api: Api, mina: Person, joon: Person, direct: Talk, frames: Frames
) -> None:
    api.put(f"{direct.path}/mute", joon)
    direct.say(mina)
    assert [(name, data.get("is_muted")) for name, data in frames(joon)] == [
        ("conversation.updated", None),
        ("message.new", True),
    ]


def test_what_becomes_of_a_message_is_told(
    api: Api, mina: Person, joon: Person, direct: Talk, frames: Frames
) -> None:
    message = direct.say(mina, "helo")
    path = f"{direct.path}/messages/{message['id']}"
    api.call("PATCH", path, mina, {"body": "hello"}, status=200)
    for _ in range(2):
        api.put(f"{path}/reactions/%F0%9F%91%8D", joon)
    told = frames(mina)
    assert events(told) == ["message.new", "message.edited", "message.reaction"]
    assert told[1][1]["message"]["body"] == "hello"
    assert told[2][1] == {
        "conversation_id": direct.id,
        "message_id": message["id"],
        "user_id": str(joon.id),
        "is_added": True,
        "reactions": [{"emoji": "👍", "count": 1, "mine": False}],
    }
    api.delete(path, mina)
    assert frames(joon)[-1] == (
        "message.deleted",
        {"conversation_id": direct.id, "message_id": message["id"], "seq": 1},
    )
    assert "hello" not in str(frames(joon))


def test_marks_are_told_to_both_sides_once(
    api: Api, mina: Person, joon: Person, direct: Talk, frames: Frames
) -> None:
    for body in ("1", "2"):
        direct.say(mina, body)
    api.put(f"{direct.path}/delivered", joon, status=204)
    for _ in range(2):
        api.put(f"{direct.path}/read", joon)
    told = frames(mina)[2:]
    assert [(name, data["user_id"], data["seq"]) for name, data in told] == [
        ("message.delivered", str(joon.id), 2),
        ("message.read", str(joon.id), 2),
    ]
    own = frames(joon)[-1]
    assert (own[0], own[1]["unread"]) == ("message.read", 0)


def test_in_large_groups_marks_are_one_s_own(
    app: App, api: Api, mina: Person, joon: Person, group: Talk, frames: Frames
) -> None:
    more = [str(make_person(app, f"more{number}").id) for number in range(LARGEST_WITH_RECEIPTS - 2)]
    api.post(f"{group.path}/participants", {"member_ids": more}, mina)
    group.say(mina)
    api.put(f"{group.path}/read", joon)
    assert "message.read" not in events(frames(mina))
    assert events(frames(joon))[-1] == "message.read"


def test_who_comes_and_goes_is_told(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk, frames: Frames
) -> None:
    [(_, started), *_] = [each for each in frames(joon) if each[0] == "conversation.updated"]
    assert (started["change"], started["conversation"]["name"]) == ("started", "Runners")
    api.delete(f"{group.path}/participants/{joon.id}", mina)
    group.say(mina, "without him")
    name, data = frames(joon)[-1]
    assert (name, data) == (
        "conversation.updated",
        {"conversation_id": group.id, "change": "removed", "conversation": None},
    )
    assert "without him" not in str(frames(joon))
    assert events(frames(sora))[-3:] == ["message.new", "conversation.updated", "message.new"]


def test_who_blocks_is_told_nothing_of_whom_they_block(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk, frames: Frames
) -> None:
    before = len(frames(joon))
    api.put(f"/users/{sora.id}/block", joon)
    message = group.say(sora, "hello")
    api.put(f"{group.path}/messages/{message['id']}/reactions/%F0%9F%91%8D", mina)
    api.put(f"{group.path}/read", sora)
    assert len(frames(joon)) == before
    assert events(frames(mina))[-2:] == ["message.new", "message.reaction"]


def test_what_one_blocks_is_not_hidden_from_others_who_are_told_together(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    group.say(joon, "hello")
    api.put(f"/users/{joon.id}/block", mina)
    pairs = [(who.id, UUID(group.id)) for who in (mina, sora)]
    with app.reading() as services:
        shown = conversations_for(services[Session], pairs)
        places = places_for(services[Session], pairs)
    for_mina, for_sora = (shown[pair] for pair in pairs)
    assert [(each.unread, each.last_message and each.last_message.body) for each in (for_mina, for_sora)] == [
        (0, ""),  # the last that she reads is a notice
        (1, "hello"),
    ]
    assert [places[pair].unread for pair in pairs] == [0, 1]


def test_a_stranger_is_not_told_that_it_was_read(
    api: Api, mina: Person, joon: Person, frames: Frames, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    talk = Talk(api, api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"])
    talk.say(joon)
    [(name, data)] = frames(mina)
    assert (name, data["is_request"]) == ("message.new", True)
    api.put(f"{talk.path}/read", mina)
    api.put(f"{talk.path}/delivered", mina, status=204)
    assert events(frames(joon)) == ["message.new"]
    api.put(f"{talk.path}/decline", mina, status=204)
    told = len(frames(mina))
    talk.say(joon)
    assert len(frames(mina)) == told
    assert events(frames(joon)) == ["message.new"] * 2
    api.put(f"{talk.path}/delivered", mina, status=204)  # a device that asks for itself what there is
    api.put(f"{talk.path}/read", mina)
    assert events(frames(joon)) == ["message.new"] * 2


def test_who_answers_has_read_and_the_others_are_told(
    mina: Person, joon: Person, direct: Talk, frames: Frames
) -> None:
    direct.say(mina)
    direct.say(joon)
    told = [(name, data.get("user_id"), data.get("seq")) for name, data in frames(mina)]
    assert told[1:] == [("message.read", str(joon.id), 1), ("message.new", None, None)]
    direct.say(joon)
    assert events(frames(mina))[3:] == ["message.new"]


@pytest.mark.parametrize("change", ["mute", "archive", "pin"])
def test_how_one_wants_it_is_told_to_one_s_other_devices(
    api: Api, mina: Person, joon: Person, direct: Talk, frames: Frames, change: str
) -> None:
    api.put(f"{direct.path}/{change}", mina)
    [(name, data)] = frames(mina)
    assert (name, data["conversation"]["id"]) == ("conversation.updated", direct.id)
    assert frames(joon) == []


def test_rendering_costs_the_same_whatever_the_number_of_receivers(
    app: App, mina: Person, joon: Person, group: Talk, frames: Frames
) -> None:
    group.say(mina)
    group.say(mina, "", forward_of=group.say(joon, "2")["id"])
    frames(mina)
    with app.reading() as services:
        inbox = services[Inbox]
        entries, others = (
            [entry for entry in inbox.after(who.id, 0, 100) if entry.name == "message_sent"]
            for who in (joon, mina)
        )
        assert len(entries) == len(others) == 3  # messages
        with sent(app) as for_one:
            inbox.frames(entries[:1])
        with sent(app) as for_all:
            inbox.frames([*entries, *others])
    assert len(for_one) == len(for_all) == 2


def test_connecting_tells_how_much_waits(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk, group: Talk
) -> None:
    def waiting() -> int:
        with app.reading() as services:
            count: int = greeting(services, mina.id)["unread_conversations"]
            return count

    assert waiting() == 0
    direct.say(joon)
    direct.say(joon)
    group.say(joon)
    assert waiting() == 2
    api.put(f"{group.path}/mute", mina)
    assert waiting() == 1
    api.put(f"{direct.path}/archive", mina)
    direct.say(joon)
    assert waiting() == 0  # what was put away waits in its folder
    api.delete(f"{direct.path}/archive", mina, status=200)
    assert waiting() == 1
    api.put(f"{direct.path}/read", mina)
    assert waiting() == 0
