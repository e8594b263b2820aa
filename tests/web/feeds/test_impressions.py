"""What feeds showed to whom: noted in order, written in batches, copied and erased with the member."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.statements import sent
from web.accounts.models import Account
from web.core.app import App
from web.feeds import impressions as module
from web.feeds import jobs, my_data
from web.feeds.impressions import ImpressionLog
from web.feeds.models import Impression


@pytest.fixture
def log(app: App) -> Iterator[ImpressionLog]:
    """The app's log, emptied before and after."""
    log = app.value(ImpressionLog)
    log._rows.clear()
    yield log
    log._rows.clear()


def written(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(Impression).order_by(Impression.id)))


def test_what_a_page_shows_is_noted_with_its_position(
    app: App, api: Api, mina: Person, joon: Person, log: ImpressionLog, owner_engine: sa.Engine
) -> None:
    posts = [make_post(app, joon) for _ in range(3)]
    first = api.get("/feed?limit=2&strategy=recency", mina)
    api.get(f"/feed?limit=2&strategy=recency&cursor={first['next_cursor']}", mina)
    api.get("/feed/following", joon)
    log.flush()
    rows = written(owner_engine)
    newest_first = posts[::-1]
    assert [(row.member_id, row.feed, row.first_position, row.item_ids) for row in rows] == [
        (mina.id, "recency", 0, newest_first[:2]),
        (mina.id, "recency", 2, newest_first[2:]),
        (joon.id, "following", 0, newest_first),
    ]
    assert rows[-1].item_kinds == ["post"] * 3


def test_a_batch_is_one_statement_and_waits_for_its_time(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    log: ImpressionLog,
    owner_engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(4):
        make_post(app, joon)
    log.flush()
    for _ in range(2):
        api.get("/feed", mina)
    assert written(owner_engine) == []
    with sent(app) as statements:
        log.flush()
    assert len(statements) == 1
    assert [len(row.item_ids) for row in written(owner_engine)] == [4, 4]
    monkeypatch.setattr(module, "BATCH", 1)
    api.get("/feed", mina)  # one page waits now, so it is written once this request is answered
    assert len(written(owner_engine)) == 3


def test_who_is_gone_meanwhile_is_left_out_of_the_batch(
    app: App, api: Api, mina: Person, joon: Person, log: ImpressionLog, owner_engine: sa.Engine
) -> None:
    make_post(app, joon)
    for person in (mina, joon):
        api.get("/feed", person)
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(Account).where(Account.id == mina.id))
    log.flush()
    assert [row.member_id for row in written(owner_engine)] == [joon.id]


def test_what_cannot_be_written_is_kept_for_the_next_time(
    app: App, api: Api, mina: Person, joon: Person, log: ImpressionLog, owner_engine: sa.Engine
) -> None:
    make_post(app, joon)
    api.get("/feed", mina)
    with owner_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE impressions RENAME TO impressions_away"))
    log.flush()
    with owner_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE impressions_away RENAME TO impressions"))
    log.flush()
    assert len(written(owner_engine)) == 1


def test_nobody_who_is_shown_nothing_is_noted(api: Api, mina: Person, log: ImpressionLog) -> None:
    api.get("/feed", mina)
    assert not log.is_due
    assert log._rows == []


def test_a_member_gets_a_copy_and_is_forgotten(
    app: App, api: Api, mina: Person, joon: Person, log: ImpressionLog, owner_engine: sa.Engine
) -> None:
    posts = [make_post(app, joon) for _ in range(2)]
    for person in (mina, joon):
        api.get("/feed/discover", person)
        api.get("/feed/following", person)
    log.flush()
    with app.work() as services:
        records = list(my_data.impressions(services, mina.id))
    assert {record.item_id for record in records} == set(posts)
    assert [(record.feed, record.position) for record in records] == [("discover", 0), ("discover", 1)]
    for _ in range(2):
        with app.work() as services:
            my_data.erase(services, mina.id, keeps_content=True)
    assert {row.member_id for row in written(owner_engine)} == {joon.id}


def test_no_table_of_feeds_is_forgotten_by_copy_or_erasure(app: App) -> None:
    personal_data = app.personal_data
    assert not [gap for gap in personal_data.gaps(Impression.metadata) if "impressions" in gap]


def test_old_impressions_are_cleaned_up(
    app: App, api: Api, mina: Person, joon: Person, log: ImpressionLog, owner_engine: sa.Engine
) -> None:
    make_post(app, joon)
    for _ in range(2):
        api.get("/feed", mina)
    log.flush()
    old = written(owner_engine)[0]
    with owner_engine.begin() as connection:
        earlier = Impression.shown_at - jobs.IMPRESSIONS_KEPT - timedelta(minutes=1)
        connection.execute(sa.update(Impression).where(Impression.id == old.id).values(shown_at=earlier))
    with app.work() as services:
        jobs.clean_up(services)
        services[Session].flush()
    assert old.id not in [row.id for row in written(owner_engine)]
    assert len(written(owner_engine)) == 1
