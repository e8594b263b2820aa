"""supervisord with stand-in programs: small, quick, and enough to see what it does with them."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.eventually import eventually
from web.runtime import processes
from web.runtime.errors import StartupError
from web.runtime.layout import ROOT, Layout
from web.runtime.programs import Program
from web.runtime.supervisor import RUNNING, ProgramState, Supervisor, render

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def program(name: str, layout: Layout, command: list[str] | None = None, **environment: str) -> Program:
    mark = {processes.STACK_MARK: str(layout.var)}
    return Program(name, command or SLEEP, mark | environment, layout.var)


@pytest.fixture
def supervisor(layout: Layout) -> Iterator[Supervisor]:
    result = Supervisor(layout)
    yield result
    result.shut_down()


def state(supervisor: Supervisor, name: str) -> ProgramState:
    return next(found for found in supervisor.states() if found.name == name)


def started(supervisor: Supervisor, *programs: Program) -> None:
    supervisor.launch(programs)
    for each in programs:
        supervisor.start(each.name)
    eventually(lambda: all(found.state == RUNNING for found in supervisor.states()))


def test_a_killed_program_is_started_again_and_the_others_are_left_alone(
    supervisor: Supervisor, layout: Layout
) -> None:
    started(supervisor, program("web", layout), program("relay", layout))
    web, relay = state(supervisor, "web"), state(supervisor, "relay")
    os.kill(web.pid, signal.SIGKILL)
    eventually(lambda: state(supervisor, "web").pid != web.pid and state(supervisor, "web").state == RUNNING)
    assert state(supervisor, "relay").pid == relay.pid


def test_one_program_restarts_without_the_others(supervisor: Supervisor, layout: Layout) -> None:
    started(supervisor, program("web", layout), program("relay", layout))
    web, relay = state(supervisor, "web"), state(supervisor, "relay")
    supervisor.stop("web")
    assert state(supervisor, "web").pid == 0
    supervisor.start("web")
    eventually(lambda: state(supervisor, "web").state == RUNNING)
    assert state(supervisor, "web").pid != web.pid
    assert state(supervisor, "relay").pid == relay.pid


def test_an_unknown_program_is_named_with_those_that_exist(supervisor: Supervisor, layout: Layout) -> None:
    started(supervisor, program("web", layout), program("relay", layout))
    with pytest.raises(StartupError, match="no program 'wbe'; there are: web, relay"):
        supervisor.stop("wbe")


def test_ending_ends_every_program(layout: Layout) -> None:
    supervisor = Supervisor(layout)
    started(supervisor, program("web", layout), program("relay", layout))
    pids = [found.pid for found in supervisor.states()]
    supervisor.shut_down()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert supervisor.pid() is None
    with pytest.raises(StartupError, match="not running here"):
        supervisor.states()


def test_programs_of_a_killed_supervisor_are_found(layout: Layout) -> None:
    supervisor = Supervisor(layout)
    started(supervisor, program("web", layout))
    orphan = state(supervisor, "web").pid
    supervisor_pid = supervisor.pid()
    assert supervisor_pid
    os.kill(supervisor_pid, signal.SIGKILL)
    eventually(lambda: supervisor.pid() is None)
    found = processes.leftovers(str(layout.var))
    assert [process.pid for process in found] == [orphan]
    processes.end_leftovers(found)
    started(supervisor, program("web", layout))
    supervisor.shut_down()


def test_runs_in_a_folder_too_deep_for_a_socket(var: Path) -> None:
    deep = Layout(ROOT, var / ("d" * 60) / ("e" * 60))
    deep.make()
    supervisor = Supervisor(deep)
    started(supervisor, program("web", deep))
    supervisor.shut_down()
    deep.socket.parent.rmdir()


def test_variables_arrive_as_they_are(supervisor: Supervisor, layout: Layout) -> None:
    awkward = "50% of a#b; it's, {a} = \\ b"
    code = "import os, time; print(os.environ['PLAZA_TEST'], flush=True); time.sleep(600)"
    started(supervisor, program("web", layout, [sys.executable, "-c", code], PLAZA_TEST=awkward))
    eventually(lambda: (layout.log / "web.log").read_text().strip() == awkward)


def test_variables_of_the_shell_are_not_passed_on(
    supervisor: Supervisor, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAZA_ADMIN_DATABASE_URL", "postgresql://postgres:secret@db/postgres")
    code = "import os, time; print('ADMIN' in str(os.environ), flush=True); time.sleep(600)"
    started(supervisor, program("web", layout, [sys.executable, "-c", code]))
    eventually(lambda: (layout.log / "web.log").read_text() == "False\n")


@pytest.mark.parametrize("value", ['a"b', "a\nb", "a ;b", "a #b"])
def test_a_variable_that_cannot_be_passed_on_is_named(layout: Layout, value: str) -> None:
    with pytest.raises(StartupError, match="PLAZA_TEST contains"):
        render(layout, [program("web", layout, PLAZA_TEST=value)])


def test_the_configuration_says_how_each_program_is_ended(layout: Layout) -> None:
    database = replace(program("postgres", layout), stop_signal="INT", stop_seconds=30, user="nobody")
    text = render(layout, [database, program("web", layout)])
    first, second = text.split("[program:postgres]")[1].split("[program:web]")
    assert "stopsignal = INT" in first
    assert "stopwaitsecs = 30" in first
    assert "user = nobody" in first
    assert "priority = 1\n" in first
    assert "priority = 2\n" in second
    assert "autorestart = true" in second
    assert f"stdout_logfile = {layout.log / 'web.log'}" in second
    assert "user =" not in second
