"""Sending and reading messages."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.statements import of_reads, sent
from tests.web.together import together
from web.core.app import App
from web.core.events import Event
from web.messaging.events import MessageSent
from web.messaging.schemas import Message, NewMessage
from web.messaging.service import MessagingService

Emitted = Callable[..., list[Event]]


@pytest.fixture
def conversation(app: App, mina: Person, joon: Person) -> UUID:
    """Mina's and Joon's."""
    with app.work() as services:
        return services[MessagingService].start_direct(mina.id, joon.id)


def send(app: App, sender: Person, conversation: UUID, body: str, client_id: UUID | None = None) -> Message:
    """Send a message."""
    with app.work() as services:
        new = NewMessage(client_id=client_id or uuid4(), body=body)
        return services[MessagingService].send(sender.id, conversation, new)


def test_a_message_reaches_the_other_side(
    api: Api, mina: Person, joon: Person, conversation: UUID, emitted: Emitted
) -> None:
    new = {"client_id": str(uuid4()), "body": " 안녕 "}
    message = api.post(f"/conversations/{conversation}/messages", new, mina)
    assert (message["body"], message["seq"], message["sender_id"]) == ("안녕", 1, str(mina.id))
    assert (message["client_id"], message["conversation_id"]) == (new["client_id"], str(conversation))
    for reader in (mina, joon):
        assert api.get(f"/conversations/{conversation}/messages", reader)["items"] == [message]
    assert api.get(f"/conversations/{conversation}", joon)["last_message_at"] == message["created_at"]
    assert emitted() == [
        MessageSent(
            sender_id=mina.id,
            recipient_id=joon.id,
            conversation_id=conversation,
            message_id=UUID(message["id"]),
        )
    ]


def test_sending_twice_is_sending_once(
    api: Api, mina: Person, joon: Person, conversation: UUID, emitted: Emitted
) -> None:
    path = f"/conversations/{conversation}/messages"
    new = {"client_id": str(uuid4()), "body": "once"}
    message = api.post(path, new, mina)
    assert api.post(path, new, mina) == message
    assert api.post(path, {**new, "body": "changed"}, mina) == message
    assert api.get(path, joon)["items"] == [message]
    assert len(emitted()) == 1


def test_a_client_id_belongs_to_its_sender(app: App, mina: Person, joon: Person, conversation: UUID) -> None:
    client_id = uuid4()
    assert send(app, mina, conversation, "mine", client_id).seq == 1
    assert send(app, joon, conversation, "mine too", client_id).seq == 2


def test_the_same_message_sent_at_once_is_one_message(
    app: App, api: Api, mina: Person, conversation: UUID, emitted: Emitted
) -> None:
    client_id = uuid4()
    messages = together([partial(send, app, mina, conversation, "once", client_id)] * 8)
    assert len({message.id for message in messages}) == 1
    assert len(api.get(f"/conversations/{conversation}/messages", mina)["items"]) == 1
    assert len(emitted()) == 1


def test_messages_sent_at_once_are_numbered_without_gaps(
    app: App, api: Api, mina: Person, joon: Person, conversation: UUID
) -> None:
    def chat(sender: Person, name: str) -> list[int]:
        return [send(app, sender, conversation, f"{name}{number}").seq for number in range(10)]

    threads = [partial(chat, (mina, joon)[number % 2], f"thread {number}, message ") for number in range(8)]
    numbers = together(threads)
    assert sorted(seq for of_thread in numbers for seq in of_thread) == list(range(1, 81))
    assert all(of_thread == sorted(of_thread) for of_thread in numbers)

    messages = api.get(f"/conversations/{conversation}/messages?limit=100", joon)["items"]
    assert [message["seq"] for message in messages] == list(range(80, 0, -1))
    times = [message["created_at"] for message in messages]
    assert times == sorted(times, reverse=True)
    assert api.get(f"/conversations/{conversation}", joon)["last_seq"] == 80


def test_paging_shows_each_message_once_while_new_ones_arrive(
    app: App, api: Api, mina: Person, joon: Person, conversation: UUID
) -> None:
    for number in range(5):
        send(app, joon, conversation, str(number))
    seen: list[str] = []
    path, cursor = f"/conversations/{conversation}/messages?limit=2", ""
    while True:
        page = api.get(f"{path}{cursor}", mina)
        seen += [message["body"] for message in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        send(app, joon, conversation, "late")
    assert seen == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    "new",
    [
        {"body": "who knows how often"},
        {"client_id": "1", "body": "x"},
        {"client_id": str(uuid4()), "body": " "},
        {"client_id": str(uuid4()), "body": "x" * 5_001},
        {"client_id": str(uuid4()), "body": "x", "sender_id": str(uuid4())},
    ],
    ids=["no client_id", "bad client_id", "blank", "too long", "unknown field"],
)
def test_what_is_no_message_is_refused(
    api: Api, mina: Person, conversation: UUID, new: dict[str, Any]
) -> None:
    api.post(f"/conversations/{conversation}/messages", new, mina, status=422)
    assert api.get(f"/conversations/{conversation}", mina)["last_seq"] == 0


def test_reading_messages_costs_the_same_queries_whatever_their_number(
    app: App, api: Api, mina: Person, joon: Person, conversation: UUID
) -> None:
    send(app, joon, conversation, "first")
    path = f"/conversations/{conversation}/messages?limit=100"
    with sent(app) as for_one:
        assert len(api.get(path, mina)["items"]) == 1
    for number in range(20):
        send(app, joon, conversation, str(number))
    with sent(app) as for_many:
        assert len(api.get(path, mina)["items"]) == 21
    assert len(of_reads(for_one)) == len(of_reads(for_many)) == 3
