"""Fixtures of the analytics API: a published night, a real key server, and the API behind a real socket."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from socket import socket
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
import structlog
import uvicorn
from psycopg import sql

from analytics_api.main import create_app
from analytics_api.settings import Settings
from tests.eventually import eventually
from tests.servers import TestServers
from web.core.ids import new_id
from web.core.tokens import KeyRing

PREFIX = "/api/v1/analytics"
MARTS = ("activity_streaks", "chat_usage", "creator_rankings", "daily_metrics", "trending_posts")


class Night:
    """Writes what a night leaves behind, as the role of the night."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def publish(
        self,
        rows: dict[str, list[dict[str, Any]]] | None = None,
        *,
        data_as_of: datetime | None = None,
        started_at: datetime | None = None,
    ) -> UUID:
        """A run whose batches every mart shows from now on; marts without rows show an empty batch."""
        run_id = self.run("published", data_as_of=data_as_of, started_at=started_at)
        with self.connection.transaction():
            for mart in MARTS:
                self._attach(mart, run_id, (rows or {}).get(mart, []))
                self.connection.execute(
                    "INSERT INTO analytics.published VALUES (%s, %s, now())"
                    " ON CONFLICT (mart) DO UPDATE SET run_id = excluded.run_id, published_at = now()",
                    (mart, run_id),
                )
        return run_id

    def run(
        self, status: str, *, data_as_of: datetime | None = None, started_at: datetime | None = None
    ) -> UUID:
        """A run in the record, finished unless it is `running`."""
        data_as_of = data_as_of or datetime.now(UTC) - timedelta(hours=1)
        run_id = new_id()
        self.connection.execute(
            "INSERT INTO analytics.runs (run_id, as_of, status, started_at, finished_at, data_as_of)"
            " VALUES (%s, %s, %s, %s, CASE WHEN %s THEN clock_timestamp() END, %s)",
            (
                run_id,
                data_as_of.date(),
                status,
                started_at or datetime.now(UTC),
                status != "running",
                data_as_of,
            ),
        )
        return run_id

    def _attach(self, mart: str, run_id: UUID, rows: list[dict[str, Any]]) -> None:
        batches = sql.Identifier("analytics", f"{mart}_batches")
        self.connection.execute(
            sql.SQL("CREATE TABLE {} PARTITION OF {} FOR VALUES IN ({})").format(
                sql.Identifier("analytics", f"{mart}_{run_id.hex}"), batches, sql.Literal(str(run_id))
            )
        )
        for row in rows:
            self.connection.execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    batches,
                    sql.SQL(", ").join(map(sql.Identifier, ("run_id", *row))),
                    sql.SQL(", ").join([sql.Placeholder()] * (len(row) + 1)),
                ),
                (run_id, *row.values()),
            )

    def forget(self) -> None:
        """As before the first night."""
        self.connection.execute("TRUNCATE analytics.runs CASCADE")
        partitions = self.connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent::regclass::text LIKE 'analytics.%_batches'"
        ).fetchall()
        for (name,) in partitions:
            self.connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(*name.split("."))))


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Log lines that are quick to write; those of the real process are in test_process."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )


@pytest.fixture(scope="session")
def urls(servers: TestServers, make_database: Callable[[], str]) -> dict[str, str]:
    """The ``PLAZA_*`` variables of a database of these tests."""
    return servers.environment(make_database())


@pytest.fixture
def night(urls: dict[str, str]) -> Iterator[Night]:
    """An empty record of nights, and the means to add to it."""
    with psycopg.connect(urls["PLAZA_PIPELINE_DATABASE_URL"], autocommit=True) as connection:
        night = Night(connection)
        night.forget()
        yield night


class KeyServer:
    """Shows the public keys of a ring over HTTP, as `web` does; can be away, and counts who asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.rotate()
        self.other_keys: list[dict[str, str]] = []
        self.is_away = False
        self.asked = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805 - `self` is the key server
                self.asked += 1
                body = dumps({"keys": self.other_keys + self.ring.public_jwks()["keys"]}).encode()
                handler.send_response(503 if self.is_away else 200)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(handler, *_: object) -> None:  # noqa: N805 - as above
                """Tests need no access log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/.well-known/jwks.json"

    def rotate(self) -> None:
        """Show one new key instead of what was shown before."""
        self.ring_file = self._folder / f"{new_id().hex}.json"
        KeyRing.create(self.ring_file)
        self.ring = KeyRing.load(self.ring_file)

    @contextmanager
    def running(self) -> Iterator["KeyServer"]:
        """Serve in a thread."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@pytest.fixture(scope="session")
def shared_key_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyServer]:
    """The key server of the shared API."""
    with KeyServer(tmp_path_factory.mktemp("keys")).running() as server:
        yield server


@pytest.fixture
def key_server(tmp_path: Path) -> Iterator[KeyServer]:
    """A key server of this test alone, to be taken away or given new keys."""
    with KeyServer(tmp_path).running() as server:
        yield server


@dataclass(frozen=True)
class Tokens:
    """Makes access tokens as `web` does."""

    ring: KeyRing

    def make(
        self,
        scope: str,
        *,
        subject: str | None = None,
        session_id: UUID | None = None,
        age: timedelta = timedelta(0),
    ) -> str:
        """A token that lives for five minutes from `age` ago."""
        return self.ring.sign(
            subject=subject or str(new_id()),
            session_id=session_id or new_id(),
            scope=scope,
            client="api",
            now=datetime.now(UTC) - age,
            lifetime=timedelta(minutes=5),
        )


@pytest.fixture
def tokens(shared_key_server: KeyServer) -> Tokens:
    """Tokens that the shared API takes."""
    return Tokens(shared_key_server.ring)


def bearer(token: str) -> dict[str, str]:
    """The header that presents a token."""
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def running_api(settings: Settings) -> Iterator[httpx.Client]:
    """The API behind a real server on a port of its own, and a client of it."""
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(settings), log_config=None, access_log=False, server_header=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            eventually(lambda: server.started or not thread.is_alive())
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def exact_settings(urls: dict[str, str], shared_key_server: KeyServer) -> Settings:
    """Settings that trust no look at the database: every request sees what is there now."""
    return Settings(
        environment="test",
        database_url=urls["PLAZA_READER_DATABASE_URL"],
        jwks_url=shared_key_server.url,
        cors_origins=("https://plaza.example",),
        publication_age=0,
        revocation_age=0,
    )


@pytest.fixture(scope="session")
def shared_api(exact_settings: Settings) -> Iterator[httpx.Client]:
    """One API for all tests of this worker; use ``api``, which starts without any night."""
    with running_api(exact_settings) as client:
        yield client


@pytest.fixture
def api(shared_api: httpx.Client, night: Night) -> httpx.Client:
    """A client of the API, before the first night."""
    shared_api.headers.pop("Authorization", None)
    return shared_api


@pytest.fixture
def start_api() -> Iterator[Callable[[Settings], httpx.Client]]:
    """Starts further APIs, with settings of the test."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(running_api(settings))


def statements_run(api: httpx.Client) -> float:
    """How many database statements the API has run so far, by its own metrics."""
    lines = api.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("plaza_statement_seconds_count"))
