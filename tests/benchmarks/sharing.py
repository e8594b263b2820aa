"""Ranked feeds that nobody has cached and new posts, against the database alone; and what size costs.

Each way takes turns with the others, on one machine and one database, as in the benchmark of the following
feed. The raw ways send the statements of the product and do nothing with what comes back.
"""

import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson
import psycopg
import redis
import sqlalchemy as sa

from tests.benchmarks import feed_data
from tests.benchmarks.feed import CONNECTIONS, PAGE, Round, find_pgbench, measure, pgbench_way
from tests.benchmarks.feed_stage import Stage, stage
from tests.benchmarks.http_load import Connection, load
from tests.benchmarks.report import Report, Value
from tests.factories import Person
from web.content.models import Content
from web.core.db import AnySelect, sqlalchemy_url
from web.core.ids import new_id
from web.core.models import EventRow
from web.feeds.candidates import BEGINNING, CANDIDATES, INTERESTS
from web.feeds.posts import ITEMS

VIEWERS = 800  # more than ask in a round, so that nobody's feed is cached
ROUNDS = 5
SECONDS = 2.0
ASKED = 30  # times for a latency
Way = Callable[[], tuple[int, float]]


class Query(NamedTuple):
    """A statement as psycopg takes it."""

    sql: str
    values: dict[str, Any]


def run() -> list[Report]:
    """Measure at both sizes."""
    reports: list[Report] = []
    latencies: dict[str, dict[int, float]] = {}
    for size in (feed_data.QUARTER, feed_data.WHOLE):
        with stage(size, VIEWERS) as the, ExitStack() as cleanup:
            for path in ("/feed/following", "/feed", "/feed/discover"):
                for limit in (20, 80):
                    address = f"{path}?limit={limit}"
                    latencies.setdefault(address, {})[size.posts] = latency(the, address)
            if size is feed_data.WHOLE:
                reports += [ranked(the, cleanup), created(the, cleanup)]
    return [*reports, growth(latencies)]


def ranked(the: Stage, cleanup: ExitStack) -> Report:
    """The first page of a ranked feed that nobody has asked for yet."""
    folder = Path(cleanup.enter_context(TemporaryDirectory()))
    requests = [request("GET", f"/feed?limit={PAGE}", viewer) for viewer in the.viewers]
    connections = [Connection(the.port, requests[number::CONNECTIONS]) for number in range(CONNECTIONS)]
    pages = [ranked_queries(the, viewer) for viewer in the.viewers[:50]]
    ways: dict[str, Way] = {
        "HTTP": lambda: load(connections, SECONDS),
        "raw psycopg": raw_way(the, cleanup, lambda number: pages[number % len(pages)]),
    }
    if pgbench := find_pgbench():
        with psycopg.connect(the.database_url) as database:
            cursor = psycopg.ClientCursor(database)
            scripts = [
                "".join(cursor.mogrify(query.sql.encode(), query.values) + ";\n" for query in page)
                for page in pages
            ]
        ways["pgbench"] = pgbench_way(the, pgbench, folder, scripts)
    return take_turns("ranked feed, nothing cached", the, ways)


def created(the: Stage, cleanup: ExitStack) -> Report:
    """A new text; raw, its two rows in a transaction and the statement of the answer."""
    body = {"body": "A text of usual length, in which nobody is named and nothing is tagged."}
    requests = [request("POST", "/posts", viewer, body) for viewer in the.viewers]
    connections = [Connection(the.port, requests[number::CONNECTIONS]) for number in range(CONNECTIONS)]
    content = (
        "INSERT INTO content (id, author_id, body, created_at) VALUES (%(id)s, %(viewer)s, %(body)s, %(at)s)"
    )
    event = (
        f"INSERT INTO {EventRow.__tablename__} (id, name, version, actor_id, occurred_at, local_day, data) "  # noqa: S608 - names
        "SELECT %(event)s, 'content_posted', 1, %(viewer)s, %(at)s, "
        "timezone(coalesce(zone, 'UTC'), %(at)s)::date, %(data)s FROM accounts WHERE id = %(viewer)s"
    )

    def page(number: int) -> list[Query]:
        viewer = the.viewers[number % len(the.viewers)]
        post_id, now = new_id(), datetime.now(UTC)
        data = orjson.dumps({"author_id": str(viewer.id), "content_id": str(post_id)}).decode()
        values = {"id": post_id, "event": new_id(), "viewer": viewer.id, "at": now, "data": data, **body}
        return [
            Query("BEGIN", {}),
            Query(content, values),
            Query(event, values),
            Query("COMMIT", {}),
            query_of(ITEMS, viewer=viewer.id, ids=[post_id]),
        ]

    ways: dict[str, Way] = {
        "HTTP": lambda: load(connections, SECONDS),
        "raw psycopg": raw_way(the, cleanup, page),
    }
    return take_turns(f"create post ({Content.__tablename__})", the, ways)


def take_turns(name: str, the: Stage, ways: dict[str, Way]) -> Report:
    """Rounds in which each way has its turn; ratios are compared within a round first."""
    rounds: dict[str, list[Round]] = {way: [] for way in ways}
    for number in range(ROUNDS + 1):  # the first one warms up
        sys.stderr.write(f"{name}: round {number} of {ROUNDS}\n")
        for way, go in ways.items():
            forget_feeds(the)
            measured = measure(the, go)
            if number:
                rounds[way].append(measured)

    def ratio(reference: str) -> float:
        pairs = zip(rounds["HTTP"], rounds[reference], strict=True)
        return statistics.median(ours.rate / theirs.rate for ours, theirs in pairs)

    figures: dict[str, Value] = {
        f"{way} per second": statistics.median(one.rate for one in each) for way, each in rounds.items()
    }
    figures["server CPU ms per request"] = statistics.median(one.server_ms for one in rounds["HTTP"])
    figures["PostgreSQL CPU ms per request"] = statistics.median(one.database_ms for one in rounds["HTTP"])
    return Report(
        name=name,
        ratios={f"HTTP / {way}": ratio(way) for way in ways if way != "HTTP"},
        figures=figures,
        conditions={**asdict(the.size), "page": PAGE, "connections": CONNECTIONS, "rounds": ROUNDS},
    )


def growth(latencies: dict[str, dict[int, float]]) -> Report:
    """How much longer a page takes on a table four times as large, alone on one connection."""
    small, large = feed_data.QUARTER.posts, feed_data.WHOLE.posts
    return Report(
        name="feeds by size of table",
        ratios={
            f"{address}: {large} / {small} posts": it[large] / it[small] for address, it in latencies.items()
        },
        figures={
            f"{address} ms, {posts} posts": ms
            for address, it in latencies.items()
            for posts, ms in it.items()
        },
        conditions={"times asked": ASKED},
    )


def latency(the: Stage, address: str) -> float:
    """Milliseconds of one request after the other, the median; ranked feeds are made anew each time."""
    forget_feeds(the)
    connection = Connection(the.port, [request("GET", address, viewer) for viewer in the.viewers])
    taken: list[float] = []
    for _ in range(ASKED):
        started = time.perf_counter()
        connection.ask()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def forget_feeds(the: Stage) -> None:
    """Let every ranked feed be made anew."""
    valkey = redis.Redis.from_url(the.valkey_url)
    for name in valkey.scan_iter(match="*feed:*", count=1_000):
        valkey.delete(name)
    valkey.close()


def ranked_queries(the: Stage, viewer: Person) -> list[Query]:
    """The statements of a ranked page."""
    candidates = query_of(CANDIDATES["for_you"], viewer=viewer.id, beginning=BEGINNING + 1)
    with psycopg.connect(the.database_url) as database:
        ids = [row[0] for row in database.execute(candidates.sql.encode(), candidates.values).fetchmany(PAGE)]
    return [candidates, query_of(INTERESTS, viewer=viewer.id), query_of(ITEMS, viewer=viewer.id, ids=ids)]


def query_of(statement: AnySelect, **values: Any) -> Query:
    """A statement with its values."""
    compiled = statement.compile(sa.create_engine(sqlalchemy_url("postgresql://")))
    expanded = compiled.construct_expanded_state(values)
    return Query(expanded.statement, dict(expanded.parameters))


def raw_way(the: Stage, cleanup: ExitStack, page: Callable[[int], list[Query]]) -> Way:
    """Raw psycopg in a loop, a connection and a thread for each."""
    databases = [
        cleanup.enter_context(psycopg.connect(the.database_url, autocommit=True)) for _ in range(CONNECTIONS)
    ]
    pool = cleanup.enter_context(ThreadPoolExecutor(CONNECTIONS))

    def loop(database: psycopg.Connection[Any], end: float) -> int:
        done = 0
        while time.perf_counter() < end:
            for sql, values in page(done):
                cursor = database.execute(sql.encode(), values, prepare=bool(values))
                if cursor.description:
                    cursor.fetchall()
            done += 1
        return done

    def way() -> tuple[int, float]:
        started = time.perf_counter()
        done = sum(pool.map(partial(loop, end=started + SECONDS), databases))
        return done, time.perf_counter() - started

    return way


def request(method: str, address: str, viewer: Person, body: Any = None) -> bytes:
    """A request as it goes over the wire."""
    content = orjson.dumps(body) if body else b""
    return (
        f"{method} /api/v1{address} HTTP/1.1\r\nHost: plaza.example\r\n"
        f"Authorization: {viewer.headers['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    ).encode() + content
