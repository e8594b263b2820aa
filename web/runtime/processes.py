"""Starting and ending single programs without a supervisor, and finding ones that a dead supervisor left."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from web.runtime.system_user import PopenOptions, SystemUser

STACK_MARK = "PLAZA_STACK"
_PR_SET_PDEATHSIG = 1


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    user: SystemUser | None = None,
    environment: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> "subprocess.Popen[bytes]":
    """Start a program that must not outlive us; its output goes to `log`.

    On Linux the kernel sends it `death_signal` when this process dies, however that happens.
    """

    def tie_to_parent() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(death_signal))

    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=dict(environment) if environment is not None else None,
            start_new_session=True,
            preexec_fn=tie_to_parent,
            **(user.popen_options() if user else PopenOptions()),
        )


def stop(process: "subprocess.Popen[bytes]", first: signal.Signals, seconds: float = 15) -> None:
    """Ask a program that we spawned to end, and kill it when it has not after `seconds`."""
    if process.poll() is None:
        process.send_signal(first)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def leftovers(stack: str) -> list[psutil.Process]:
    """Processes marked with `PLAZA_STACK=<stack>` that run although their supervisor is gone."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(STACK_MARK) == stack:
                found.append(process)
    return found


def end_leftovers(processes: Sequence[psutil.Process], seconds: float = 20) -> None:
    """End them: SIGTERM, then SIGINT (PostgreSQL no longer waits for its clients), then SIGKILL."""
    alive = list(processes)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, alive = psutil.wait_procs(alive, timeout=seconds / 2)
