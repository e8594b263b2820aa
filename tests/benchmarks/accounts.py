"""Whether time tells who has an account, and what a log-in costs beside Argon2.

Pairs of requests that differ in one thing, whether somebody has the address, take turns on one connection;
which of the two comes first is drawn by lot. An observer can tell them apart only as far as the share of
pairs in which the known address took longer is away from one half.
"""

import http.client
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher

from tests.benchmarks.report import Report, Value
from tests.benchmarks.serving import serving
from tests.factories import PASSWORD, PASSWORD_HASH, make_person
from web.core.app import App

KNOWN = 20  # accounts
PAIRS = {"log in": 100, "register": 100, "forgot password": 300}
ROUNDS = 100  # of log-ins beside Argon2 alone
WARM_UP = 5
_luck = random.Random(3)


@dataclass(frozen=True)
class Pair:
    """Seconds that a request took for an address that somebody has, and for one that nobody has."""

    known: float
    unknown: float


def run() -> list[Report]:
    """Measure, in pairs that take turns."""
    ways: dict[str, Callable[[str], tuple[str, dict[str, str]]]] = {
        "log in": lambda email: ("login", {"email": email, "password": "a wrong one"}),
        "register": lambda email: (
            "register",
            {"email": email, "password": PASSWORD, "nickname": "New", "birth_date": "1999-05-17"},
        ),
        "forgot password": lambda email: ("forgot-password", {"email": email}),
    }
    with serving(make_accounts) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port)
        pairs = {name: measure(client, name, way) for name, way in ways.items()}
        shares = [beside_argon2(client, number) for number in range(WARM_UP + ROUNDS)][WARM_UP:]
        client.close()
    return [secrecy_report(pairs), cost_report(shares)]


def make_accounts(app: App, owner_url: str) -> None:
    """Those whose addresses are known."""
    for number in range(KNOWN):
        make_person(app, f"member{number:03}")


def measure(
    client: http.client.HTTPConnection, name: str, way: Callable[[str], tuple[str, dict[str, str]]]
) -> list[Pair]:
    """One kind of request, in pairs."""
    sys.stderr.write(f"accounts: {name}\n")
    pairs = []
    for number in range(WARM_UP + PAIRS[name]):
        emails = [f"member{number % KNOWN:03}@example.com", f"nobody{number:03}@example.com"]
        seconds = {email: timed(client, *way(email)) for email in _luck.sample(emails, 2)}
        pairs.append(Pair(*(seconds[email] for email in emails)))
    return pairs[WARM_UP:]


def timed(client: http.client.HTTPConnection, action: str, body: dict[str, str]) -> float:
    """Seconds from sending a request until its answer is complete."""
    content = json.dumps(body)
    started = time.perf_counter()
    client.request("POST", f"/api/v1/auth/{action}", content, {"Content-Type": "application/json"})
    response = client.getresponse()
    response.read()
    seconds = time.perf_counter() - started
    if response.status not in (200, 202, 204, 401):
        raise RuntimeError(f"{action} answered {response.status}")
    return seconds


def beside_argon2(client: http.client.HTTPConnection, number: int) -> tuple[float, float]:
    """Seconds of a log-in that succeeds, and of its Argon2 alone."""
    log_in = timed(client, "login", {"email": f"member{number % KNOWN:03}@example.com", "password": PASSWORD})
    started = time.perf_counter()
    PasswordHasher().verify(PASSWORD_HASH, PASSWORD)
    return log_in, time.perf_counter() - started


def secrecy_report(pairs: dict[str, list[Pair]]) -> Report:
    """Medians over the pairs; a ratio compares within each pair first, because machines have moods."""
    ratios: dict[str, float | None] = {}
    figures: dict[str, Value] = {}
    for name, measured in pairs.items():
        each = [pair.known / pair.unknown for pair in measured]
        low, middle, high = statistics.quantiles(each, n=4)
        ratios[f"{name}: known / unknown address"] = middle
        ratios[f"{name}: share of pairs in which the known one took longer"] = sum(
            ratio > 1 for ratio in each
        ) / len(each)
        figures[f"{name}: middle half of the ratios"] = f"{low:.3f} to {high:.3f}"
        figures[f"{name}: ms, known"] = statistics.median(pair.known for pair in measured) * 1000
        figures[f"{name}: ms, unknown"] = statistics.median(pair.unknown for pair in measured) * 1000
    conditions: dict[str, Value] = {"accounts": KNOWN, **{f"pairs, {name}": n for name, n in PAIRS.items()}}
    return Report("whether time tells who has an account", ratios, figures, conditions)


def cost_report(rounds: list[tuple[float, float]]) -> Report:
    """What is left of a log-in without Argon2, as a share of it."""
    shares = [(log_in - argon2) / log_in for log_in, argon2 in rounds]
    low, middle, high = statistics.quantiles(shares, n=4)
    figures: dict[str, Value] = {
        "middle half of the shares": f"{low:.3f} to {high:.3f}",
        "log-in ms": statistics.median(log_in for log_in, _ in rounds) * 1000,
        "Argon2 ms": statistics.median(argon2 for _, argon2 in rounds) * 1000,
    }
    ratios: dict[str, float | None] = {"(log-in - Argon2) / log-in": middle}
    return Report("log-in beside Argon2", ratios, figures, {"rounds": len(rounds)})
