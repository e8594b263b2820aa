import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.eventually import eventually
from web.runtime import processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN_CODE = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
STUBBORN = [sys.executable, "-c", STUBBORN_CODE]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does this on Linux")
def test_a_spawned_program_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from web.runtime.processes import spawn\n"
        f"child = spawn({SLEEP!r}, log=pathlib.Path({str(tmp_path / 'log')!r}))\n"
        "print(child.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(10)


def test_a_program_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = processes.spawn(STUBBORN, log=log)
    eventually(lambda: "ready" in log.read_text())
    processes.stop(process, signal.SIGTERM, seconds=0.2)
    assert process.returncode == -signal.SIGKILL


def test_leftovers_are_those_with_the_mark_of_the_stack(tmp_path: Path) -> None:
    mine = processes.spawn(
        SLEEP, log=tmp_path / "log", environment={**os.environ, processes.STACK_MARK: str(tmp_path)}
    )
    other = processes.spawn(SLEEP, log=tmp_path / "log")
    eventually(lambda: [found.pid for found in processes.leftovers(str(tmp_path))] == [mine.pid])
    processes.end_leftovers(processes.leftovers(str(tmp_path)))
    assert mine.wait(10) is not None
    assert other.poll() is None
    processes.stop(other, signal.SIGTERM)
