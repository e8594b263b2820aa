"""A conversation over real sockets: messages, typing, receipts, and not being called while one reads."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.eventually import eventually
from tests.factories import Person
from tests.web.conftest import Api
from tests.web.realtime.conftest import Client, Connect
from web.core.app import App
from web.core.followers import Followers
from web.messaging.service import MessagingService
from web.notifications.models import Notification

pytestmark = pytest.mark.usefixtures("relay")


@pytest.fixture
def chat(app: App, mina: Person, joon: Person) -> str:
    """The topic of Mina's and Joon's conversation."""
    with app.work() as services:
        return f"conversation:{services[MessagingService].start_direct(mina.id, joon.id)}"


@pytest.fixture
def enter(join: Connect, chat: str) -> Callable[[Person], Client]:
    """Opens a socket that has the conversation open."""

    def enter(who: Person) -> Client:
        client = join(who)
        assert client.ask("subscribe", channel=chat)["ok"]["id"] == chat.split(":")[1]
        return client

    return enter


def say(client: Client, chat: str, body: str) -> Any:
    """Send a message; what is answered, and the frame that one's own devices get, in either order."""
    client.send(id="say", event="message", channel=chat, data={"client_id": str(uuid4()), "body": body})
    first, second = client.read(), client.read()
    answer, frame = (first, second) if "reply_to" in first else (second, first)
    assert frame["event"] == "message.new"
    return answer["ok"]["message"]


def test_two_members_talk(enter: Connect, chat: str, mina: Person, joon: Person) -> None:
    phone, laptop = enter(mina), enter(joon)
    laptop.send(event="typing", channel=chat, data={})
    assert phone.read()["data"] == {"user_id": str(joon.id), "is_typing": True, "expires_in": 5}
    laptop.read()  # that this was understood
    message = say(laptop, chat, "안녕")
    frame = phone.read()
    assert (frame["event"], frame["channel"]) == ("message.new", f"user:{mina.id}")
    assert frame["data"]["message"] == {**message, "read_by": None}
    phone.send(event="read", channel=chat, data={"seq": 1})
    told = laptop.read()
    assert (told["event"], told["data"]["user_id"], told["data"]["seq"]) == ("message.read", str(mina.id), 1)


def test_strangers_are_not_let_in(join: Connect, chat: str, sora: Person) -> None:
    assert join(sora).ask("subscribe", channel=chat)["error"]["code"] == "NOT_FOUND"


def test_nonsense_is_answered(enter: Connect, chat: str, mina: Person) -> None:
    client = enter(mina)
    nul = {"client_id": str(uuid4()), "body": "a\0b"}
    for event, data in (
        ("message", {}),
        ("message", nul),
        ("read", {"seq": "x"}),
        ("typing", {"is_typing": []}),
    ):
        assert client.ask(event, channel=chat, data=data)["error"]["code"] == "VALIDATION_FAILED"


def test_the_address_of_a_conversation_enters_it_at_once(connect: Connect, chat: str, mina: Person) -> None:
    client = connect(mina, path=f"/ws/chat/{chat.split(':')[1]}/")
    told = [client.read(), client.read()]
    assert chat in str(told)


def test_who_has_it_open_is_not_called(
    app: App,
    enter: Connect,
    api: Api,
    chat: str,
    mina: Person,
    joon: Person,
    run_jobs: Callable[[], int],
    owner_engine: sa.Engine,
) -> None:
    enter(joon)
    eventually(lambda: joon.id in Followers(app.valkey).of(chat))
    for sender in (mina, joon):
        new = {"client_id": str(uuid4()), "body": "hi"}
        api.post(f"/conversations/{UUID(chat.split(':')[1])}/messages", new, sender)
    while run_jobs():
        pass
    with owner_engine.connect() as connection:
        called = connection.scalars(sa.select(Notification.member_id)).all()
    assert called == [mina.id]
