"""What may be wrong with an installation, each finding with its remedy."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import psycopg
from alembic.script import ScriptDirectory

from web.runtime import health
from web.runtime.bootstrap import FORBIDDEN_ATTRIBUTES, ROLE_SETTINGS, ROLE_VARIABLES
from web.runtime.errors import StartupError
from web.runtime.layout import Layout
from web.runtime.supervisor import Supervisor

Level = Literal["ok", "warn", "fail"]
Connection = psycopg.Connection[tuple[Any, ...]]

LITTLE_DISK = 2_000_000_000  # bytes
NO_DISK = 500_000_000
JOB_LATE = timedelta(minutes=1)
JOB_VERY_LATE = timedelta(minutes=15)
NIGHT_LATE = timedelta(hours=26)  # a day, and time for the run itself


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `remedy` says what to do unless it is ok."""

    level: Level
    check: str
    message: str
    remedy: str = ""


def examine(layout: Layout, variables: Mapping[str, str]) -> Iterator[Finding]:
    """Run every check, giving each finding as soon as it is known. Changes nothing.

    Args:
        layout: where the state and the migrations are.
        variables: PLAZA_* variables (`environment.known`).
    """
    yield from _programs(layout, variables)
    yield from _database(layout, variables)
    yield _valkey(variables)
    yield _disk(layout.var)


def _programs(layout: Layout, variables: Mapping[str, str]) -> Iterator[Finding]:
    """Only where our supervisor runs; elsewhere something else looks after the processes."""
    try:
        states = Supervisor(layout).states()
    except StartupError:
        return
    checks = health.checks(variables)
    ill = 0
    for state in states:
        problem = health.problem(state, checks[state.name])
        if problem:
            ill += 1
            log = layout.log / f"{state.name}.log"
            yield Finding("fail", state.name, problem, f"read {log}; plaza restart {state.name}")
    if not ill:
        yield Finding("ok", "programs", f"{len(states)} run")


def _database(layout: Layout, variables: Mapping[str, str]) -> Iterator[Finding]:
    url = variables.get("PLAZA_DATABASE_URL")
    if not url:
        yield Finding("fail", "database", "PLAZA_DATABASE_URL is not set", "plaza up, or set it")
        return
    try:
        connection = psycopg.connect(url, connect_timeout=5, autocommit=True)
    except psycopg.Error as error:
        yield Finding("fail", "database", str(error).strip().splitlines()[0], "plaza up, or start the server")
        return
    with connection:
        version = connection.info.server_version // 10_000
        yield Finding("ok", "database", f"PostgreSQL {version} answers")
        checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
            ("roles", lambda: _roles(connection, variables)),
            ("migrations", lambda: _migrations(connection, layout.root)),
            ("jobs", lambda: _jobs(connection)),
            ("night", lambda: _night(connection)),
        )
        for name, check in checks:
            try:
                yield check()
            except psycopg.errors.UndefinedTable:
                yield Finding("fail", name, "its table does not exist yet", "plaza migrate")
            except psycopg.Error as error:
                yield Finding(
                    "fail", name, str(error).strip().splitlines()[0], "plaza bootstrap; plaza migrate"
                )


def _roles(connection: Connection, variables: Mapping[str, str]) -> Finding:
    attributes = " OR ".join(FORBIDDEN_ATTRIBUTES)
    rows = connection.execute(
        f"SELECT rolname, rolcanlogin, {attributes}, coalesce(rolconfig, '{{}}') FROM pg_roles"  # noqa: S608  # constants
        " WHERE rolname = ANY(%s)",
        [list(ROLE_VARIABLES)],
    ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    wrong = [f"{role} does not exist" for role in ROLE_VARIABLES if role not in found]
    for role, (may_login, powerful, config) in found.items():
        if not may_login:
            wrong.append(f"{role} may not log in")
        if powerful:
            wrong.append(f"{role} has more rights than it needs")
        missing = [f"{k}={v}" for k, v in ROLE_SETTINGS.get(role, {}).items() if f"{k}={v}" not in config]
        wrong += [f"{role} lacks {setting}" for setting in missing]
    for role, variable in ROLE_VARIABLES.items():
        if role in found and variables.get(variable) and (problem := health.postgres(variables[variable])):
            wrong.append(f"{variable}: {problem}")
    if wrong:
        return Finding("fail", "roles", "; ".join(wrong), "plaza bootstrap")
    return Finding("ok", "roles", f"all {len(found)} as bootstrap makes them")


def _migrations(connection: Connection, root: Path) -> Finding:
    newest = ScriptDirectory(str(root / "migrations")).get_current_head()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    current = row[0] if row else None
    if current != newest:
        return Finding("fail", "migrations", f"at {current}, newest is {newest}", "plaza migrate")
    return Finding("ok", "migrations", f"at the newest, {newest}")


def _jobs(connection: Connection) -> Finding:
    row = connection.execute(
        """
        SELECT count(*) FILTER (WHERE dead_at IS NOT NULL),
               count(*) FILTER (WHERE late > %(late)s),
               max(late)
        FROM (SELECT dead_at, CASE WHEN dead_at IS NULL AND coalesce(lease_until, due_at) < now()
                                   THEN now() - due_at END AS late
              FROM jobs) AS waiting
        """,
        {"late": JOB_LATE},
    ).fetchone()
    assert row is not None  # noqa: S101  # an aggregate always has a row
    dead, late, latest = row
    if late and latest > JOB_VERY_LATE:
        return Finding(
            "fail", "jobs", f"{late} late, the oldest by {_span(latest)}", "plaza ps; plaza restart worker"
        )
    if late:
        return Finding("warn", "jobs", f"{late} late, the oldest by {_span(latest)}", "plaza restart worker")
    if dead:
        return Finding("warn", "jobs", f"{dead} dead", "plaza jobs --dead, then plaza jobs --requeue ID")
    return Finding("ok", "jobs", "none late, none dead")


def _night(connection: Connection) -> Finding:
    last = connection.execute(
        "SELECT status, as_of, error, now() - started_at FROM analytics.runs ORDER BY started_at DESC LIMIT 1"
    ).fetchone()
    if last is None:
        return Finding("warn", "night", "there was none yet: no rankings, no metrics", "plaza nightly")
    published = connection.execute(
        "SELECT as_of, now() - finished_at FROM analytics.runs WHERE status = 'published'"
        " ORDER BY finished_at DESC LIMIT 1"
    ).fetchone()
    shown = f"shown are the numbers of {published[0]}" if published else "nothing is shown yet"
    status, as_of, error, age = last
    if status == "failed":
        reason = (error or "no reason was kept").strip().splitlines()[0]
        return Finding(
            "fail", "night", f"of {as_of} failed: {reason} ({shown})", "put it right, then plaza nightly"
        )
    if status == "running" and age > NIGHT_LATE:
        return Finding("fail", "night", f"of {as_of} was interrupted ({shown})", "plaza nightly (it resumes)")
    if published is None or published[1] > NIGHT_LATE:
        late = f"last published {_span(published[1])} ago" if published else "running for the first time"
        return Finding(
            "warn", "night", f"{late} ({shown})", "plaza ps (beat and worker run it), or plaza nightly"
        )
    return Finding("ok", "night", f"of {published[0]}, published {_span(published[1])} ago")


def _valkey(variables: Mapping[str, str]) -> Finding:
    problem = health.ping(variables.get("PLAZA_VALKEY_URL", ""))
    if problem:
        return Finding("fail", "valkey", problem, "plaza up, or start the server of PLAZA_VALKEY_URL")
    return Finding("ok", "valkey", "answers")


def _disk(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    message = f"{free / 1e9:.1f} GB free for {folder}"
    if free < NO_DISK:
        return Finding("fail", "disk", message, "make room before the database stops")
    if free < LITTLE_DISK:
        return Finding("warn", "disk", message, "make room; old days of the lake are the largest part")
    return Finding("ok", "disk", message)


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
