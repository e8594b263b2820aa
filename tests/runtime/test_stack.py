import fcntl
import socket
import sys
from pathlib import Path

import pytest

from web.runtime import environment as env
from web.runtime.errors import AlreadyRunning, PortBusy, StartupError
from web.runtime.layout import Layout
from web.runtime.ports import pick_free_port
from web.runtime.programs import Program
from web.runtime.stack import Stack
from web.runtime.supervisor import Supervisor


@pytest.fixture
def environ(var: Path) -> dict[str, str]:
    ports: set[int] = set()
    while len(ports) < len(env.PORTS):
        ports.add(pick_free_port())
    return {"PLAZA_VAR": str(var)} | dict(zip(env.PORTS, map(str, ports), strict=True))


def test_a_busy_port_is_one_line_and_nothing_is_started(environ: dict[str, str], layout: Layout) -> None:
    busy = socket.create_server(("127.0.0.1", int(environ["PLAZA_WEB_PORT"])))
    with busy, pytest.raises(PortBusy, match="PLAZA_WEB_PORT"):
        Stack(environ).up()
    assert Supervisor(layout).pid() is None
    assert not (layout.var / "postgres").exists()


def test_what_is_no_port_is_said(environ: dict[str, str]) -> None:
    with pytest.raises(StartupError, match="PLAZA_FRONT_PORT is 'front', which is not a port"):
        Stack(environ | {"PLAZA_FRONT_PORT": "front"}).up()


def test_a_start_while_another_is_under_way_is_one_line(environ: dict[str, str], layout: Layout) -> None:
    with (layout.run / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AlreadyRunning, match="another start is under way"):
            Stack(environ).up()


def test_a_second_start_is_one_line(environ: dict[str, str], layout: Layout) -> None:
    supervisor = Supervisor(layout)
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    supervisor.launch([Program("web", sleep, {}, layout.var)])
    try:
        with pytest.raises(AlreadyRunning, match="already runs in") as caught:
            Stack(environ).up()
        assert "plaza down" in str(caught.value)
    finally:
        supervisor.shut_down()


def test_a_failed_start_leaves_nothing_running(environ: dict[str, str]) -> None:
    lines: list[str] = []
    stranger = {"PLAZA_OWNER_DATABASE_URL": "postgresql://stranger:secret@127.0.0.1/plaza"}
    stack = Stack(environ | stranger, lines.append)
    with pytest.raises(StartupError, match="must log in as plaza_owner"):
        stack.up()
    assert "PostgreSQL and Valkey are up" in lines
    assert stack.supervisor.pid() is None
    assert not stack.down(), "there is nothing to end"


def test_programs_that_cannot_start_are_named_with_their_last_words(
    environ: dict[str, str], layout: Layout
) -> None:
    lines: list[str] = []
    stack = Stack(environ, lines.append)
    broken = [sys.executable, "-c", "raise SystemExit('no such module')"]
    stack.supervisor.launch([Program("web", broken, {}, layout.var)])
    try:
        stack.supervisor.start("web")
        with pytest.raises(StartupError, match=r"web does not start: no such module \(see .*web\.log\)"):
            stack.wait_until_healthy(env.known(layout, environ), ["web"])
    finally:
        stack.supervisor.shut_down()
