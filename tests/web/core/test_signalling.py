"""Hints to the workers: soon, once for many, and again after somebody has looked."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.app import App
from web.core.services import Services


def commit(app: App, queue: str = "default") -> None:
    """A transaction that leaves work in a queue."""
    with app.work() as services:
        want(services, app, queue)


def want(services: Services, app: App, queue: str) -> None:
    services[Session].execute(sa.text("SELECT 1"))  # or there would be nothing to commit
    app.signals.want(services[Session], queue)


def hints(app: App) -> int:
    """How many messages wait for a worker."""
    return int(app.valkey.client.llen(app.valkey.key("celery")))


def test_one_hint_stands_for_all_that_comes_until_a_worker_looks(app: App) -> None:
    for _ in range(3):
        commit(app)
    assert hints(app) == 1
    app.signals.heard("default")
    for _ in range(2):
        commit(app)
    assert hints(app) == 2


def test_each_queue_has_a_hint_of_its_own(app: App) -> None:
    for queue in ("default", "media", "media"):
        commit(app, queue)
    assert hints(app) == 2


def test_a_hint_that_nobody_hears_is_sent_again(app: App) -> None:
    commit(app)
    (key,) = app.valkey.client.scan_iter(match=app.valkey.key("hint", "*"))
    assert 0 < app.valkey.client.pttl(key) <= 5_000
    app.valkey.client.delete(key)  # as its time does
    commit(app)
    assert hints(app) == 2


def test_what_is_undone_hints_at_nothing(app: App) -> None:
    class Undone(Exception):
        """The unit of work fails."""

    try:
        with app.work() as services:
            want(services, app, "default")
            raise Undone
    except Undone:
        assert hints(app) == 0


def test_a_savepoint_is_no_commit_yet(app: App) -> None:
    with app.work() as services:
        session = services[Session]
        with session.begin_nested():
            want(services, app, "default")
        assert hints(app) == 0
        nested = session.begin_nested()
        nested.rollback()
    assert hints(app) == 1, "nor does one that is undone take the others' hints with it"


def test_what_is_stale_is_dropped_after_the_commit(app: App) -> None:
    name = app.valkey.key("stale")
    app.valkey.client.set(name, b"1")
    with app.work() as services:
        services[Session].execute(sa.text("SELECT 1"))
        app.signals.drop(services[Session], [name])
        assert app.valkey.client.exists(name)
    assert not app.valkey.client.exists(name)


def test_no_service_commits(app: App) -> None:
    with app.work() as services:
        session = services[Session]
        session.execute(sa.text("SELECT 1"))
        with pytest.raises(RuntimeError, match="committed by its manager"):
            session.commit()
