"""Jobs are written with what wants them, run at least once, and never lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.eventually import eventually
from web.core.app import App
from web.core.clock import FixedClock
from web.core.ids import new_id
from web.core.job_runner import LONGEST_BACKOFF, JobRunner
from web.core.jobs import JobKind, JobLog, TryLater
from web.core.models import Job
from web.core.services import Services


@pytest.fixture
def done(app: App, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What jobs of the kinds ``test.good`` and ``test.bad`` were asked to do."""
    seen: list[int] = []

    def good(services: Services, number: int) -> None:
        seen.append(number)

    def bad(services: Services, number: int) -> None:
        seen.append(number)
        raise ZeroDivisionError("always")

    kinds = {"test.good": JobKind(good), "test.bad": JobKind(bad, attempts=3)}
    monkeypatch.setattr(app.jobs, "_kinds", {**app.jobs._kinds, **kinds})
    return seen


def add(app: App, kind: str, **ids: Any) -> None:
    with app.work() as services:
        services[JobLog].add(kind, **ids)


def rows(app: App) -> list[Any]:
    with app.engines.reads.connect() as connection:
        return list(connection.execute(sa.select(Job)))


def test_a_job_runs_once_and_is_gone(app: App, done: list[int]) -> None:
    add(app, "test.good", number=1)
    assert JobRunner(app, "default").run_due() == 1
    assert JobRunner(app, "default").run_due() == 0
    assert (done, rows(app)) == ([1], [])


def test_a_job_waits_until_it_is_due(app: App, clock: FixedClock, done: list[int]) -> None:
    add(app, "test.good", number=1, due_at=clock.now() + timedelta(hours=1))
    assert JobRunner(app, "default").run_due() == 0
    clock.moment += timedelta(hours=1)
    assert JobRunner(app, "default").run_due() == 1


def test_a_job_that_waits_already_is_not_added_twice(app: App, done: list[int]) -> None:
    add(app, "test.good", number=1, dedupe_key="k")
    add(app, "test.good", number=2, dedupe_key="k")
    JobRunner(app, "default").run_due()
    assert done == [1]


def test_nobody_does_a_job_before_all_that_want_it_are_done(app: App, done: list[int]) -> None:
    """It would not see what the second has done, and the second would have no job."""
    add(app, "test.good", number=1, dedupe_key="k")
    runner = JobRunner(app, "default")
    with ThreadPoolExecutor(1) as pool:
        with app.work() as services:
            services[JobLog].add("test.good", number=2, dedupe_key="k")
            assert pool.submit(runner.run_due).result(20) == 0
        assert runner.run_due() == 1
    assert (done, rows(app)) == ([1], [])


def test_what_keeps_failing_backs_off_and_ends_among_the_dead(
    app: App, clock: FixedClock, done: list[int]
) -> None:
    add(app, "test.bad", number=1)
    add(app, "test.good", number=2)
    runner = JobRunner(app, "default")
    assert runner.run_due() == 2
    waits = []
    while not rows(app)[0].dead_at:
        assert runner.run_due() == 0, "it ran before its time"
        waits.append(rows(app)[0].due_at - clock.now())
        clock.moment = rows(app)[0].due_at
        runner.run_due()
    assert waits == [timedelta(seconds=2), timedelta(seconds=4)]
    assert done == [1, 2, 1, 1]
    assert rows(app)[0].last_error == "ZeroDivisionError: always"
    clock.moment += timedelta(days=1)
    assert runner.run_due() == 0


def test_the_dead_keep_nothing_of_their_key_away(app: App, clock: FixedClock, done: list[int]) -> None:
    add(app, "test.bad", number=1, dedupe_key="k")
    for _ in range(3):
        JobRunner(app, "default").run_due()
        clock.moment += timedelta(hours=1)
    dead = rows(app)[0]
    assert dead.dead_at is not None
    add(app, "test.good", number=2, dedupe_key="k")
    with app.work() as services:
        assert services[JobLog].revive(dead.id)
    JobRunner(app, "default").run_due()
    assert sorted(done) == [1, 1, 1, 1, 2]


def test_a_service_that_asks_to_wait_is_left_alone_for_as_long(
    app: App, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(services: Services, seconds: int) -> None:
        raise TryLater(seconds)

    monkeypatch.setattr(app.jobs, "_kinds", {**app.jobs._kinds, "test.busy": JobKind(busy)})
    for seconds in (1, 300, 86_400):
        add(app, "test.busy", seconds=seconds)
    JobRunner(app, "default").run_due()
    waits = {row.args["seconds"]: row.due_at - clock.now() for row in rows(app)}
    assert waits == {1: timedelta(seconds=2), 300: timedelta(seconds=300), 86_400: LONGEST_BACKOFF}


def test_the_job_of_a_worker_that_died_is_run_when_its_lease_ends(
    app: App, clock: FixedClock, done: list[int]
) -> None:
    add(app, "test.good", number=1)
    JobRunner(app, "default")._lease(10)  # and dies
    assert JobRunner(app, "default").run_due() == 0
    clock.moment += timedelta(seconds=app.settings.job_lease + 1)
    assert JobRunner(app, "default").run_due() == 1
    assert done == [1]


def test_a_job_that_kills_every_worker_ends_among_the_dead(
    app: App, clock: FixedClock, done: list[int]
) -> None:
    add(app, "test.bad", number=1)
    for _ in range(3):
        assert JobRunner(app, "default")._lease(50)  # and nobody lives to run it or to say why not
        clock.moment += timedelta(seconds=app.settings.job_lease + 1)
    JobRunner(app, "default").run_due()
    (job,) = rows(app)
    assert job.dead_at is not None
    assert job.last_error.startswith("WorkerDied")
    assert done == []


def test_a_worker_whose_lease_ran_out_leaves_the_job_to_the_other(
    app: App, clock: FixedClock, done: list[int]
) -> None:
    add(app, "test.good", number=1)
    slow, other = JobRunner(app, "default"), JobRunner(app, "default")
    (lease,) = slow._lease(10)
    clock.moment += timedelta(seconds=app.settings.job_lease + 1)
    assert other.run_due() == 1
    slow._run(lease)
    assert done == [1]


def test_kinds_that_this_version_does_not_know_are_kept(app: App) -> None:
    with app.work() as services:
        session = services[Session]
        row = {"queue": "default", "kind": "from.the.future", "args": {}, "due_at": app.clock.now()}
        session.execute(sa.insert(Job), {"id": new_id(), **row})
    assert JobRunner(app, "default").run_due() == 0
    assert len(rows(app)) == 1


def test_the_effects_of_a_job_and_its_end_are_one_transaction(
    app: App, done: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(services: Services, number: int) -> None:
        services[JobLog].add("test.good", number=number)
        services[Session].flush()
        raise ZeroDivisionError

    monkeypatch.setattr(app.jobs, "_kinds", {**app.jobs._kinds, "test.half": JobKind(half)})
    add(app, "test.half", number=7)
    JobRunner(app, "default").run_due()
    assert [row.kind for row in rows(app)] == ["test.half"]


def writing_transactions(app: App) -> int:
    """How many transactions of this database hold back what follows the whole server."""
    of_this_database = "FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
    with app.engines.reads.connect() as connection:
        return connection.scalar(sa.text(f"SELECT count(*) {of_this_database}")) or 0


def test_what_takes_long_is_prepared_outside_a_transaction_while_its_lease_is_kept(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "settings", replace(app.settings, job_lease=0.3))
    told: list[Any] = []

    def prepare(app: App, number: int) -> str:
        eventually(lambda: writing_transactions(app) == 0)
        until = rows(app)[0].lease_until
        eventually(lambda: rows(app)[0].lease_until > until)
        assert JobRunner(app, "long").run_due() == 0, "two have it"
        return f"number {number}"

    def body(services: Services, number: int, prepared: str) -> None:
        told.append((number, prepared))

    kinds = {"test.long": JobKind(body, queue="long", prepare=prepare)}
    monkeypatch.setattr(app.jobs, "_kinds", {**app.jobs._kinds, **kinds})
    add(app, "test.long", number=1)
    assert JobRunner(app, "long").run_due() == 1
    assert (told, rows(app)) == ([(1, "number 1")], [])


def test_what_is_wanted_while_a_job_is_prepared_is_a_job_of_its_own(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is prepared has looked already."""
    told: list[int] = []

    def prepare(app: App, number: int) -> None:
        if number == 1:
            for _ in range(2):
                add(app, "test.long", number=2, dedupe_key="k")

    def body(services: Services, number: int, prepared: None) -> None:
        told.append(number)

    kinds = {"test.long": JobKind(body, queue="long", prepare=prepare)}
    monkeypatch.setattr(app.jobs, "_kinds", {**app.jobs._kinds, **kinds})
    for _ in range(2):
        add(app, "test.long", number=1, dedupe_key="k")
    runner = JobRunner(app, "long")
    while runner.run_due():
        pass
    assert (told, rows(app)) == ([1, 2], [])
