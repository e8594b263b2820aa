"""Ranked feeds that nobody has cached and new posts, against the database alone; and what size costs.

Each way takes turns with the others, on one machine and one database, as in the benchmark of the following
feed. The raw ways send the statements that the product sends, prepared, from one process, and do nothing with
what comes back. The look-up of the session is not among them.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
import psycopg
import redis
from sqlalchemy.orm import Session

from tests.benchmarks import feed_data
from tests.benchmarks.feed import CONNECTIONS, PAGE, Round, find_pgbench, measure, pgbench_way
from tests.benchmarks.feed_stage import Stage, stage
from tests.benchmarks.http_load import Connection, load
from tests.benchmarks.recording import Query, Recorder, again
from tests.benchmarks.report import Report, Value
from tests.factories import Person
from web.content import queries
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.pagination import CursorSigner
from web.feeds.schemas import FeedQuery
from web.feeds.service import FeedService

VIEWERS = 800  # more than ask in a round, so that nobody's feed is cached
ROUNDS = 5
SECONDS = 2.0
ASKED = 30  # times for a latency
WEB_PROCESSES = 2
SEVERAL = f"HTTP of {WEB_PROCESSES} web processes"
Way = Callable[[], tuple[int, float]]


def run() -> list[Report]:
    """Measure at both sizes."""
    reports: list[Report] = []
    latencies: dict[str, dict[int, float]] = {}
    for size in (feed_data.QUARTER, feed_data.WHOLE):
        # The second process is asked only where it is named, and costs nothing while it waits.
        with stage(size, VIEWERS, web_processes=WEB_PROCESSES) as the, ExitStack() as cleanup:
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
    forget_feeds(the)
    with Recorder.of(the.settings) as recorder:
        pages = [ranked_queries(recorder, viewer) for viewer in the.viewers[:50]]
    ways: dict[str, Way] = {
        "HTTP": lambda: load(connections, SECONDS),
        "raw psycopg": raw_way(the, cleanup, lambda number: pages[number % len(pages)], CONNECTIONS),
        "one connection": raw_way(the, cleanup, lambda number: pages[number % len(pages)], 1),
    }
    if pgbench := find_pgbench():
        with psycopg.connect(the.database_url) as database:
            cursor = psycopg.ClientCursor(database)
            scripts = [
                "".join(cursor.mogrify(query.sql.encode(), query.values) + ";\n" for query in page)
                for page in pages
            ]
        ways["pgbench"] = pgbench_way(the, pgbench, folder, scripts)
    return take_turns("ranked feed, nothing cached", the, ways, len(pages[0]))


def created(the: Stage, cleanup: ExitStack) -> Report:
    """A new text, as one member after the other shares it."""
    text = "A text of usual length, in which nobody is named and nothing is tagged."
    requests = [request("POST", "/posts", viewer, {"body": text}) for viewer in the.viewers]
    to_one, to_several = (
        [
            Connection(ports[number % len(ports)], requests[number::CONNECTIONS])
            for number in range(CONNECTIONS)
        ]
        for ports in (the.ports[:1], the.ports)
    )
    author = the.viewers[0]
    made: list[UUID] = []
    with Recorder.of(the.settings) as recorder:
        sent = recorder.writing(
            lambda services: made.append(services[ContentService].post(author.id, NewPost(body=text))),
            lambda services: queries.post(services[Session], made[0], author.id),
        )

    def page(number: int) -> list[Query]:
        return again(sent, {author.id: the.viewers[number % len(the.viewers)].id})

    ways: dict[str, Way] = {
        "HTTP": lambda: load(to_one, SECONDS),
        SEVERAL: lambda: load(to_several, SECONDS),
        "raw psycopg": raw_way(the, cleanup, page, CONNECTIONS),
        "one connection": raw_way(the, cleanup, page, 1),
    }
    return take_turns("create post", the, ways, len(sent))


def take_turns(name: str, the: Stage, ways: dict[str, Way], statements: int) -> Report:
    """Rounds in which each way has its turn; ratios are compared within a round first."""
    rounds: dict[str, list[Round]] = {way: [] for way in ways}
    for number in range(ROUNDS + 1):  # the first one warms up
        sys.stderr.write(f"{name}: round {number} of {ROUNDS}\n")
        for way, go in ways.items():
            forget_feeds(the)
            measured = measure(the, go)
            if number:
                rounds[way].append(measured)

    def ratio(way: str, reference: str) -> float:
        pairs = zip(rounds[way], rounds[reference], strict=True)
        return statistics.median(ours.rate / theirs.rate for ours, theirs in pairs)

    products = [way for way in ways if way.startswith("HTTP")]
    others = [way for way in ways if way not in products]

    figures: dict[str, Value] = {
        f"{way} per second": statistics.median(one.rate for one in each) for way, each in rounds.items()
    }
    for way in products:
        figures[f"{way}: server CPU ms per request"] = statistics.median(one.server_ms for one in rounds[way])
        figures[f"{way}: PostgreSQL CPU ms per request"] = statistics.median(
            one.database_ms for one in rounds[way]
        )
    http_ms = statistics.median(one.server_ms + one.database_ms for one in rounds["HTTP"])
    raw_ms = statistics.median(one.client_ms + one.database_ms for one in rounds["raw psycopg"])
    return Report(
        name=name,
        ratios={
            **{f"{way} / {other}": ratio(way, other) for way in products for other in others},
            "CPU of a request / CPU of raw psycopg, both with PostgreSQL's": http_ms / raw_ms,
        },
        figures=figures,
        conditions={
            **asdict(the.size),
            "page": PAGE,
            "statements": statements,
            "connections": CONNECTIONS,
            "rounds": ROUNDS,
            "cores": os.cpu_count() or 0,
        },
        notes=[
            "HTTP: one web process, asked directly",
            *([f"{SEVERAL}: half of the connections each, no proxy between"] if SEVERAL in ways else []),
            "raw: the statements that the product sends for it, one after the other, nothing else",
        ],
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


def ranked_queries(recorder: Recorder, viewer: Person) -> list[Query]:
    """The statements of a ranked page."""
    query = FeedQuery(limit=PAGE)
    query.bind(CursorSigner("no secret", "no scope"))
    return recorder.reading(lambda services: services[FeedService].feed(viewer.id, query))


def raw_way(the: Stage, cleanup: ExitStack, page: Callable[[int], list[Query]], count: int) -> Way:
    """Raw psycopg in loops of one process, a connection and a thread for each."""
    databases = [
        cleanup.enter_context(psycopg.connect(the.database_url, autocommit=True)) for _ in range(count)
    ]
    pool = cleanup.enter_context(ThreadPoolExecutor(count))

    def loop(database: psycopg.Connection[Any], end: float) -> int:
        done = 0
        while time.perf_counter() < end:
            for sql, values in page(done):
                cursor = database.execute(sql.encode(), values or None, prepare=bool(values))
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
