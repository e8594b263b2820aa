"""A whole Plaza, started the way its users start it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.eventually import eventually
from web.runtime.environment import PORTS, password_of
from web.runtime.layout import ROOT, Layout
from web.runtime.ports import pick_free_port
from web.runtime.programs import START_ORDER
from web.runtime.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("up")]  # one stack for all of them


@dataclass(frozen=True)
class Plaza:
    """One running copy, driven by its command."""

    environ: dict[str, str]

    def command(self, *words: str, measured: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run `plaza`; without measuring coverage, everything that it starts is much faster."""
        hidden = ("PLAZA_",) if measured else ("PLAZA_", "COVERAGE_")
        outside = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        return subprocess.run(
            [sys.executable, "-m", "web.cli.main", *words],
            cwd=ROOT,
            env=outside | self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def stack(self) -> Stack:
        return Stack(self.environ)

    def pids(self) -> dict[str, int]:
        return {state.name: state.pid for state in self.stack.supervisor.states()}

    def is_well(self) -> bool:
        return all(status.problem is None for status in self.stack.status())

    def get(self, path: str) -> httpx.Response:
        base = self.stack.layout.read_state()["PLAZA_PUBLIC_URL"]
        return httpx.get(f"{base}{path}", trust_env=False, timeout=10)


@pytest.fixture(scope="module")
def plaza() -> Iterator[Plaza]:
    folder = Path(tempfile.mkdtemp(prefix="plaza-e2e-"))
    folder.chmod(0o711)
    ports: set[int] = set()
    while len(ports) < len(PORTS):
        ports.add(pick_free_port())
    environ = {"PLAZA_VAR": str(folder), **dict(zip(PORTS, map(str, ports), strict=True))}
    plaza = Plaza(environ)
    result = plaza.command("up", "--detach", "--no-demo", "--no-nightly", measured=False)
    assert result.returncode == 0, result.stdout + result.stderr
    yield plaza
    result = plaza.command("down")
    assert result.returncode == 0, result.stdout + result.stderr
    shutil.rmtree(folder, ignore_errors=True)


def test_everything_is_well(plaza: Plaza) -> None:
    result = plaza.command("ps")
    assert result.returncode == 0, result.stdout
    for name in plaza.pids():
        assert name in result.stdout
    assert set(START_ORDER) - {"nginx"} <= set(plaza.pids())


def test_each_part_answers_at_its_public_address(plaza: Plaza) -> None:
    analytics = plaza.stack.layout.read_state().get("PLAZA_ANALYTICS_URL")
    assert plaza.get("/").status_code == 200
    assert plaza.get("/api/v1/docs").status_code == 200
    assert plaza.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    if not analytics:
        assert plaza.get("/api/v1/analytics/docs").status_code == 200


def test_a_second_start_is_one_line(plaza: Plaza) -> None:
    result = plaza.command("up", "--detach")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: Plaza already runs in")
    assert result.stderr.count("\n") == 1


def test_the_ports_are_busy_for_another_copy(plaza: Plaza, tmp_path: Path) -> None:
    other = Plaza(plaza.environ | {"PLAZA_VAR": str(tmp_path)})
    result = other.command("up", "--detach")
    assert result.returncode == 1
    assert "is in use" in result.stderr
    assert result.stderr.count("\n") == 1
    assert plaza.is_well()


@pytest.mark.parametrize(
    "name", ["web", "realtime", "analytics", "relay", "worker", "valkey", "postgres", "nginx"]
)
def test_a_killed_program_comes_back_and_all_is_well_again(plaza: Plaza, name: str) -> None:
    pids = plaza.pids()
    if name not in pids:
        pytest.skip(f"{name} is not installed")
    os.kill(pids[name], signal.SIGKILL)
    eventually(lambda: plaza.pids()[name] not in (0, pids[name]), seconds=30)
    eventually(plaza.is_well, seconds=60)


def test_one_program_restarts_without_the_others(plaza: Plaza) -> None:
    eventually(plaza.is_well, seconds=60)
    before = plaza.pids()
    result = plaza.command("restart", "web")
    assert result.returncode == 0, result.stderr
    after = plaza.pids()
    assert {name for name in before if before[name] != after[name]} == {"web"}


def test_the_doctor_finds_nothing_broken(plaza: Plaza) -> None:
    eventually(plaza.is_well, seconds=60)
    result = plaza.command("doctor")
    assert result.returncode == 0, result.stdout
    assert "warn night" in result.stdout, "there was none yet"


def test_no_secret_is_readable_by_others_or_on_a_command_line(plaza: Plaza) -> None:
    layout = Layout.of(plaza.environ)
    state = json.loads(layout.state_file.read_text())
    passwords = {password_of(value) for value in state.values() if "://" in value} - {""}
    secrets = [state["PLAZA_SECRET"], *passwords]
    for file in (layout.state_file, layout.supervisor_config, Path(state["PLAZA_SIGNING_KEYS"])):
        assert file.stat().st_mode & 0o077 == 0, file
    for pid in plaza.pids().values():
        line = " ".join(psutil.Process(pid).cmdline())
        assert not any(secret in line for secret in secrets)


def test_programs_of_a_killed_supervisor_do_not_stand_in_the_way(plaza: Plaza) -> None:
    supervisor = plaza.stack.supervisor.pid()
    assert supervisor
    before = [status.state.pid for status in plaza.stack.status()]
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: plaza.stack.supervisor.pid() is None)
    result = plaza.command("up", "--detach", "--no-demo", "--no-nightly")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "outlived their supervisor" in result.stdout
    assert [pid for pid in before if psutil.pid_exists(pid)] == []
    assert plaza.is_well()
