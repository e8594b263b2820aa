"""The member's own channel for clients without a socket: the same frames under the same numbers."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.relay import Relay
from tests.eventually import eventually
from tests.factories import Person
from tests.programs import Realtime
from tests.web.conftest import Api
from tests.web.realtime.conftest import Connect
from tests.web.realtime.test_closing import own_realtime as own_realtime
from tests.web.realtime.test_replay import emit
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.inbox import MOST_REPLAYED
from web.realtime.hub import MOST_PER_MEMBER


def poll(realtime: Realtime, who: Person, **query: Any) -> httpx.Response:
    """One request to the socket process."""
    return httpx.get(
        f"{realtime.url}/api/v1/events", params=query, headers=who.headers, timeout=40, trust_env=False
    )


@pytest.fixture
def pool() -> Any:
    """Threads for requests that wait."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


def waiting(realtime: Realtime, number: int = 1) -> None:
    """Return when so many requests wait."""
    eventually(lambda: realtime.metric("plaza_long_polls") == number)


def test_it_begins_with_the_present_and_goes_on_by_number(
    realtime: Realtime, app: App, relay: Relay, join: Connect, mina: Person, joon: Person
) -> None:
    assert poll(realtime, mina).json() == {"items": [], "seq": 0, "resync": False}
    socket = join(mina)
    emit(app, joon, mina, 3)
    frames = [socket.read() for _ in range(3)]
    assert poll(realtime, mina, after=1).json() == {"items": frames[1:], "seq": 3, "resync": False}
    assert poll(realtime, mina, after=3).json() == {"items": [], "seq": 3, "resync": False}


def test_it_answers_when_something_comes(
    realtime: Realtime, app: App, relay: Relay, pool: ThreadPoolExecutor, mina: Person, joon: Person
) -> None:
    answers: list[Future[httpx.Response]] = [
        pool.submit(poll, realtime, mina, after=0, wait=25),
        pool.submit(poll, realtime, mina, wait=25),
    ]
    waiting(realtime, 2)
    began = time.monotonic()
    emit(app, joon, mina, 1)
    for answer in answers:
        body = answer.result().json()
        assert (len(body["items"]), body["seq"]) == (1, 1)
    assert time.monotonic() - began < 10


def test_it_answers_with_nothing_after_its_time(realtime: Realtime, mina: Person) -> None:
    began = time.monotonic()
    assert poll(realtime, mina, after=0, wait=1).json() == {"items": [], "seq": 0, "resync": False}
    assert 1 <= time.monotonic() - began < 10


def test_who_missed_too_much_or_is_ahead_starts_over(
    realtime: Realtime, app: App, relay: Relay, mina: Person, joon: Person
) -> None:
    assert poll(realtime, mina, after=5, wait=20).json() == {"items": [], "seq": 0, "resync": True}
    emit(app, joon, mina, MOST_REPLAYED + 1)
    eventually(lambda: poll(realtime, mina).json()["seq"] == MOST_REPLAYED + 1)
    body = poll(realtime, mina, after=0).json()
    assert (body["resync"], body["seq"]) == (True, MOST_REPLAYED + 1)
    pages = [poll(realtime, mina, after=place).json() for place in (1, 101)]
    assert [(len(page["items"]), page["seq"]) for page in pages] == [(100, 101), (100, 201)]


def test_the_end_of_the_session_ends_the_wait(
    realtime: Realtime, app: App, pool: ThreadPoolExecutor, mina: Person
) -> None:
    answer = pool.submit(poll, realtime, mina, after=0, wait=25)
    waiting(realtime)
    with app.work() as services:
        services[SessionService].revoke(mina.session_id)
    assert answer.result().status_code == 401


def test_a_process_that_stops_sends_those_who_wait_elsewhere(
    own_realtime: Realtime, pool: ThreadPoolExecutor, mina: Person
) -> None:
    answer = pool.submit(poll, own_realtime, mina, after=0, wait=25)
    waiting(own_realtime)
    own_realtime.process.terminate()
    response = answer.result()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")


def test_a_crowd_that_is_woken_at_once_waits_in_line(
    environment: dict[str, str], tmp_path: Path, app: App, relay: Relay, mina: Person, joon: Person
) -> None:
    few = {**environment, "PLAZA_POOL_SIZE": "3", "PLAZA_POOL_TIMEOUT": "0.02"}
    program = Realtime(few, tmp_path)
    program.start()
    with ThreadPoolExecutor(MOST_PER_MEMBER) as crowd:
        answers = []
        for number in range(1, MOST_PER_MEMBER + 1):
            answers.append(crowd.submit(poll, program, mina, after=0, wait=25))
            waiting(program, number)
        emit(app, joon, mina, 1)
        statuses = [answer.result().status_code for answer in answers]
    program.stop()
    assert statuses == [200] * MOST_PER_MEMBER


@pytest.mark.parametrize("query", [{"wait": 26}, {"wait": -1}, {"after": -1}, {"after": "x"}])
def test_what_makes_no_sense_is_refused(realtime: Realtime, mina: Person, query: dict[str, Any]) -> None:
    assert poll(realtime, mina, **query).status_code == 422


def test_nobody_gets_nothing(realtime: Realtime) -> None:
    response = httpx.get(f"{realtime.url}/api/v1/events", trust_env=False)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "UNAUTHENTICATED")


def test_any_other_process_serves_it_as_well(
    api: Api, app: App, relay: Relay, mina: Person, joon: Person
) -> None:
    assert api.get("/events", mina) == {"items": [], "seq": 0, "resync": False}
    emit(app, joon, mina, 1)
    assert api.get("/events?after=0&wait=20", mina)["seq"] == 1
