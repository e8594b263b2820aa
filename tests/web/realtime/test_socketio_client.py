"""The stock ``socket.io-client`` from npm against a socket process."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

from tests.factories import Person
from tests.npm import npm_install
from tests.programs import Realtime
from tests.web.realtime.conftest import TIMEOUT
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.ids import new_id
from web.messaging.schemas import NewMessage
from web.messaging.service import MessagingService

pytestmark = pytest.mark.usefixtures("relay")

LONG = 60  # seconds until a process that was killed is back


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client from npm in it."""
    folder = tmp_path_factory.mktemp("stock")
    npm_install(folder, "socket.io-client@4.8")
    shutil.copy(Path(__file__).with_name("socketio_client.mjs"), folder)
    return folder


class StockClient:
    """A client in a process of node."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._told: Queue[list[Any]] = Queue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._told.put(json.loads(line))

    def emit(self, event: str, **data: Any) -> None:
        """Say something."""
        assert self._process.stdin
        print(json.dumps({"event": event, "data": data}), file=self._process.stdin, flush=True)

    def ask(self, event: str, **data: Any) -> Any:
        """Say something; what the callback is called with."""
        self.emit(event, **data)
        while (told := self.any())[0] != "+answer" or told[2] != event:
            pass
        return told[1]

    def next(self, name: str, seconds: float = TIMEOUT) -> Any:
        """What the next event of this name tells, past others."""
        while (told := self.any(seconds))[0] != name:
            pass
        return told[1]

    def end(self) -> None:
        """What happens to phones."""
        self._process.kill()
        self._process.wait()

    def any(self, seconds: float = TIMEOUT) -> list[Any]:
        """The next thing that happens."""
        return self._told.get(timeout=seconds)


Open = Callable[..., StockClient]


@pytest.fixture
def open_stock(stock: Path, realtime: Realtime) -> Iterator[Open]:
    """Opens clients with a token, or with whatever the options say."""
    with ExitStack() as opened:

        def open_stock(
            who: Person | None = None, at: Realtime = realtime, path: str = "", **options: Any
        ) -> StockClient:
            if who is not None:
                options["auth"] = {"token": token_of(who)}
            process = subprocess.Popen(
                ["node", "socketio_client.mjs", json.dumps({"address": at.url + path, "options": options})],
                cwd=stock,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            client = StockClient(process)
            opened.callback(client.end)
            return client

        yield open_stock


@pytest.fixture
def join_stock(open_stock: Open) -> Open:
    """As ``open_stock``, and greeted."""

    def join_stock(who: Person, **options: Any) -> StockClient:
        client = open_stock(who, **options)
        assert client.any(LONG)[0] == "+connect"
        assert client.next("connected")["user_id"] == str(who.id)
        return client

    return join_stock


@pytest.fixture
def chat(app: App, mina: Person, joon: Person) -> UUID:
    """Mina's and Joon's conversation, in which something was said."""
    with app.work() as services:
        conversation_id = services[MessagingService].start_direct(mina.id, joon.id)
    say(app, joon, conversation_id, "hi")
    say(app, mina, conversation_id, "hi Joon")
    return conversation_id


def token_of(who: Person) -> str:
    return who.headers["Authorization"].removeprefix("Bearer ")


def say(app: App, who: Person, conversation_id: UUID, body: str) -> str:
    """Say something by another way than a socket; the message's id."""
    with app.work() as services:
        new = NewMessage(client_id=new_id(), body=body)
        return str(services[MessagingService].send(who.id, conversation_id, new).id)


@pytest.mark.parametrize("path", ["", "/ws"])
def test_two_members_talk_type_and_see_each_other(
    join_stock: Open, chat: UUID, mina: Person, joon: Person, path: str
) -> None:
    phone = join_stock(mina, path=path)
    seen = phone.next("online_status")
    assert (seen["user_id"], seen["online"]) == (str(joon.id), False)
    laptop = join_stock(joon, path=path)
    assert phone.next("online_status")["online"] is True
    assert laptop.next("online_status")["online"] is True

    laptop.emit("typing_start", conversationId=str(chat))
    assert phone.next("typing") == {
        "conversation_id": str(chat),
        "user_id": str(joon.id),
        "is_typing": True,
        "expires_in": 5,
    }
    sent = laptop.ask("message", conversationId=str(chat), message="안녕")["ok"]["message"]
    message = phone.next("message")
    assert (message["id"], message["content"], message["sender_id"]) == (sent["id"], "안녕", str(joon.id))
    assert message["conversation_id"] == str(chat)
    assert laptop.next("message")["id"] == sent["id"]  # their other devices get it, too

    refused = phone.ask("message", conversationId=str(new_id()), message="hello?")
    assert refused["error"]["code"] == "NOT_FOUND"


def test_going_is_seen(join_stock: Open, open_stock: Open, chat: UUID, mina: Person, joon: Person) -> None:
    phone, laptop = join_stock(mina), join_stock(joon)
    laptop.next("online_status")
    laptop.end()
    while phone.next("online_status")["online"]:
        pass


def test_whoever_may_not_come_is_told_why_and_does_not_try_again(open_stock: Open, mina: Person) -> None:
    wrong = open_stock(auth={"token": token_of(mina) + "x"}).any(LONG)
    assert wrong == [
        "+connect_error",
        {
            "message": "The access token is not valid, or not any more.",
            "data": {"code": "UNAUTHENTICATED", "status": 401, "details": {}},
            "active": False,
        },
    ]
    nobody = open_stock().any(LONG)
    assert nobody[1]["data"]["code"] == "UNAUTHENTICATED"
    elsewhere = open_stock(mina, path="/elsewhere").any(LONG)
    assert elsewhere[1]["message"] == "There is no such namespace."


def test_a_session_that_ended_is_out_within_seconds(join_stock: Open, app: App, mina: Person) -> None:
    phone = join_stock(mina)
    with app.work() as services:
        services[SessionService].revoke(mina.session_id)
    assert phone.next("+disconnect") == "io server disconnect"


def test_nothing_is_missed_or_doubled_while_the_process_is_killed_and_comes_back(
    join_stock: Open, app: App, second: Realtime, chat: UUID, mina: Person, joon: Person
) -> None:
    phone = join_stock(mina, at=second)
    expected = [say(app, joon, chat, f"before {number}") for number in range(3)]
    got = [phone.next("message")["id"] for _ in range(3)]
    assert got == expected
    second.kill()
    assert phone.next("+disconnect") == "transport close"
    expected += [say(app, joon, chat, f"meanwhile {number}") for number in range(20)]
    second.start()
    while (told := phone.any(LONG))[0] == "+connect_error":  # while nobody answered there
        pass
    assert told == ["+connect", {"recovered": True}]
    expected += [say(app, joon, chat, f"after {number}") for number in range(3)]
    got += [phone.next("message")["id"] for _ in range(23)]
    assert got == expected
    phone.emit("message", conversationId=str(chat), message="all there")
    assert phone.next("message")["content"] == "all there"  # and nothing twice on the way to it


def test_a_break_before_anything_was_told_loses_nothing(
    join_stock: Open, app: App, second: Realtime, chat: UUID, mina: Person, joon: Person
) -> None:
    phone = join_stock(mina, at=second)
    second.kill()
    assert phone.next("+disconnect") == "transport close"
    expected = say(app, joon, chat, "did you get this?")
    second.start()
    assert phone.next("message", LONG)["id"] == expected


def test_a_process_that_stops_sends_its_clients_elsewhere(
    join_stock: Open, second: Realtime, mina: Person
) -> None:
    phone = join_stock(mina, at=second)
    second.stop()
    bye = phone.next("bye")
    assert bye["reason"] == "restart"
    assert 250 <= bye["retry_after_ms"] <= 5000
    assert phone.next("+disconnect") == "transport close"
    second.start()
    assert phone.next("+connect", LONG) == {"recovered": True}
