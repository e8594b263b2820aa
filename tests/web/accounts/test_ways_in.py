"""At least one way into an account always remains."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.eventually import eventually
from tests.factories import Person
from web.accounts.errors import LastWayIn
from web.accounts.models import Email, GoogleLink, Passkey, Phone
from web.accounts.ways_in.remaining import count_ways_in, require_another_way_in
from web.core.app import App
from web.core.errors import NotFound
from web.core.ids import new_id


def add_phone(app: App, account_id: UUID) -> None:
    with app.work() as services:
        services[Session].add(
            Phone(account_id=account_id, number="+821012345678", verified_at=app.clock.now())
        )


def remove(app: App, way: type[Email | Phone], account_id: UUID) -> bool:
    """Remove a way in; says whether that was allowed."""
    try:
        with app.work() as services:
            require_another_way_in(services[Session], account_id)
            services[Session].execute(sa.delete(way).where(way.account_id == account_id))
    except LastWayIn:
        return False
    return True


def is_waiting(owner_engine: sa.Engine) -> bool:
    """Whether somebody waits for a lock."""
    with owner_engine.connect() as connection:
        return bool(connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_each_kind_of_way_counts_and_every_passkey(app: App, mina: Person, joon: Person) -> None:
    add_phone(app, mina.id)
    now = app.clock.now()
    with app.work() as services:
        session = services[Session]
        session.add(GoogleLink(account_id=mina.id, subject="1", email="mina@example.com", linked_at=now))
        for name in ("laptop", "key"):
            passkey = Passkey(id=new_id(), account_id=mina.id, credential_id=name.encode(), public_key=b"k")
            passkey.name, passkey.sign_count, passkey.created_at = name, 0, now
            session.add(passkey)
    with app.work() as services:
        assert count_ways_in(services[Session], mina.id) == 5
        assert count_ways_in(services[Session], joon.id) == 1


def test_the_only_way_in_stays(app: App, mina: Person) -> None:
    assert not remove(app, Email, mina.id)
    add_phone(app, mina.id)
    assert remove(app, Email, mina.id)
    assert not remove(app, Phone, mina.id)


def test_of_two_ways_removed_at_the_same_moment_one_remains(
    app: App, mina: Person, owner_engine: sa.Engine
) -> None:
    add_phone(app, mina.id)
    with ThreadPoolExecutor(1) as other:
        with app.work() as services:
            require_another_way_in(services[Session], mina.id)
            services[Session].execute(sa.delete(Email).where(Email.account_id == mina.id))
            removal = other.submit(remove, app, Phone, mina.id)
            eventually(lambda: removal.done() or is_waiting(owner_engine))
        assert removal.result() is False
    with app.work() as services:
        assert count_ways_in(services[Session], mina.id) == 1


def test_an_account_that_is_gone_has_no_ways_to_remove(app: App) -> None:
    with pytest.raises(NotFound), app.work() as services:
        require_another_way_in(services[Session], new_id())
