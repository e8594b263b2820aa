"""From whom a member takes messages."""

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.crowd import START
from tests.web.messaging.conftest import Frames
from tests.web.vanishing import set_columns
from web.core.app import App
from web.graph.models import Friendship
from web.messaging.service import MOST_UNANSWERED, MessagingService


def write(api: Api, conversation: str, sender: Person, status: int = 201) -> Any:
    """Send a message; the error's code, if it is one."""
    new = {"client_id": str(uuid4()), "body": "hi"}
    answer = api.post(f"/conversations/{conversation}/messages", new, sender, status=status)
    return answer.get("error", {}).get("code")


def folder(api: Api, who: Person, name: str = "inbox") -> set[str]:
    """The conversations in a folder."""
    return {item["id"] for item in api.get(f"/conversations?folder={name}", who)["items"]}


def befriend(engine: sa.Engine, one: Person, other: Person) -> None:
    with engine.begin() as connection:
        for a, b in ((one, other), (other, one)):
            row = {"member_id": a.id, "friend_id": b.id, "created_at": START}
            connection.execute(sa.insert(Friendship), row)


@pytest.mark.parametrize(("setting", "reached"), [("friends_of_friends", True), ("friends_only", False)])
def test_a_member_takes_messages_from_whom_they_want(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    sora: Person,
    owner_engine: sa.Engine,
    setting: str,
    reached: bool,
) -> None:
    friend = make_person(app, "friend")
    befriend(owner_engine, mina, friend)
    befriend(owner_engine, friend, joon)
    talks = {
        person.id: api.post("/conversations", {"member_id": str(mina.id)}, person)["id"]
        for person in (friend, joon, sora)
    }
    set_columns(owner_engine, mina, who_can_send_messages=setting)
    for person in (friend, joon, sora):
        write(api, talks[person.id], person)
    welcome = {friend.id, joon.id} if reached else {friend.id}
    assert folder(api, mina) == {talks[each] for each in welcome}
    assert folder(api, mina, "requests") == set(talks.values()) - folder(api, mina)


@pytest.fixture
def asked(api: Api, mina: Person, joon: Person, owner_engine: sa.Engine) -> str:
    """A conversation that Joon began, who is a stranger to Mina, with a message that waits for her."""
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    conversation = str(api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"])
    assert folder(api, mina, "requests") == set()  # nothing was said yet
    write(api, conversation, joon)
    assert (folder(api, mina), folder(api, mina, "requests")) == (set(), {conversation})
    return conversation


def test_a_stranger_cannot_tell_whether_they_wait_or_were_declined(
    api: Api, mina: Person, joon: Person, asked: str
) -> None:
    api.get(f"/conversations/{asked}/messages", mina)
    api.put(f"/conversations/{asked}/read", mina)
    waiting = api.get(f"/conversations/{asked}", joon)
    assert waiting["partner_read_seq"] == 0
    assert api.get(f"/conversations/{asked}/messages", joon)["items"][0]["read_by"] == []
    for _ in range(2):
        api.put(f"/conversations/{asked}/decline", mina, status=204)
    assert api.get(f"/conversations/{asked}", joon) == waiting
    for _ in range(MOST_UNANSWERED - 1):
        write(api, asked, joon)
    assert write(api, asked, joon, status=403) == "MESSAGES_NOT_ACCEPTED"
    assert (folder(api, mina), folder(api, mina, "requests")) == (set(), set())


def test_who_waits_for_an_answer_may_not_write_on_and_on(api: Api, joon: Person, asked: str) -> None:
    for _ in range(MOST_UNANSWERED - 1):
        write(api, asked, joon)
    assert write(api, asked, joon, status=403) == "MESSAGES_NOT_ACCEPTED"


def test_an_accepted_stranger_may_write(api: Api, mina: Person, joon: Person, asked: str) -> None:
    for _ in range(2):
        assert api.put(f"/conversations/{asked}/accept", mina)["is_request"] is False
    for _ in range(MOST_UNANSWERED):
        write(api, asked, joon)
    assert (folder(api, mina), folder(api, mina, "requests")) == ({asked}, set())


def test_what_was_accepted_cannot_be_declined_behind_the_strangers_back(
    api: Api, mina: Person, joon: Person, asked: str
) -> None:
    api.put(f"/conversations/{asked}/accept", mina)
    api.put(f"/conversations/{asked}/read", mina)
    seen = api.get(f"/conversations/{asked}", joon)
    for who in (mina, joon):  # he began it
        api.put(f"/conversations/{asked}/decline", who, status=404)
    assert api.get(f"/conversations/{asked}", joon) == seen
    assert folder(api, mina) == {asked}


def test_an_answer_accepts(api: Api, mina: Person, joon: Person, asked: str) -> None:
    write(api, asked, mina)
    for _ in range(MOST_UNANSWERED):
        write(api, asked, joon)
    assert folder(api, mina) == {asked}


def test_an_emoji_is_an_answer_too(api: Api, mina: Person, asked: str, frames: Frames) -> None:
    api.put(f"/conversations/{asked}/decline", mina, status=204)
    [message] = api.get(f"/conversations/{asked}/messages", mina)["items"]
    for _ in range(2):
        api.put(f"/conversations/{asked}/messages/{message['id']}/reactions/%F0%9F%91%8D", mina)
    assert (folder(api, mina), folder(api, mina, "requests")) == ({asked}, set())
    told = [data["change"] for name, data in frames(mina) if name == "conversation.updated"]
    assert told == ["left", "accepted"]


def test_who_was_declined_may_be_written_to_after_all(
    api: Api, mina: Person, joon: Person, asked: str
) -> None:
    api.put(f"/conversations/{asked}/decline", mina, status=204)
    assert api.post("/conversations", {"member_id": str(joon.id)}, mina)["id"] == asked
    assert folder(api, mina) == {asked}


def test_who_was_declined_may_be_accepted_after_all(api: Api, mina: Person, joon: Person, asked: str) -> None:
    api.put(f"/conversations/{asked}/decline", mina, status=204)
    api.put(f"/conversations/{asked}/accept", mina)
    assert folder(api, mina) == {asked}
    write(api, asked, joon)
    assert api.get(f"/conversations/{asked}", mina)["unread"] == 1


def test_a_new_friend_needs_no_acceptance(
    api: Api, mina: Person, joon: Person, asked: str, owner_engine: sa.Engine
) -> None:
    befriend(owner_engine, mina, joon)
    write(api, asked, joon)
    assert folder(api, mina) == {asked}


def test_nobody_accepts_what_nobody_asked(api: Api, mina: Person, joon: Person) -> None:
    conversation = api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"]
    for answer in ("accept", "decline"):
        api.put(f"/conversations/{conversation}/{answer}", mina, status=404)


def test_whoever_begins_takes_answers(api: Api, mina: Person, joon: Person, owner_engine: sa.Engine) -> None:
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    conversation = api.post("/conversations", {"member_id": str(joon.id)}, mina)["id"]
    write(api, conversation, joon)
    assert folder(api, mina) == {conversation}


@pytest.mark.parametrize("is_new", [True, False])
def test_two_who_agreed_elsewhere_need_no_settings(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine, is_new: bool
) -> None:
    for person in (mina, joon):
        set_columns(owner_engine, person, who_can_send_messages="friends_only")
    with app.work() as services:
        conversation = str(services[MessagingService].start_direct(mina.id, joon.id, agreed=is_new))
        if not is_new:
            services[MessagingService].start_direct(mina.id, joon.id, agreed=True)
    write(api, conversation, mina)
    assert folder(api, mina) == folder(api, joon) == {conversation}


def test_a_message_that_was_sent_is_answered_again_whatever_came_between(
    api: Api, mina: Person, joon: Person
) -> None:
    conversation = api.post("/conversations", {"member_id": str(joon.id)}, mina)["id"]
    new = {"client_id": str(uuid4()), "body": "once"}
    message = api.post(f"/conversations/{conversation}/messages", new, mina)
    api.put(f"/users/{mina.id}/block", joon)
    assert api.post(f"/conversations/{conversation}/messages", new, mina) == message
    assert write(api, conversation, mina, status=404) == "NOT_FOUND"
