"""From whom a member takes messages."""

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.crowd import START
from tests.web.vanishing import set_columns
from web.core.app import App
from web.graph.models import Friendship


def write(api: Api, conversation: str, sender: Person, status: int = 201) -> Any:
    """Send a message; the error's code, if it is one."""
    new = {"client_id": str(uuid4()), "body": "hi"}
    answer = api.post(f"/conversations/{conversation}/messages", new, sender, status=status)
    return answer.get("error", {}).get("code")


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
    write(api, talks[friend.id], friend)
    write(api, talks[joon.id], joon, status=201 if reached else 403)
    assert write(api, talks[sora.id], sora, status=403) == "MESSAGES_NOT_ACCEPTED"
    assert api.get(f"/conversations/{talks[sora.id]}", mina)["last_seq"] == 0


def test_no_conversation_starts_with_who_takes_no_messages(
    api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    before = api.post("/conversations", {"member_id": str(mina.id)}, joon)
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    error = api.post("/conversations", {"member_id": str(mina.id)}, sora, status=403)
    assert error["error"]["code"] == "MESSAGES_NOT_ACCEPTED"
    assert api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"] == before["id"]
    assert [item["id"] for item in api.get("/conversations", mina)["items"]] == [before["id"]]


def test_who_has_written_takes_answers(api: Api, mina: Person, joon: Person, owner_engine: sa.Engine) -> None:
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    conversation = api.post("/conversations", {"member_id": str(joon.id)}, mina)["id"]
    write(api, conversation, joon, status=403)
    write(api, conversation, mina)
    write(api, conversation, joon)


def test_a_message_that_was_sent_is_answered_again_whatever_came_between(
    api: Api, mina: Person, joon: Person
) -> None:
    conversation = api.post("/conversations", {"member_id": str(joon.id)}, mina)["id"]
    new = {"client_id": str(uuid4()), "body": "once"}
    message = api.post(f"/conversations/{conversation}/messages", new, mina)
    api.put(f"/users/{mina.id}/block", joon)
    assert api.post(f"/conversations/{conversation}/messages", new, mina) == message
    assert write(api, conversation, mina, status=404) == "NOT_FOUND"
