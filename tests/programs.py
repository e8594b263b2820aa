"""Plaza's own programs as child processes, to be looked at, stopped and killed from outside."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import redis

from tests.eventually import eventually
from web.core.app import App
from web.runtime import processes
from web.runtime.layout import ROOT
from web.runtime.ports import pick_free_port


@dataclass
class Program:
    """One program; it dies with the test run, whatever happens.

    Attributes:
        command: program and arguments, with paths relative to the project made absolute.
        environment: the ``PLAZA_*`` variables.
        is_ready: whether it can do its work.
        log: where its output goes.
    """

    command: list[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    log: Path

    def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = {**os.environ, **self.environment, "PYTHONPATH": str(ROOT)}
        self.process = processes.spawn(self.command, log=self.log, environment=environment)
        eventually(self._is_up, 60)

    def _is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return self.is_ready()

    def stop(self) -> int:
        """End it in good order; its exit code."""
        processes.stop(self.process, signal.SIGTERM)
        return self.process.returncode

    def kill(self) -> None:
        """What a power cut does: SIGKILL to the program and its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class RelayProcess(Program):
    """A relay; ready when it has delivered, or found nothing to deliver."""

    def __init__(self, app: App, environment: Mapping[str, str], folder: Path) -> None:
        command = [sys.executable, "-m", "pipelines.relay"]
        super().__init__(command, environment, lambda: has_heartbeat(app, "relay"), folder / "relay.log")


class WorkerProcess(Program):
    """A Celery worker; ready when it has run what was due."""

    def __init__(self, app: App, environment: Mapping[str, str], folder: Path) -> None:
        celery = str(Path(sys.executable).with_name("celery"))
        options = ["--concurrency", "2", "--without-gossip", "--without-mingle"]
        command = [celery, "--app", "pipelines.app", "worker", *options]
        super().__init__(command, environment, lambda: has_heartbeat(app, "worker"), folder / "worker.log")


class BeatProcess(Program):
    """Celery's clock."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        celery = str(Path(sys.executable).with_name("celery"))
        options = ["--pidfile", "", "--schedule", str(folder / "celerybeat-schedule")]
        command = [celery, "--app", "pipelines.app", "beat", *options]
        super().__init__(command, environment, lambda: True, folder / "beat.log")


def has_heartbeat(app: App, name: str) -> bool:
    """Whether a program has given a sign of life within the last half minute."""
    try:
        return bool(app.valkey.client.exists(app.valkey.key("heartbeat", name)))
    except redis.RedisError:
        return False


class Server(Program):
    """A program of ours that answers requests, on a port of its own; ready when it says so."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.port = pick_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        here = {**environment, f"PLAZA_{name.upper()}_PORT": str(self.port)}
        super().__init__(command, here, self._answers, folder / f"{name}-{self.port}.log")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def metric(self, name: str) -> float:
        """The value of one metric, with its labels added up, 0 while it does not exist."""
        lines = httpx.get(f"{self.url}/metrics", trust_env=False).text.splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((name + " ", name + "{"))
        )


class Web(Server):
    """A web process under ``pserve``."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        command = [str(Path(sys.executable).with_name("pserve")), str(ROOT / "development.ini")]
        super().__init__("web", command, environment, folder)


class Realtime(Server):
    """A socket process under ``pserve``."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, ini: Path = ROOT / "development.ini"
    ) -> None:
        pserve = Path(sys.executable).with_name("pserve")
        names = ["--app-name", "realtime", "--server-name", "realtime"]
        super().__init__("realtime", [str(pserve), str(ini), *names], environment, folder)

    def address(self, path: str = "/ws", **query: object) -> str:
        """The address of a socket."""
        return f"ws://127.0.0.1:{self.port}{path}?{urlencode(query)}"
