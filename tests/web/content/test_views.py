"""Who saw which post: once per member and day, written in batches."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.together import together
from web.content.models import Content
from web.content.reactions import View
from web.content.views import ViewCounter
from web.core.app import App
from web.core.clock import FixedClock


@pytest.fixture
def counter(app: App) -> ViewCounter:
    """The app's counter, emptied."""
    counter = app.value(ViewCounter)
    counter.flush()
    return counter


def saw(api: Api, who: Person | None, *post_ids: UUID, status: int = 204) -> Any:
    return api.post("/posts/views", {"ids": [str(each) for each in post_ids]}, who, status=status)


def count(engine: sa.Engine, post_id: UUID) -> tuple[int, int]:
    """The counter, and a recount."""
    rows = sa.select(sa.func.count()).where(View.content_id == post_id).scalar_subquery()
    with engine.connect() as connection:
        row = connection.execute(sa.select(Content.view_count, rows).where(Content.id == post_id)).one()
    return row[0], row[1]


def test_a_member_counts_once_a_day(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    sora: Person,
    counter: ViewCounter,
    clock: FixedClock,
    owner_engine: sa.Engine,
) -> None:
    post_id = make_post(app, mina)
    for who in (joon, joon, sora):
        saw(api, who, post_id)
        counter.flush()
    assert count(owner_engine, post_id) == (2, 2)
    clock.moment += timedelta(days=1)
    saw(api, joon, post_id)
    counter.flush()
    assert count(owner_engine, post_id) == (3, 3)
    assert api.get(f"/posts/{post_id}")["view_count"] == 3


def test_reports_wait_for_the_next_batch(
    app: App, api: Api, mina: Person, joon: Person, counter: ViewCounter, owner_engine: sa.Engine
) -> None:
    posts = [make_post(app, mina) for _ in range(3)]
    saw(api, joon, *posts)
    assert [count(owner_engine, each) for each in posts] == [(0, 0)] * 3
    counter.flush()
    assert [count(owner_engine, each) for each in posts] == [(1, 1)] * 3


def test_authors_and_those_who_may_not_see_it_do_not_count(
    app: App, api: Api, mina: Person, joon: Person, counter: ViewCounter, owner_engine: sa.Engine
) -> None:
    public, private = make_post(app, mina), make_post(app, mina, visibility="private")
    saw(api, mina, public, private)
    saw(api, joon, private, uuid4())
    counter.flush()
    assert (count(owner_engine, public), count(owner_engine, private)) == ((0, 0), (0, 0))


def test_what_is_no_report_is_refused(api: Api, joon: Person) -> None:
    saw(api, None, uuid4(), status=401)
    saw(api, joon, status=422)
    saw(api, joon, *(uuid4() for _ in range(51)), status=422)


def test_processes_that_write_at_once_count_each_view_once(
    app: App, mina: Person, clock: FixedClock, owner_engine: sa.Engine
) -> None:
    posts = [make_post(app, mina) for _ in range(10)]
    viewers = [make_person(app, f"viewer{number}") for number in range(5)]

    def report(order: int) -> None:
        counter = ViewCounter(app.engines, app.settings.notes_seconds)  # each process has its own
        for viewer in viewers[::order]:
            counter.note(viewer.id, posts[::order], clock.now())
        counter.flush()

    together([partial(report, order) for order in (1, -1, 1, -1, 1, -1)])
    assert {count(owner_engine, each) for each in posts} == {(5, 5)}


def test_what_cannot_be_written_is_kept_for_the_next_time(
    app: App, api: Api, mina: Person, joon: Person, counter: ViewCounter, owner_engine: sa.Engine
) -> None:
    post_id = make_post(app, mina)
    saw(api, joon, post_id)
    with owner_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE views RENAME TO views_away"))
    counter.flush()
    with owner_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE views_away RENAME TO views"))
    counter.flush()
    assert count(owner_engine, post_id) == (1, 1)
