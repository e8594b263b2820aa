"""Giving a connection back in the middle of a unit of work."""

from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person
from web.accounts.models import Account
from web.core.app import App
from web.core.db import give_back


def in_use(app: App) -> int:
    pools: list[Any] = [app.engines.reads.pool, app.engines.writes.pool]
    return sum(pool.checkedout() for pool in pools)


def rename(session: Session, person: Person, nickname: str) -> None:
    session.execute(sa.update(Account).where(Account.id == person.id).values(nickname=nickname))


def nickname_of(app: App, person: Person) -> str | None:
    with app.engines.reads.connect() as connection:
        return connection.scalar(sa.select(Account.nickname).where(Account.id == person.id))


def test_what_comes_after_it_is_committed(app: App, mina: Person) -> None:
    with app.work() as services:
        session = services[Session]
        session.execute(sa.select(Account.id))
        assert in_use(app) == 1
        give_back(session)
        assert in_use(app) == 0
        rename(session, mina, "Later")
    assert nickname_of(app, mina) == "Later"
    assert in_use(app) == 0


def test_what_came_before_it_is_undone(app: App, mina: Person) -> None:
    with app.work() as services:
        rename(services[Session], mina, "Earlier")
        give_back(services[Session])
    assert nickname_of(app, mina) == "Mina"


def test_an_error_after_it_undoes_what_came_in_between(app: App, mina: Person) -> None:
    with suppress(KeyError), app.work() as services:
        services[Session].execute(sa.select(Account.id))
        give_back(services[Session])
        rename(services[Session], mina, "Lost")
        raise KeyError
    assert nickname_of(app, mina) == "Mina"
    assert in_use(app) == 0


def test_reading_work_gives_back_too_and_can_go_on(app: App, mina: Person) -> None:
    with app.reading() as services:
        session = services[Session]
        session.execute(sa.select(Account.id))
        give_back(session)
        assert in_use(app) == 0
        assert session.scalar(sa.select(Account.id)) == mina.id
