"""What an open socket costs, and how fast one event reaches a thousand of them.

The yardsticks of the fan-out are bare loops on gevent-websocket with the same payload and as many sockets:
one that echoes, and one that sends what one client says to all. Each socket gets one frame in each of them,
and all are seen from the client's side, which is the same.
"""

import os
import resource
import secrets
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import orjson
import psutil

from migrations.commands import upgrade
from tests.benchmarks.crowd import Crowd, Member
from tests.benchmarks.report import Report
from tests.eventually import eventually
from tests.factories import make_person
from tests.programs import Program, Realtime
from tests.servers import start_test_servers
from web.core.app import App
from web.core.ids import new_id
from web.core.settings import Settings
from web.core.tokens import KeyRing
from web.core.topics import Broadcast, frame_of
from web.features import build_app
from web.runtime.bootstrap import bootstrap
from web.runtime.ports import pick_free_port

HUBS = 2
SOCKETS = int(os.environ.get("PLAZA_BENCH_SOCKETS", "10000"))
PER_MEMBER = 10
HELD_SECONDS = float(os.environ.get("PLAZA_BENCH_HELD", "120"))
CROWD = 1000
ROUNDS = 30
WARM_UP = 3
PAYLOAD = {"text": "x" * 200, "sender_id": str(new_id()), "sent_at": "2030-01-01T00:00:00Z"}
INI = Path(__file__).parents[1] / "web" / "realtime" / "stage.ini"


@dataclass(frozen=True)
class Stand:
    """What is measured."""

    app: App
    hubs: list[Realtime]
    headers: list[Mapping[str, str]]
    folder: Path


def run() -> list[Report]:
    """Measure both; stops by itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the hubs inherit it
    with standing() as stand:
        reports = [held_report(stand), fan_out_report(stand)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return reports


@contextmanager
def standing() -> Iterator[Stand]:
    """Servers, hubs and members, all gone afterwards."""
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(TemporaryDirectory(prefix="plaza-bench-")))
        servers = cleanup.enter_context(start_test_servers())
        urls = servers.role_urls("plaza_bench")
        bootstrap(servers.admin_url, "plaza_bench", urls)
        upgrade(urls["plaza_owner"])
        keys = folder / "signing_keys.json"
        KeyRing.create(keys)
        variables = servers.environment("plaza_bench") | {
            "PLAZA_ENV": "test",
            "PLAZA_VAR": str(folder),
            "PLAZA_SECRET": secrets.token_hex(32),
            "PLAZA_SIGNING_KEYS": str(keys),
            "PLAZA_PUBLIC_URL": "http://localhost",
        }
        app = build_app(Settings.load(variables))
        cleanup.callback(app.close)
        people = [make_person(app, f"member{number:04}") for number in range(SOCKETS // PER_MEMBER)]
        hubs = []
        for number in range(HUBS):
            (folder / str(number)).mkdir()
            hubs.append(Realtime(variables, folder / str(number), INI))
            hubs[-1].start()
            cleanup.callback(hubs[-1].stop)
        yield Stand(app, hubs, [person.headers for person in people], folder)


def held_report(stand: Stand) -> Report:
    """Hold many sockets for a while, with heartbeats."""
    crowd = Crowd()
    for hub in stand.hubs:
        open_some(crowd, hub, stand.headers[:100], 1)
    empty = [memory(hub) for hub in stand.hubs]
    began = time.monotonic()
    for hub in stand.hubs:
        open_some(crowd, hub, stand.headers, PER_MEMBER // HUBS)
    opened_in = time.monotonic() - began
    crowd.listen_until(lambda: all(member.frames for member in crowd.members), 300)
    deadline = time.monotonic() + HELD_SECONDS
    while time.monotonic() < deadline:
        crowd.listen(0.2)
    full = [memory(hub) for hub in stand.hubs]
    lag = max(hub.metric("plaza_loop_lag_seconds") for hub in stand.hubs)
    counted = sum(hub.metric("plaza_sockets") for hub in stand.hubs)
    lost = sum(member.is_gone for member in crowd.members)
    pings = sum(member.pings for member in crowd.members)
    crowd.close()
    each = (sum(full) - sum(empty)) / SOCKETS
    return Report(
        "sockets held",
        {"kB per idle socket ÷ 25 kB (at most 1)": each / 25_000, "sockets lost": float(lost)},
        {
            "bytes per socket": each,
            "sockets at the end": counted,
            "opened per second": SOCKETS / opened_in,
            "pings answered per socket": pings / len(crowd.members),
            "loop lag at the end (ms)": lag * 1000,
        },
        {"sockets": SOCKETS, "hubs": HUBS, "members": len(stand.headers), "held (s)": HELD_SECONDS},
    )


def fan_out_report(stand: Stand) -> Report:
    """One event to many sockets of one hub, beside as many echoes."""
    hub = stand.hubs[0]
    eventually(lambda: hub.metric("plaza_sockets") == 0, 120)
    ours = fan_out(stand, hub)
    echo, loop = bare_times(stand.folder, "/", CROWD), bare_times(stand.folder, "/all", 1)
    rates = [CROWD / statistics.median(times) for times in (ours, echo, loop)]
    return Report(
        "fan-out",
        {
            "deliveries/s ÷ those of a bare echo loop (at least 0.5)": rates[0] / rates[1],
            "deliveries/s ÷ those of a bare loop over all sockets": rates[0] / rates[2],
        },
        {
            "last delivery (ms)": statistics.median(ours) * 1000,
            "deliveries per second": rates[0],
            "echoes per second": rates[1],
            "sent by a bare loop per second": rates[2],
        },
        {"sockets": CROWD, "rounds": ROUNDS, "payload (bytes)": len(frame_of("loose", "called", PAYLOAD))},
    )


def fan_out(stand: Stand, hub: Realtime) -> list[float]:
    """Seconds from publishing an event until the last socket had it."""
    crowd = Crowd()
    topic = f"loose:{new_id()}"
    opened = open_some(crowd, hub, stand.headers[: CROWD // PER_MEMBER], PER_MEMBER)
    for member in opened:
        member.say(orjson.dumps({"event": "subscribe", "channel": topic}))
    crowd.listen_until(lambda: all(member.frames == 2 for member in opened), 120)  # greeting, answer
    times = []
    with stand.app.reading() as services:
        for number in range(WARM_UP + ROUNDS):
            began = time.perf_counter()
            services[Broadcast].publish(topic, "called", PAYLOAD)
            times.append(last_frame(crowd, opened, 3 + number) - began)
    crowd.close()
    return times[WARM_UP:]


def bare_times(folder: Path, path: str, speakers: int) -> list[float]:
    """Seconds from the first message of a round until the last socket of a bare server had its frame.

    Args:
        speakers: how many of the sockets say something in a round.
    """
    port = pick_free_port()
    command = [sys.executable, "-m", "tests.benchmarks.bare_echo", str(port)]
    server = Program(command, {}, lambda: answers(port), folder / "bare.log")
    server.start()
    crowd = Crowd()
    opened = crowd.open(port, path, [{}] * CROWD)
    payload = frame_of(f"loose:{new_id()}", "called", PAYLOAD)
    times = []
    for number in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        for member in opened[:speakers]:
            member.say(payload)
        times.append(last_frame(crowd, opened, 1 + number) - began)
    crowd.close()
    server.stop()
    return times[WARM_UP:]


def last_frame(crowd: Crowd, members: list[Member], number: int) -> float:
    """When the last of these sockets got its frame of this number (``time.perf_counter``)."""
    crowd.listen_until(lambda: all(member.frames == number for member in members), 60)
    return max(member.heard_at for member in members)


def open_some(crowd: Crowd, hub: Realtime, headers: list[Mapping[str, str]], each: int) -> list[Member]:
    """Sockets of members at a hub, so many for each."""
    return crowd.open(hub.port, "/ws", [one for one in headers for _ in range(each)])


def memory(hub: Realtime) -> int:
    """Bytes that a hub has of its own."""
    return int(psutil.Process(hub.process.pid).memory_full_info().uss)


def answers(port: int) -> bool:
    """Whether the bare server is there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except (URLError, OSError):
        return False
