"""Two socket processes behind one address."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import websocket

from tests.eventually import eventually
from tests.factories import Person
from tests.programs import Realtime
from tests.web.realtime.conftest import TIMEOUT, Client
from web.realtime.socket_io.door import MOST_OF_ONE_ADDRESS
from web.runtime import processes
from web.runtime.layout import ROOT, Layout
from web.runtime.nginx import Nginx
from web.runtime.ports import is_free, pick_free_port


@pytest.fixture
def front(realtime: Realtime, second: Realtime, tmp_path: Path) -> Iterator[int]:
    """The port of an nginx in front of both."""
    layout = Layout(ROOT, tmp_path / "front")
    layout.make()
    nginx = Nginx.find(layout)
    if nginx is None:
        pytest.skip("nginx is not installed")
    port = pick_free_port()
    nginx.prepare(
        {
            "PLAZA_FRONT_PORT": str(port),
            "PLAZA_WEB_PORT": "1",
            "PLAZA_ANALYTICS_PORT": "1",
            "PLAZA_REALTIME_PORT": str(realtime.port),
            "PLAZA_REALTIME_SERVERS": f"server 127.0.0.1:{realtime.port}; server 127.0.0.1:{second.port};",
        }
    )
    process = processes.spawn(nginx.command(), log=layout.log / "nginx.log")
    eventually(lambda: not is_free(port))
    yield port
    processes.stop(process, signal.SIGTERM)


@pytest.fixture
def through(front: int, mina: Person) -> Iterator[Callable[[], Client]]:
    """Opens greeted sockets of Mina's through the front."""
    with ExitStack() as sockets:

        def through() -> Client:
            address = f"ws://127.0.0.1:{front}/ws"
            opened = websocket.create_connection(
                address, header=mina.headers, timeout=TIMEOUT, suppress_origin=True
            )
            sockets.callback(opened.shutdown)
            client = Client(opened)
            assert client.read()["event"] == "connected"
            return client

        yield through


def test_sockets_are_spread_and_come_back_elsewhere(
    front: int, through: Callable[[], Client], realtime: Realtime, second: Realtime, mina: Person
) -> None:
    before = realtime.metric("plaza_sockets")
    clients = [through() for _ in range(8)]
    assert [realtime.metric("plaza_sockets") - before, second.metric("plaza_sockets")] == [4, 4]
    answer = httpx.get(f"http://127.0.0.1:{front}/api/v1/events", headers=mina.headers, trust_env=False)
    assert answer.json() == {"items": [], "seq": 0, "resync": False}
    second.kill()
    assert through().ask("ping") == {"ok": {}}
    alive = [client for client in clients if is_alive(client)]
    assert len(alive) == 4


def test_socket_io_goes_the_same_way(front: int, mina: Person) -> None:
    address = f"ws://127.0.0.1:{front}/socket.io/?EIO=4&transport=websocket"
    opened = websocket.create_connection(address, timeout=TIMEOUT, suppress_origin=True)
    assert opened.recv().startswith('0{"sid":')
    token = mina.headers["Authorization"].removeprefix("Bearer ")
    opened.send(f'40{{"token":"{token}"}}')
    assert opened.recv().startswith('40{"sid":')
    opened.shutdown()


def test_whom_a_client_says_that_it_speaks_for_gives_it_no_more_room(front: int) -> None:
    address = f"ws://127.0.0.1:{front}/socket.io/?EIO=4&transport=websocket"
    with ExitStack() as sockets:

        def come(number: int) -> None:
            # What stands before the last address, the client itself has made up.
            said = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"}
            opened = websocket.create_connection(address, header=said, timeout=TIMEOUT, suppress_origin=True)
            sockets.callback(opened.shutdown)

        for number in range(2 * MOST_OF_ONE_ADDRESS):
            come(number)
        with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
            come(200)
    assert refusal.value.status_code == 429


def is_alive(client: Client) -> bool:
    """Whether a socket still answers."""
    try:
        return bool(client.ask("ping") == {"ok": {}})
    except (OSError, websocket.WebSocketException):
        return False
