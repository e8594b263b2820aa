"""The proxy with stand-in programs behind it: who gets which path, and what is written down."""

import http.client
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from tests.eventually import eventually
from web.runtime import processes
from web.runtime.errors import StartupError
from web.runtime.layout import Layout
from web.runtime.nginx import Nginx, render
from web.runtime.ports import is_free, pick_free_port

PROGRAMS = ("web", "realtime", "analytics")


class Echo(BaseHTTPRequestHandler):
    """Answers with its own name and the headers that it got."""

    protocol_version = "HTTP/1.1"
    name = ""

    def do_GET(self) -> None:
        body = json.dumps({"program": self.name, "headers": {k.lower(): v for k, v in self.headers.items()}})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        """Nothing: the test output is for the tests."""


@dataclass
class Front:
    port: int
    log: Path
    programs: dict[str, ThreadingHTTPServer]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def reached(self, path: str, **headers: str) -> tuple[str, dict[str, str]]:
        _, _, body = self.get(path, **headers)
        answer = json.loads(body)
        return answer["program"], answer["headers"]


@pytest.fixture
def front(layout: Layout) -> Iterator[Front]:
    nginx = Nginx.find(layout)
    if nginx is None:
        pytest.skip("nginx is not installed")
    programs = {}
    for name in PROGRAMS:
        handler = type(name, (Echo,), {"name": name})
        programs[name] = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=programs[name].serve_forever, daemon=True).start()
    port = pick_free_port()
    ports = {f"PLAZA_{name.upper()}_PORT": str(server.server_port) for name, server in programs.items()}
    nginx.prepare(ports | {"PLAZA_FRONT_PORT": str(port)})
    log = layout.log / "nginx.log"
    process = processes.spawn(nginx.command(), log=log)
    eventually(lambda: not is_free(port))
    yield Front(port, log, programs)
    processes.stop(process, signal.SIGTERM)
    for server in programs.values():
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("path", "program"),
    [
        ("/", "web"),
        ("/api/v1/users/me", "web"),
        ("/.well-known/jwks.json", "web"),
        ("/api/v1/analytics/freshness", "analytics"),
        ("/api/v1/analytics/docs", "analytics"),
        ("/ws", "realtime"),
        ("/ws/notifications/", "realtime"),
        ("/api/v1/ws/notifications", "realtime"),
        ("/socket.io/?EIO=4", "realtime"),
        ("/api/v1/ws/chat/0190a0de-0000-7000-8000-000000000000/", "realtime"),
        ("/api/v1/events?after=3&wait=25", "realtime"),
        ("/api/v1/eventsomething", "web"),
        ("/api/v1/ws/ticket", "web"),
        ("/api/v1/ws/ticket/", "web"),
        ("/wsomething", "web"),
    ],
)
def test_every_path_reaches_its_program(front: Front, path: str, program: str) -> None:
    assert front.reached(path)[0] == program


def test_programs_are_told_who_asks(front: Front) -> None:
    _, headers = front.reached("/", Host="plaza.example:8080", X_Request_Id="abc-123-def")
    assert headers["host"] == "plaza.example:8080"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-request-id"] == "abc-123-def"
    assert "upgrade" not in headers


def test_a_trusted_proxy_in_front_is_believed_and_its_client_passed_on_alone(front: Front) -> None:
    _, headers = front.reached("/", X_Forwarded_For="6.6.6.6, 203.0.113.7", X_Forwarded_Proto="https")
    assert headers["x-forwarded-for"] == "203.0.113.7"
    assert headers["x-forwarded-proto"] == "https"


def test_a_request_id_that_is_none_is_replaced(front: Front) -> None:
    _, headers = front.reached("/", X_Request_Id="<script>")
    assert len(headers["x-request-id"]) == 32


def test_sockets_are_upgraded(front: Front) -> None:
    _, headers = front.reached("/ws", Upgrade="websocket", Connection="Upgrade")
    assert headers["upgrade"] == "websocket"
    assert headers["connection"] == "upgrade"


def test_what_an_address_carries_behind_its_path_is_never_written(front: Front) -> None:
    front.get("/ws?token=SECRET1")
    front.get("/reset?token=SECRET3")
    front.programs["realtime"].shutdown()
    front.programs["realtime"].server_close()
    status, _, _ = front.get("/ws?token=SECRET2")
    assert status == 503
    front.get("/seen?signature=SECRET4")
    eventually(lambda: '"GET /seen HTTP/1.1"' in front.log.read_text())
    assert front.log.read_text().count('"GET /ws HTTP/1.1"') == 2
    assert "SECRET" not in front.log.read_text()


def test_who_was_in_which_anonymous_talk_is_never_written(front: Front) -> None:
    talk = "01a1ffe5-f635-7c36-8d1d-1d9370f37b6e"
    for path in (f"/api/v1/matching/{talk}/skip", f"/api/v1/matching/{talk}", f"/ws/anonymous-chat/{talk}/"):
        front.get(path)
    front.get("/api/v1/matching/queue")
    eventually(lambda: "/api/v1/matching/queue" in front.log.read_text())
    log = front.log.read_text()
    for path in ("/api/v1/matching/*/skip", "/api/v1/matching/*", "/ws/anonymous-chat/*/"):
        assert f'"GET {path} HTTP/1.1"' in log
    assert talk not in log


@contextmanager
def in_front_of(layout: Layout, **variables: str) -> Iterator[Front]:
    """An nginx before programs that the variables name; nobody listens at the others."""
    nginx = Nginx.find(layout)
    if nginx is None:
        pytest.skip("nginx is not installed")
    port = pick_free_port()
    ports = {f"PLAZA_{name.upper()}_PORT": "1" for name in PROGRAMS}
    nginx.prepare(ports | variables | {"PLAZA_FRONT_PORT": str(port)})
    process = processes.spawn(nginx.command(), log=layout.log / "nginx.log")
    try:
        eventually(lambda: not is_free(port))
        yield Front(port, layout.log / "nginx.log", {})
    finally:
        processes.stop(process, signal.SIGTERM)


@contextmanager
def standing_in(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of a program."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("kind", "path", "apart"), [("realtime", "/ws", 1), ("web", "/posts", 100)])
def test_requests_go_to_another_process_when_one_is_down(
    layout: Layout, kind: str, path: str, apart: int
) -> None:
    with standing_in(type(kind, (Echo,), {"name": kind})) as second:
        first = second - apart  # where nobody listens, as far as we know
        ports = {f"PLAZA_{kind.upper()}_PORT": str(first), f"PLAZA_{kind.upper()}_PROCESSES": "2"}
        with in_front_of(layout, **ports) as front:
            assert is_free(first)
            assert [front.reached(path)[0] for _ in range(4)] == [kind] * 4


class HangsUp(Echo):
    """Takes each request, and is gone before it answers."""

    asked: ClassVar[list[str]]

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline()
        if self.raw_requestline:
            self.asked.append(self.raw_requestline.decode().split()[0])
        self.close_connection = True


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("PATCH", 1), ("GET", 2)])
def test_what_may_have_been_done_is_not_asked_of_another_process(
    layout: Layout, method: str, times: int
) -> None:
    asked: list[str] = []
    handler = type("gone", (HangsUp,), {"asked": asked})
    with standing_in(handler) as first, standing_in(handler) as second:
        servers = f"server 127.0.0.1:{first}; server 127.0.0.1:{second};"
        with in_front_of(layout, PLAZA_WEB_SERVERS=servers) as front:
            address = f"http://127.0.0.1:{front.port}/api/v1/posts"
            answer = httpx.request(method, address, trust_env=False)
    assert answer.status_code == 503
    assert asked == [method] * times


def test_a_program_that_is_down_is_said_in_the_envelope(front: Front) -> None:
    front.programs["analytics"].shutdown()
    front.programs["analytics"].server_close()
    status, headers, body = front.get("/api/v1/analytics/freshness", X_Request_Id="abc-123-def")
    answer = json.loads(body)
    assert status == 503
    assert headers["content-type"] == "application/json"
    assert answer["error"]["code"] == "UNAVAILABLE"
    assert answer["request_id"] == "abc-123-def"


def test_what_operators_ask_is_not_served_outside(front: Front) -> None:
    for path in ("/metrics", "/readyz"):
        status, _, body = front.get(path)
        assert (status, json.loads(body)["error"]["code"]) == (404, "NOT_FOUND")


def test_media_are_answered_by_the_program_that_knows_who_may_see_them(front: Front) -> None:
    assert front.reached("/media/0190a0de-0000-7000-8000-000000000000/large.webp")[0] == "web"
    assert front.reached("/api/v1/media")[0] == "web"


def test_static_files_are_kept_for_ever_and_unknown_ones_asked_of_the_app(
    front: Front, layout: Layout
) -> None:
    files = list((layout.root / "web" / "static").rglob("*.css"))
    if files:
        name = files[0].relative_to(layout.root / "web" / "static").as_posix()
        status, headers, body = front.get(f"/static/0123456789ab/{name}")
        assert (status, body) == (200, files[0].read_bytes())
        assert "immutable" in headers["cache-control"]
        assert headers["content-type"] == "text/css"
    assert front.reached("/static/0123456789ab/missing.css")[0] == "web"
    assert front.reached("/static/plain.css")[0] == "web"


def test_a_placeholder_without_a_value_is_named() -> None:
    assert (
        render("listen ${PLAZA_X}; $host ${request_time}s", {"PLAZA_X": "1"})
        == "listen 1; $host ${request_time}s"
    )
    with pytest.raises(StartupError, match="no value for PLAZA_Y"):
        render("${PLAZA_Y}", {})


def test_what_nginx_rejects_is_said_at_once(layout: Layout) -> None:
    nginx = Nginx.find(layout)
    if nginx is None:
        pytest.skip("nginx is not installed")
    ports = {f"PLAZA_{name}_PORT": "no-port" for name in ("FRONT", "ANALYTICS")}
    ports |= {"PLAZA_WEB_PORT": "1", "PLAZA_REALTIME_PORT": "1"}
    with pytest.raises(StartupError, match="nginx rejects its configuration"):
        nginx.prepare(ports)
