"""What a benchmark over HTTP runs on: servers of its own, some data, and the real server process."""

import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import psutil
import psycopg

from migrations.commands import upgrade
from tests.eventually import eventually
from tests.servers import start_test_servers
from web.core.app import App
from web.core.settings import Settings
from web.core.tokens import KeyRing
from web.features import build_app
from web.runtime import processes
from web.runtime.bootstrap import bootstrap
from web.runtime.ports import pick_free_port
from web.runtime.programs import tool

ROOT = Path(__file__).parents[2]
UNLIMITED = "1000000/second"
LIMITS = ("AUTH", "READS", "WRITES", "LOGIN", "RESET", "OTP")


@dataclass(frozen=True)
class Server:
    """The product's own web processes, their settings, and the database under them."""

    settings: Settings
    database_url: str
    valkey_url: str
    ports: list[int]
    processes: list[psutil.Process]
    postmaster: psutil.Process

    @property
    def port(self) -> int:
        """That of the first."""
        return self.ports[0]


@contextmanager
def serving(prepare: Callable[[App, str], None], *, web_processes: int = 1) -> Iterator[Server]:
    """Servers, data and the web processes, all gone afterwards.

    Args:
        prepare: fills the database; called with an app over it and the URL of its owner.
    """
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(TemporaryDirectory(prefix="plaza-bench-")))
        servers = cleanup.enter_context(start_test_servers())
        urls = servers.role_urls("plaza_bench")
        bootstrap(servers.admin_url, "plaza_bench", urls)
        upgrade(urls["plaza_owner"])

        keys = folder / "signing_keys.json"
        KeyRing.create(keys)
        ports = [pick_free_port() for _ in range(web_processes)]
        variables = servers.environment("plaza_bench") | {
            "PLAZA_ENV": "production",
            "PLAZA_VAR": str(folder),
            "PLAZA_SECRET": secrets.token_hex(32),
            "PLAZA_SIGNING_KEYS": str(keys),
            "PLAZA_PUBLIC_URL": "https://plaza.example",
            "PLAZA_SMTP_URL": "smtp://127.0.0.1:1",  # nothing is mailed
            "PLAZA_LONGEST_PAUSE": "0",
            **{f"PLAZA_LIMIT_{kind}": UNLIMITED for kind in LIMITS},
        }
        settings = Settings.load(variables)
        app = build_app(settings)
        prepare(app, urls["plaza_owner"])
        app.close()

        started = []
        for port in ports:
            web = start(port, {"PATH": os.environ["PATH"], **variables}, folder / f"web-{port}.log")
            cleanup.callback(processes.stop, web, signal.SIGTERM)
            started.append(psutil.Process(web.pid))
        with psycopg.connect(servers.admin_url) as connection:
            backend = psutil.Process(connection.info.backend_pid)
            postmaster = backend.parent()
        assert postmaster is not None
        yield Server(
            settings,
            urls["plaza_web"],
            servers.valkey_url,
            ports,
            started,
            postmaster,
        )


def start(port: int, environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a web process and wait until it is ready."""
    command = [tool("pserve"), str(ROOT / "production.ini")]
    web = processes.spawn(command, log=log, environment={**environment, "PLAZA_WEB_PORT": str(port)})
    eventually(lambda: answers(port) or web.poll() is not None, seconds=60)
    if web.poll() is not None:
        raise RuntimeError(f"the server did not start:\n{log.read_text()}")
    return web


def answers(port: int) -> bool:
    """Whether the server is ready."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
