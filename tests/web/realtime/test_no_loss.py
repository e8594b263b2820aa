"""Nothing is lost and nothing comes twice, while clients, a hub and Valkey's memory come and go."""

import asyncio
import contextlib
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from pipelines.relay import Relay
from tests.eventually import eventually
from tests.factories import Person, make_person
from tests.programs import Realtime
from web.core.app import App
from web.core.ids import new_id
from web.messaging.groups import GroupService
from web.messaging.models import Message
from web.messaging.schemas import NewConversation, NewMessage
from web.messaging.service import MessagingService

CLIENTS, CONVERSATIONS, EACH_IN, MESSAGES = 200, 20, 2, 15
LIVES = (3, 40)  # frames between two disconnects
_luck = random.Random(4)


@dataclass
class Client:
    """Somebody whose connection breaks all the time."""

    who: Person
    hubs: list[Realtime]
    seq: int = 0
    connects: int = 0
    messages: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Any] = field(default_factory=list)

    async def live(self) -> None:
        """Connect wherever there is a hub, go on after the last number, break off; for ever."""
        while True:
            hub = _luck.choice(self.hubs)
            with contextlib.suppress(OSError, WebSocketException):
                address = hub.address("/ws", last_seq=self.seq)
                async with connect(
                    address, additional_headers=self.who.headers, proxy=None, compression=None
                ) as socket:
                    self.connects += 1
                    try:
                        for _ in range(_luck.randint(*LIVES)):
                            self._take(orjson.loads(await socket.recv()))
                    finally:
                        socket.transport.abort()
            await asyncio.sleep(_luck.uniform(0.05, 0.5))

    def _take(self, frame: Any) -> None:
        if frame["event"] == "connected":
            return
        if frame.get("seq") != self.seq + 1:
            self.problems.append((self.seq, frame))
        self.seq = frame["seq"]
        if frame["event"] == "message.new":
            message = frame["data"]["message"]
            self.messages.setdefault(message["conversation_id"], []).append(message["id"])


@pytest.fixture
def clients(app: App, realtime: Realtime, second: Realtime) -> Iterator[list[Client]]:
    """The clients, alive in an event loop of their own."""
    people = [make_person(app, f"member{number:03}") for number in range(CLIENTS)]
    clients = [Client(person, [realtime, second]) for person in people]
    loop, end = asyncio.new_event_loop(), asyncio.Event()

    async def live() -> None:
        lives = [asyncio.create_task(client.live()) for client in clients]
        await end.wait()
        for life in lives:
            life.cancel()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(live())

    thread = Thread(target=run)
    thread.start()
    yield clients
    loop.call_soon_threadsafe(end.set)
    thread.join()


@pytest.fixture
def conversations(app: App, clients: list[Client]) -> list[tuple[UUID, list[Person]]]:
    """Groups, each client in some of them."""
    ids = []
    for number in range(CONVERSATIONS):
        members = [client.who for at, client in enumerate(clients) if at * EACH_IN % CONVERSATIONS == number]
        members += [
            client.who for at, client in enumerate(clients) if (at * EACH_IN + 1) % CONVERSATIONS == number
        ]
        new = NewConversation.model_validate(
            {"type": "group", "name": f"No. {number}", "member_ids": [one.id for one in members[1:]]}
        )
        with app.work() as services:
            ids.append((services[GroupService].start(members[0].id, new), members))
    return ids


def say(app: App, place: tuple[UUID, list[Person]], times: int) -> None:
    """Somebody of a conversation says something, some times."""
    conversation_id, members = place
    for _ in range(times):
        new = NewMessage(client_id=new_id(), body="hello")
        with app.work() as services:
            services[MessagingService].send(_luck.choice(members).id, conversation_id, new)


def written(app: App) -> dict[str, list[str]]:
    """The messages of each conversation, in their order."""
    found: dict[str, list[str]] = {}
    with app.reading() as services:
        for row in services[Session].execute(sa.select(Message).order_by(Message.seq)).scalars():
            found.setdefault(str(row.conversation_id), []).append(str(row.id))
    return found


def test_every_client_ends_with_what_the_database_has(
    app: App,
    relay: Relay,
    second: Realtime,
    clients: list[Client],
    conversations: list[tuple[UUID, list[Person]]],
) -> None:
    def everybody_talks() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda place: say(app, place, MESSAGES // 3), conversations))

    everybody_talks()
    second.kill()
    everybody_talks()
    for key in app.valkey.client.scan_iter(match=f"{app.valkey.prefix}*"):
        app.valkey.client.delete(key)
    second.start()
    everybody_talks()

    expected = written(app)
    assert len(expected) == CONVERSATIONS

    def wanted(client: Client) -> dict[str, list[str]]:
        mine = [str(place) for place, members in conversations if client.who in members]
        return {conversation_id: expected[conversation_id] for conversation_id in mine}

    eventually(lambda: all(client.messages == wanted(client) for client in clients), 120)
    assert [client.problems for client in clients if client.problems] == []
    assert sum(client.connects for client in clients) > 2 * CLIENTS
