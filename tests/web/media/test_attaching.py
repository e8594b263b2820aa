"""Media in use: each shown by one thing, its owner's, of what it was uploaded for, and never half."""

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium
from tests.web.together import together
from web.core.app import App
from web.core.errors import DomainError, NotFound
from web.media.errors import MediaInUse, MediaNotReady
from web.media.models import Medium
from web.media.service import MediaService

Make = Callable[..., UUID]


@pytest.fixture
def make(app: App) -> Make:
    """Makes uploads that have no files."""
    return partial(make_medium, app)


def attach(app: App, who: Person, *media_ids: UUID, is_public: bool = True) -> list[UUID]:
    with app.work() as services:
        media = services[MediaService].attach(
            who.id, media_ids, is_public=is_public, purposes={"post", "story"}
        )
        return [medium.id for medium in media]


def shown(engine: sa.Engine) -> dict[UUID, bool]:
    """What is attached, and whether it is public."""
    with engine.connect() as connection:
        table = Medium.__table__
        rows = connection.execute(
            sa.select(table.c.id, table.c.is_public).where(table.c.attached_at.is_not(None))
        )
        return {row.id: row.is_public for row in rows}


def test_media_come_in_the_order_asked_for(
    app: App, make: Make, mina: Person, owner_engine: sa.Engine
) -> None:
    one, two, three = make(mina), make(mina, "story"), make(mina)
    assert attach(app, mina, three, one, two) == [three, one, two]
    assert shown(owner_engine) == dict.fromkeys((one, two, three), True)
    assert attach(app, mina) == []


def test_what_is_for_fewer_is_not_public(app: App, make: Make, mina: Person, owner_engine: sa.Engine) -> None:
    one = make(mina)
    attach(app, mina, one, is_public=False)
    assert shown(owner_engine) == {one: False}


@pytest.mark.parametrize(
    ("owner", "purpose", "status", "error"),
    [
        ("joon", "post", "ready", NotFound),
        ("mina", "profile", "ready", NotFound),
        ("mina", "post", "processing", MediaNotReady),
        ("mina", "post", "failed", MediaNotReady),
        ("joon", "post", "processing", NotFound),
    ],
)
def test_nothing_is_attached_when_one_cannot_be(
    app: App,
    make: Make,
    mina: Person,
    joon: Person,
    owner_engine: sa.Engine,
    owner: str,
    purpose: str,
    status: str,
    error: type[DomainError],
) -> None:
    good, other = make(mina), make({"mina": mina, "joon": joon}[owner], purpose, status=status)
    with pytest.raises(error):
        attach(app, mina, good, other)
    assert shown(owner_engine) == {}


def test_what_is_shown_already_or_asked_for_twice_is_in_use(app: App, make: Make, mina: Person) -> None:
    one, two = make(mina), make(mina)
    attach(app, mina, one)
    with pytest.raises(MediaInUse):
        attach(app, mina, two, one)
    with pytest.raises(MediaInUse):
        attach(app, mina, two, two)
    with pytest.raises(NotFound):
        attach(app, mina, uuid4())


def test_what_was_taken_back_can_be_shown_again(
    app: App, make: Make, mina: Person, owner_engine: sa.Engine
) -> None:
    one = make(mina)
    attach(app, mina, one)
    with app.work() as services:
        services[MediaService].detach([one])
        services[MediaService].detach([])
    assert shown(owner_engine) == {}
    assert attach(app, mina, one) == [one]


def test_of_many_who_want_the_same_one_gets_it_and_nobody_waits_for_ever(
    app: App, make: Make, mina: Person
) -> None:
    one, two = make(mina), make(mina)

    def want(*media_ids: UUID) -> bool:
        try:
            attach(app, mina, *media_ids)
        except MediaInUse:
            return False
        return True

    orders = [(one, two), (two, one)] * 3
    assert sorted(together([partial(want, *order) for order in orders])) == [False] * 5 + [True]
