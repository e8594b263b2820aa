"""supervisord: its generated configuration, its start, and talking to it over its socket."""

import http.client
import os
import re
import resource
import shlex
import subprocess
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from web.runtime.errors import StartupError
from web.runtime.layout import Layout
from web.runtime.programs import SERVERS, Program, start_order, tool

LOG_BYTES = 10_000_000
LOG_BACKUPS = 3
MOST_OPEN_FILES = 16_384
RUNNING = "RUNNING"
FATAL = "FATAL"
# Restarts of a program that cannot start wait 1, 2, 3 … seconds; together about a minute and a half.
START_RETRIES = 12


# What its configuration has no way to quote: quotes, line breaks, and what begins a comment.
_UNSPEAKABLE = re.compile(r'["\n]|\s[;#]')


@dataclass(frozen=True)
class ProgramState:
    """What the supervisor knows of a program.

    Attributes:
        state: RUNNING, STARTING, BACKOFF (died while starting, tried again), FATAL (given up), STOPPED …
        pid: 0 when it is not running.
        uptime: seconds since it was started, 0 when it is not running.
    """

    name: str
    state: str
    pid: int
    uptime: int


class Supervisor:
    """The supervisor of one layout, running or not."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def pid(self) -> int | None:
        """Process id of the supervisor, None when none answers."""
        try:
            return int(self._ask("getPID"))
        except _Unreachable:
            return None

    def launch(self, programs: Sequence[Program]) -> None:
        """Start supervisord in the background; programs are started one by one with `start`.

        Raises:
            StartupError: it did not come up.
        """
        config = self._layout.supervisor_config
        config.touch(mode=0o600)
        config.write_text(render(self._layout, programs))
        self._layout.socket.unlink(missing_ok=True)
        # Programs inherit from the supervisor; of our variables they get only what is meant for them.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLAZA_")}
        command = [tool("supervisord"), "-c", str(config)]
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        deadline = time.monotonic() + 10
        while self.pid() is None:
            if result.returncode != 0 or time.monotonic() > deadline:
                reason = (result.stderr or result.stdout).strip() or "it does not answer"
                raise StartupError(f"supervisord did not start: {reason.splitlines()[-1]}")
            time.sleep(0.05)

    def states(self) -> list[ProgramState]:
        """All programs in the order of their start.

        Raises:
            StartupError: the supervisor does not answer.
        """
        rows = self._ask("getAllProcessInfo")
        rows.sort(key=lambda row: start_order(row["name"]))
        return [
            ProgramState(
                name=row["name"],
                state=row["statename"],
                pid=row["pid"],
                uptime=row["now"] - row["start"] if row["pid"] else 0,
            )
            for row in rows
        ]

    def start(self, name: str) -> None:
        """Start a program without waiting for it; one that runs is left alone.

        Raises:
            StartupError: there is no such program.
        """
        self._call("startProcess", name, ignore="ALREADY_STARTED")

    def stop(self, name: str) -> None:
        """End a program and wait for its end.

        Raises:
            StartupError: there is no such program.
        """
        self._call("stopProcess", name, ignore="NOT_RUNNING", wait=True)

    def shut_down(self, seconds: float = 120) -> None:
        """End all programs, the servers that they use last, then the supervisor; returns when it is gone.

        Raises:
            StartupError: it is still there after `seconds`.
        """
        pid = self.pid()
        if pid is None:
            return
        deadline = time.monotonic() + seconds
        try:
            process = psutil.Process(pid)
            # All at once: on its own the supervisor would wait for one before it ends the next.
            self._stop_together([state for state in self.states() if state.name not in SERVERS], deadline)
            self._stop_together(self.states(), deadline)
            self._ask("shutdown")
            process.wait(max(0, deadline - time.monotonic()))
        except (psutil.NoSuchProcess, _Unreachable, xmlrpc.client.Fault):  # it is ending already
            return
        except psutil.TimeoutExpired:
            raise StartupError(f"supervisord (pid {pid}) did not end within {seconds:.0f} s") from None

    def _stop_together(self, states: Sequence[ProgramState], deadline: float) -> None:
        names = {state.name for state in states}
        for name in names:
            self._call("stopProcess", name, ignore="NOT_RUNNING")
        while (
            any(state.pid for state in self.states() if state.name in names) and time.monotonic() < deadline
        ):
            time.sleep(0.1)

    def _call(self, method: str, name: str, *, ignore: str, wait: bool = False) -> None:
        try:
            self._ask(method, name, wait)
        except xmlrpc.client.Fault as fault:
            if fault.faultString.startswith("BAD_NAME"):
                names = ", ".join(state.name for state in self.states())
                raise StartupError(f"there is no program {name!r}; there are: {names}") from None
            if not fault.faultString.startswith(ignore):
                raise StartupError(f"{name}: {fault.faultString}") from None

    def _ask(self, method: str, *arguments: object) -> Any:
        # A connection per call: one that failed half-way cannot be used again.
        transport = SupervisorTransport(None, None, f"unix://{self._layout.socket}")
        proxy = xmlrpc.client.ServerProxy("http://supervisor", transport=transport)
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise _Unreachable("Plaza is not running here (start it with: plaza up)") from error
        finally:
            transport.close()


class _Unreachable(StartupError):
    """No supervisor answers on the socket."""


def render(layout: Layout, programs: Sequence[Program]) -> str:
    """The configuration file of supervisord for these programs, first to start first."""
    sections = [
        f"""\
[supervisord]
logfile = {_escape(layout.log / "supervisord.log")}
logfile_maxbytes = {LOG_BYTES}
logfile_backups = {LOG_BACKUPS}
pidfile = {_escape(layout.run / "supervisord.pid")}
childlogdir = {_escape(layout.log)}
directory = {_escape(layout.root)}
umask = 022
minfds = {_open_files()}
{"user = root" if os.geteuid() == 0 else ""}

[unix_http_server]
file = {_escape(layout.socket)}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    ]
    sections += [_section(layout, program, priority) for priority, program in enumerate(programs, start=1)]
    return "\n".join(sections)


def _section(layout: Layout, program: Program, priority: int) -> str:
    lines = {
        "command": _escape(shlex.join(program.command)),
        "directory": _escape(program.directory),
        "environment": _environment(program.environment),
        "priority": priority,
        "autostart": "false",
        "autorestart": "true",
        "startsecs": program.start_seconds,
        "startretries": START_RETRIES,
        "stopsignal": program.stop_signal,
        "stopwaitsecs": program.stop_seconds,
        "killasgroup": str(program.with_children).lower(),
        "redirect_stderr": "true",
        "stdout_logfile": _escape(layout.log / f"{program.name}.log"),
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": LOG_BACKUPS,
    }
    if program.user:
        lines["user"] = program.user
    body = "\n".join(f"{key} = {value}" for key, value in lines.items())
    return f"[program:{program.name}]\n{body}\n"


def _environment(variables: Mapping[str, str]) -> str:
    pairs = []
    for name, value in variables.items():
        if found := _UNSPEAKABLE.search(value):
            raise StartupError(f"{name} contains {found[0]!r}, which the supervisor cannot pass on")
        pairs.append(f'{name}="{_escape(value)}"')
    return ",".join(pairs)


def _open_files() -> int:
    """Every socket of a member is an open file; as many as this account may have, within reason."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)


def _escape(value: str | Path) -> str:
    """supervisord expands %(names)s everywhere."""
    return str(value).replace("%", "%%")
