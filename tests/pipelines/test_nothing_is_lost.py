"""Processes are killed and Valkey forgets everything, in the middle of it: nobody misses anything."""

import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import orjson
import pytest
import sqlalchemy as sa
import websocket

from tests.eventually import eventually
from tests.factories import Person, make_person
from tests.pipelines.test_worker import jobs, mails, sign_up
from tests.programs import BeatProcess, Realtime, RelayProcess, WorkerProcess
from web.core.app import App
from web.core.events import EventLog
from web.core.models import InboxHead
from web.core.settings import Settings
from web.features import build_app
from web.graph.events import MemberFollowed
from web.runtime import processes
from web.runtime.ports import pick_free_port
from web.runtime.valkey import EmbeddedValkey, wait_for_valkey


class OwnValkey:
    """A Valkey that a test may kill."""

    def __init__(self, folder: Path) -> None:
        password, port = secrets.token_hex(16), pick_free_port()
        self._server = EmbeddedValkey(folder / "valkey")
        self._server.prepare(port, password)
        self._log = folder / "valkey.log"
        self.url = f"redis://:{password}@127.0.0.1:{port}/0"

    def start(self) -> None:
        """Start it, empty."""
        self.process = self._server.start(self._log)
        wait_for_valkey(self.url)

    def kill(self) -> None:
        """End it at once; it keeps nothing."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    """A Valkey of this test alone."""
    server = OwnValkey(tmp_path)
    server.start()
    yield server
    processes.stop(server.process, signal.SIGTERM)


@pytest.fixture
def own_environment(environment: dict[str, str], valkey: OwnValkey) -> dict[str, str]:
    """The variables of this worker, with that Valkey."""
    return environment | {"PLAZA_VALKEY_URL": valkey.url}


@pytest.fixture
def own_app(app: App, own_environment: dict[str, str]) -> Iterator[App]:
    """The app over empty tables and that Valkey."""
    own = build_app(Settings.load(own_environment))
    yield own
    own.close()


class Subscriber:
    """A client that comes back with its last number whenever it loses its socket."""

    def __init__(self, realtime: Realtime, who: Person) -> None:
        self._realtime = realtime
        self._who = who
        self._stopping = Event()
        self.seqs: list[int] = []
        self.followed = 0
        self.reconnects = -1
        self.resyncs = 0
        self.thread = Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except (OSError, websocket.WebSocketException):
                self._stopping.wait(0.05)

    def _follow(self) -> None:
        last_seq = self.seqs[-1] if self.seqs else 0
        socket = websocket.create_connection(
            self._realtime.address(last_seq=last_seq),
            header=self._who.headers,
            timeout=1,
            suppress_origin=True,
        )
        self.reconnects += 1
        try:
            while not self._stopping.is_set():
                try:
                    received = socket.recv()
                except websocket.WebSocketTimeoutException:
                    continue
                if not received:
                    return
                self._note(orjson.loads(received))
        finally:
            socket.shutdown()

    def _note(self, frame: Any) -> None:
        if frame["event"] == "resync":
            self.resyncs += 1
        elif "seq" in frame and frame["event"] != "connected":
            self.seqs.append(frame["seq"])
            self.followed += frame["event"] == "user_followed"

    def stop(self) -> None:
        """Leave."""
        self._stopping.set()
        self.thread.join()


class Plaza:
    """What runs in this test."""

    def __init__(self, app: App, environment: dict[str, str], folder: Path) -> None:
        self.realtime = Realtime(environment, folder)
        self.relay = RelayProcess(app, environment, folder)
        self.worker = WorkerProcess(app, environment, folder)
        self.beat = BeatProcess(environment, folder)
        self.programs = (self.realtime, self.relay, self.worker, self.beat)

    def supervise(self) -> None:
        """What a supervisor does: start again what has ended. (Celery may give up when its broker dies.)"""
        for program in self.programs:
            if program.process.poll() is not None:
                program.start()


@pytest.fixture
def plaza(own_app: App, own_environment: dict[str, str], tmp_path: Path) -> Iterator[Plaza]:
    """Sockets, relay, worker and clock, running."""
    plaza = Plaza(own_app, own_environment, tmp_path)
    for program in plaza.programs:
        program.start()
    yield plaza
    for program in plaza.programs:
        program.stop()


def test_nobody_misses_anything(own_app: App, plaza: Plaza, valkey: OwnValkey) -> None:
    mina, joon = make_person(own_app, "mina"), make_person(own_app, "joon")
    subscriber = Subscriber(plaza.realtime, mina)
    signed_up = 0

    def happen() -> None:
        """A burst of news for Mina, and of mails for the worker."""
        nonlocal signed_up
        for _ in range(10):
            with own_app.work() as services:
                for _ in range(5):
                    services[EventLog].emit(MemberFollowed(follower_id=joon.id, followed_id=mina.id))
            sign_up(own_app, f"member{signed_up}")
            signed_up += 1

    try:
        happen()
        plaza.relay.kill()
        happen()
        plaza.relay.start()
        happen()
        plaza.worker.kill()
        own_app.valkey.client.flushall()
        happen()
        plaza.worker.start()
        happen()
        valkey.kill()
        happen()
        eventually(lambda: subscriber.followed >= 250)  # found in the inbox, without Valkey
        valkey.start()
        happen()
        plaza.realtime.kill()
        happen()
        plaza.relay.kill()
        plaza.realtime.start()
        plaza.relay.start()
        happen()
        eventually(lambda: subscriber.followed >= 450, 60)
        eventually(lambda: plaza.supervise() or jobs(own_app) == 0, 60)
    finally:
        subscriber.stop()

    assert subscriber.seqs == list(range(1, len(subscriber.seqs) + 1)), "each once and in order"
    assert subscriber.followed == 450
    assert subscriber.resyncs == 0
    assert subscriber.reconnects > 0
    with own_app.engines.reads.connect() as connection:
        assert connection.scalar(sa.select(InboxHead.last_seq).where(InboxHead.member_id == mina.id)) == len(
            subscriber.seqs
        )
    assert mails(own_app) == signed_up == 90


@pytest.fixture
def realtime(own_app: App, own_environment: dict[str, str], tmp_path: Path) -> Iterator[Realtime]:
    """Sockets alone, with that Valkey."""
    program = Realtime(own_environment, tmp_path)
    program.start()
    yield program
    assert program.stop() == 0, program.log.read_text()


def is_deaf(realtime: Realtime) -> bool:
    """Whether it says that published messages do not reach it."""
    answer = httpx.get(f"{realtime.url}/readyz")
    return answer.status_code == 503 and "subscription" in str(answer.json()["problems"])


def test_sockets_are_not_ready_while_valkey_is_away(realtime: Realtime, valkey: OwnValkey) -> None:
    valkey.kill()
    eventually(lambda: is_deaf(realtime))
    assert httpx.get(f"{realtime.url}/healthz").status_code == 200
    valkey.start()
    eventually(realtime.is_ready)


def test_sockets_notice_a_valkey_that_hangs(realtime: Realtime, valkey: OwnValkey) -> None:
    valkey.process.send_signal(signal.SIGSTOP)
    eventually(lambda: is_deaf(realtime))
    eventually(lambda: "subscription_deaf" in realtime.log.read_text())
    valkey.process.send_signal(signal.SIGCONT)
    eventually(realtime.is_ready)
