"""Events are written where they happen, and undone with it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_post
from web.content.events import ContentLiked
from web.core.app import App
from web.core.events import EVENTS, EventLog, Happened
from web.core.models import EventRow, Job
from web.core.services import Services
from web.graph.events import MemberFollowed
from web.graph.service import GraphService


def count(app: App, table: type, *conditions: sa.ColumnElement[bool]) -> int:
    with app.engines.reads.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


def test_an_event_carries_who_when_and_the_actors_own_day(app: App, mina: Person, joon: Person) -> None:
    with app.work() as services:
        services[GraphService].follow(mina.id, joon.id)
    with app.engines.reads.connect() as connection:
        row = connection.execute(
            sa.select(
                EventRow,
                sa.cast(sa.func.timezone("Asia/Seoul", EventRow.occurred_at), sa.Date).label("seoul_day"),
            ).where(EventRow.name == "member_followed")
        ).one()
    assert row.actor_id == mina.id
    assert row.data == {"follower_id": str(mina.id), "followed_id": str(joon.id), "agreed": False}
    assert row.local_day == row.seoul_day
    assert row.version == 1


def test_what_is_rolled_back_leaves_no_event_and_no_job(app: App, mina: Person, joon: Person) -> None:
    def follow_and_fail() -> None:
        with app.work() as services:
            services[GraphService].follow(mina.id, joon.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        follow_and_fail()
    assert count(app, EventRow, EventRow.name == "member_followed") == 0
    assert count(app, Job) == 0


def test_a_subscriber_that_fails_undoes_the_action(
    app: App, mina: Person, joon: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(services: Services, happened: Happened[MemberFollowed]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(app.subscribers, "of", lambda _: [fail])
    with pytest.raises(ZeroDivisionError), app.work() as services:
        services[GraphService].follow(mina.id, joon.id)
    assert count(app, EventRow, EventRow.name == "member_followed") == 0


def test_an_event_that_somebody_may_receive_is_queued_for_delivery(
    app: App, mina: Person, joon: Person
) -> None:
    with app.work() as services:
        services[GraphService].follow(mina.id, joon.id)
    assert count(app, Job, Job.kind == "realtime.deliver") == 1
    make_post(app, mina)
    assert count(app, Job, Job.kind == "realtime.deliver") == 1


def test_events_come_back_from_their_data_and_newer_fields_are_left_aside(
    app: App, mina: Person, joon: Person
) -> None:
    event = ContentLiked(member_id=mina.id, content_id=joon.id, author_id=joon.id)
    assert ContentLiked.from_data({**event.data(), "added_later": 1}) == event


def test_the_web_role_can_add_to_the_log_and_never_change_it(app: App, mina: Person) -> None:
    for statement in (sa.update(EventRow).values(name="x"), sa.delete(EventRow)):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), app.work() as services:
            services[Session].execute(statement)


def test_every_event_says_who_did_it_with_a_field_of_its_own() -> None:
    assert EVENTS
    for event in EVENTS.values():
        assert event.actor in event.__dataclass_fields__, event.name


def test_the_log_is_partitioned_by_month_with_a_default_for_a_dead_scheduler(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection:
        names = set(
            connection.scalars(
                sa.text(
                    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass"
                )
            )
        )
    months = {name for name in names if name.startswith("events_2")}
    assert len(months) == 4
    assert "events_default" in names


def test_making_partitions_again_makes_none(app: App) -> None:
    with app.work() as services:
        assert services[Session].scalar(sa.text("SELECT make_event_partitions(3)")) == 0


def test_an_event_log_needs_no_caller_to_commit(app: App, mina: Person) -> None:
    with app.work() as services:
        happened = services[EventLog].emit(MemberFollowed(follower_id=mina.id, followed_id=mina.id))
    assert count(app, EventRow, EventRow.id == happened.id) == 1
