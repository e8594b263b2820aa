"""Starting, restarting and ending a whole Plaza on this machine."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from web.core.key_file import DEVELOPMENT_MARK
from web.core.tokens import KeyRing
from web.runtime import environment as env
from web.runtime import health
from web.runtime.bootstrap import ROLE_VARIABLES, bootstrap
from web.runtime.errors import AlreadyRunning, StartupError
from web.runtime.layout import Layout
from web.runtime.nginx import Nginx
from web.runtime.ports import require_free
from web.runtime.postgres import EmbeddedPostgres, wait_for_postgres
from web.runtime.processes import end_leftovers, leftovers
from web.runtime.programs import SERVERS, Program, programs
from web.runtime.supervisor import FATAL, ProgramState, Supervisor
from web.runtime.valkey import EmbeddedValkey, wait_for_valkey

HEALTH_SECONDS = 180.0  # a slow machine that starts seven Python programs at once
POLL_SECONDS = 0.2
MOST_TRIES = 3
DEMO_EMAIL = "demo@plaza.example"

# Receives one line for people about what happens or has happened.
Say = Callable[[str], None]


@dataclass(frozen=True)
class ProgramStatus:
    """A program as the supervisor and as its health check see it; `problem` is None when it is well."""

    state: ProgramState
    problem: str | None


class Stack:
    """One Plaza: its folders, its variables, its supervisor.

    Args:
        environ: where PLAZA_* variables are given (`os.environ`).
        say: takes progress, one line at a time.
    """

    def __init__(self, environ: Mapping[str, str], say: Say = print) -> None:
        self.layout = Layout.of(environ)
        self.supervisor = Supervisor(self.layout)
        self.nginx = Nginx.find(self.layout)
        self._environ = environ
        self._say = say

    def up(self, *, demo: bool = True, nightly: bool = True) -> dict[str, str]:
        """Start everything and return when all of it is healthy; after a failure nothing is left running.

        Args:
            demo: fill a database without accounts with the demo community.
            nightly: run the night when none was ever published.

        Returns:
            the PLAZA_* variables of the running stack.

        Raises:
            AlreadyRunning, PortBusy, StartupError: one line for people.
        """
        self.layout.make()
        with self._only_one():
            self._end_leftovers()
            variables, to_start = self._configure()
            try:
                self.supervisor.launch(to_start)
                self._start_servers(variables)
                self._prepare_database(variables, demo=demo, nightly=nightly)
                names = [state.name for state in self.supervisor.states() if state.name not in SERVERS]
                for name in names:
                    self.supervisor.start(name)
                self.wait_until_healthy(variables, names)
            except BaseException:
                self.supervisor.shut_down()
                raise
        return variables

    def down(self) -> bool:
        """End everything; False when nothing ran."""
        running = self.supervisor.pid() is not None
        self.supervisor.shut_down()
        self._end_leftovers()
        return running

    def restart(self, name: str) -> None:
        """Restart one program without the others, and return when it is healthy.

        Raises:
            StartupError: it is unknown, or does not become healthy.
        """
        variables = env.known(self.layout, self._environ)
        self.supervisor.stop(name)
        health.forget_heartbeat(variables, name)
        self.supervisor.start(name)
        self.wait_until_healthy(variables, [name])

    def status(self) -> list[ProgramStatus]:
        """Every program with its health.

        Raises:
            StartupError: the stack is down.
        """
        states = self.supervisor.states()
        checks = health.checks(env.known(self.layout, self._environ))
        return [ProgramStatus(state, health.problem(state, checks[state.name])) for state in states]

    def has_demo(self, variables: Mapping[str, str]) -> bool:
        """Whether the login of the demo community exists."""
        question = "SELECT EXISTS (SELECT FROM emails WHERE address_key = %s)"
        return _holds(variables["PLAZA_DATABASE_URL"], question, DEMO_EMAIL)

    def wait_until_healthy(
        self, variables: Mapping[str, str], names: Sequence[str], seconds: float = HEALTH_SECONDS
    ) -> None:
        """Return when each of these programs is healthy; says so one by one.

        Raises:
            StartupError: one was given up by the supervisor, or is not healthy in time.
        """
        checks = health.checks(variables)
        waiting = dict.fromkeys(names, "starting")
        pids: dict[str, set[int]] = {name: set() for name in names}
        began = time.monotonic()
        while waiting:
            states = {state.name: state for state in self.supervisor.states()}
            for name in list(waiting):
                pids[name].add(states[name].pid)
                if states[name].state == FATAL or len(pids[name] - {0}) > MOST_TRIES:
                    raise StartupError(f"{name} does not start: {self._last_words(name)}")
                problem = health.problem(states[name], checks[name])
                if problem is None:
                    del waiting[name]
                    self._say(f"{name} is up ({time.monotonic() - began:.1f} s)")
                else:
                    waiting[name] = problem
            if waiting and time.monotonic() - began > seconds:
                name, problem = next(iter(waiting.items()))
                raise StartupError(
                    f"{name} is not healthy after {seconds:.0f} s ({problem}): {self._last_words(name)}"
                )
            time.sleep(POLL_SECONDS if waiting else 0)

    def _last_words(self, name: str) -> str:
        log = self.layout.log / f"{name}.log"
        lines = log.read_text(errors="replace").split("\n") if log.exists() else []
        return f"{next((line for line in reversed(lines) if line.strip()), 'it said nothing')} (see {log})"

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Hold the lock of this folder while starting, so that two starts cannot mix."""
        with (self.layout.run / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(f"another start is under way in {self.layout.var}") from None
            pid = self.supervisor.pid()
            if pid is not None:
                raise AlreadyRunning(
                    f"Plaza already runs in {self.layout.var} (supervisor pid {pid}); "
                    "see `plaza ps`, end it with `plaza down`"
                )
            yield

    def _end_leftovers(self) -> None:
        """End programs that outlived a supervisor that was killed."""
        found = leftovers(str(self.layout.var))
        if found:
            self._say(f"ending {len(found)} programs that outlived their supervisor")
            end_leftovers(found)

    def _configure(self) -> tuple[dict[str, str], list[Program]]:
        """Decide ports and passwords, and write every generated file but the supervisor's."""
        nginx = self.nginx
        if nginx is None:
            self._say("nginx is not installed: going on without, on the three ports of the programs")
        variables = env.resolve(self.layout, self._environ, with_nginx=nginx is not None)
        ports = {name: _port(name, variables[name]) for name in env.PORTS}
        if nginx is None:
            del ports["PLAZA_FRONT_PORT"]
        for kind, several in (("WEB", env.web_ports(variables)), ("REALTIME", env.realtime_ports(variables))):
            first, *others = several.values()
            ports |= {f"PLAZA_{kind}_PORT + {port - first}": port for port in others}
        require_free(ports)
        postgres = (
            EmbeddedPostgres(self.layout.var / "postgres")
            if env.uses_embedded_postgres(self._environ)
            else None
        )
        valkey = (
            EmbeddedValkey(self.layout.var / "valkey") if env.uses_embedded_valkey(self._environ) else None
        )
        self.layout.write_state(variables)
        KeyRing.create(Path(variables["PLAZA_SIGNING_KEYS"]), mark=DEVELOPMENT_MARK)
        if postgres:
            if postgres.moved:
                self._say(
                    f"{postgres.user.name}, who runs PostgreSQL, cannot enter {self.layout.var}; "
                    f"its data is in {postgres.home}"
                )
            postgres.prepare(env.password_of(variables[env.ADMIN_VARIABLE]))
        if valkey:
            url = variables["PLAZA_VALKEY_URL"]
            valkey.prepare(env.port_of(url) or 0, env.password_of(url))
        if nginx:
            nginx.prepare(variables)
        return variables, programs(self.layout, variables, postgres=postgres, valkey=valkey, nginx=nginx)

    def _start_servers(self, variables: Mapping[str, str]) -> None:
        known = {state.name for state in self.supervisor.states()}
        for name in SERVERS:
            if name in known:
                self.supervisor.start(name)
        if "postgres" in known:
            wait_for_postgres(variables[env.ADMIN_VARIABLE])
        wait_for_valkey(variables["PLAZA_VALKEY_URL"])
        self._say("PostgreSQL and Valkey are up")

    def _prepare_database(self, variables: Mapping[str, str], *, demo: bool, nightly: bool) -> None:
        if env.ADMIN_VARIABLE in variables:
            urls = {role: variables.get(variable, "") for role, variable in ROLE_VARIABLES.items()}
            bootstrap(variables[env.ADMIN_VARIABLE], env.DATABASE, urls)
        self._run(variables, "migrate", title="migrating the database")
        database = variables["PLAZA_DATABASE_URL"]
        if demo and not _holds(database, "SELECT EXISTS (SELECT FROM accounts)"):
            self._run(variables, "demo", title="making the demo community")
        if nightly and not _holds(
            database, "SELECT EXISTS (SELECT FROM analytics.runs WHERE status = 'published')"
        ):
            self._run(variables, "nightly", title="running the night once")

    def _run(self, variables: Mapping[str, str], command: str, *, title: str) -> None:
        """Run a `plaza` command with its own output shown."""
        self._say(f"{title} …")
        began = time.monotonic()
        result = subprocess.run(
            [sys.executable, "-m", "web.cli.main", command],
            cwd=self.layout.root,
            env={**os.environ, **variables},
            check=False,
        )
        if result.returncode != 0:
            raise StartupError(f"plaza {command} failed (exit code {result.returncode}); its reason is above")
        self._say(f"{title}: done ({time.monotonic() - began:.1f} s)")


def _port(variable: str, value: str) -> int:
    if not value.isdigit() or not 0 < int(value) < 65_536:
        raise StartupError(f"{variable} is {value!r}, which is not a port")
    return int(value)


def _holds(url: str, question: str, *values: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute(question, values).fetchone() == (True,)
