"""A socket process and a relay, and clients on their sockets."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
import websocket

from pipelines.relay import Relay
from tests.factories import Person
from tests.programs import Realtime
from web.core.app import App
from web.graph.service import GraphService

TIMEOUT = 15  # seconds until a frame that should come counts as missing


@pytest.fixture(scope="session")
def realtime(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realtime]:
    """The socket process of this worker."""
    program = staged(environment, tmp_path_factory.mktemp("realtime"))
    program.start()
    yield program
    assert program.stop() == 0, program.log.read_text()


def staged(environment: dict[str, str], folder: Path) -> Realtime:
    """A socket process with the topics of ``stage`` and the echo on top of the real ones; not started."""
    return Realtime({**environment, "PLAZA_WS_ECHO": "1"}, folder, Path(__file__).with_name("stage.ini"))


@pytest.fixture
def second(environment: dict[str, str], tmp_path: Path) -> Iterator[Realtime]:
    """Another socket process beside the first, of one test, which may end it."""
    program = staged(environment, tmp_path)
    program.start()
    yield program
    program.stop()


@pytest.fixture
def relay(app: App) -> Iterator[Relay]:
    """A running relay."""
    relay = Relay(app)
    thread = Thread(target=relay.run)
    thread.start()
    yield relay
    relay.stop()
    thread.join()


class Client:
    """A client on a socket."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self.socket = socket

    def read(self) -> Any:
        """The next message."""
        return orjson.loads(self.socket.recv())

    def send(self, **message: Any) -> None:
        """Send a message."""
        self.socket.send(orjson.dumps(message).decode())

    def ask(self, event: str, **message: Any) -> Any:
        """Send a message; its answer, which must be the next thing that comes."""
        self.send(id=event, event=event, **message)
        answer = self.read()
        assert answer.pop("reply_to") == event
        return answer

    def read_until(self, event: str) -> Any:
        """The next frame of this name, past others."""
        while (frame := self.read()).get("event") != event:
            pass
        return frame

    def close_code(self) -> int:
        """Read on to the end; the code that the server closed with."""
        while True:
            opcode, data = self.socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2])


Connect = Callable[..., Client]


@pytest.fixture
def connect(realtime: Realtime) -> Iterator[Connect]:
    """Opens sockets: as a person with a token, or with whatever the address and the headers say."""
    with ExitStack() as sockets:

        def connect(
            who: Person | None = None,
            path: str = "/ws",
            header: dict[str, str] | None = None,
            at: Realtime = realtime,
            **query: Any,
        ) -> Client:
            headers = {**(who.headers if who else {}), **(header or {})}
            socket = websocket.create_connection(
                at.address(path, **query), header=headers, timeout=TIMEOUT, suppress_origin=True
            )
            sockets.callback(socket.shutdown)
            return Client(socket)

        yield connect


@pytest.fixture
def join(connect: Connect) -> Connect:
    """As ``connect``, with the greeting read."""

    def join(who: Person, **query: Any) -> Client:
        client = connect(who, **query)
        assert client.read()["event"] == "connected"
        return client

    return join


@pytest.fixture
def follow(app: App) -> Callable[[Person, Person], None]:
    """Lets somebody follow somebody, which the followed is told."""

    def follow(follower: Person, followed: Person) -> None:
        with app.work() as services:
            services[GraphService].follow(follower.id, followed.id)

    return follow
