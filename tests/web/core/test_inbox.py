"""Inboxes: every event once per receiver, under numbers without holes."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_post
from web.content.reacting import ReactionService
from web.content.service import ContentService
from web.core import housekeeping
from web.core.app import App
from web.core.channels import Delivery
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.inbox import Entry, Inbox
from web.core.models import EventRow, IdempotencyKey, InboxEntry, InboxHead
from web.core.services import Services
from web.graph.events import MemberFollowed


def emit(app: App, follower: Person, followed: Person, times: int = 1) -> None:
    """Events that the followed receives."""
    with app.work() as services:
        for _ in range(times):
            services[EventLog].emit(MemberFollowed(follower_id=follower.id, followed_id=followed.id))


def events(app: App) -> list[Any]:
    """Rows of the log that somebody receives, oldest first."""
    received = EventRow.name.in_(("member_followed", "content_liked"))
    with app.engines.reads.connect() as connection:
        return list(connection.execute(sa.select(EventRow).where(received).order_by(EventRow.id)))


def deliver(app: App, rows: list[Any]) -> list[Entry]:
    with app.work() as services:
        return services[Inbox].deliver(rows)


def numbers(app: App, who: Person) -> tuple[int, list[int]]:
    """A member's head, and the numbers of their entries."""
    with app.engines.reads.connect() as connection:
        head = connection.scalar(sa.select(InboxHead.last_seq).where(InboxHead.member_id == who.id))
        seqs = connection.scalars(
            sa.select(InboxEntry.seq).where(InboxEntry.member_id == who.id).order_by(InboxEntry.seq)
        )
        return head or 0, list(seqs)


def test_each_member_has_numbers_of_their_own(app: App, mina: Person, joon: Person) -> None:
    emit(app, mina, joon, 2)
    emit(app, joon, mina)
    entries = deliver(app, events(app))
    assert [(entry.member_id, entry.seq) for entry in entries] == [(joon.id, 1), (joon.id, 2), (mina.id, 1)]
    assert numbers(app, joon) == (2, [1, 2])


def test_an_event_delivered_twice_is_there_once_and_uses_one_number(
    app: App, mina: Person, joon: Person
) -> None:
    emit(app, mina, joon, 2)
    first, second = events(app)
    deliver(app, [first])
    assert [entry.seq for entry in deliver(app, [first, second])] == [2]
    assert deliver(app, [first, second]) == []
    assert numbers(app, joon) == (2, [1, 2])


def test_deliveries_at_the_same_time_leave_no_hole(app: App, mina: Person, joon: Person) -> None:
    emit(app, mina, joon, 20)
    emit(app, joon, mina, 20)
    rows = events(app)
    shares = [rows[start::4] for start in range(4)]
    threads = [threading.Thread(target=deliver, args=(app, share)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person in (mina, joon):
        assert numbers(app, person) == (20, list(range(1, 21)))


def test_what_is_rolled_back_uses_no_number(app: App, mina: Person, joon: Person) -> None:
    emit(app, mina, joon)

    def deliver_and_fail() -> None:
        with app.work() as services:
            services[Inbox].deliver(events(app))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deliver_and_fail()
    assert numbers(app, joon) == (0, [])


def test_many_deliveries_cost_as_many_statements_as_one(
    app: App, mina: Person, joon: Person, statements: Callable[[], list[str]]
) -> None:
    emit(app, mina, joon, 10)
    rows = events(app)
    before = len(statements())
    deliver(app, rows[:1])
    one = len(statements()) - before
    deliver(app, rows[1:])
    assert len(statements()) - before - one == one == 3


def test_frames_are_rendered_anew_and_not_for_what_is_gone(app: App, mina: Person, joon: Person) -> None:
    post_id = make_post(app, joon)
    with app.work() as services:
        services[ReactionService].like(mina.id, post_id)
    entries = deliver(app, events(app))

    def frames() -> list[bytes | None]:
        with app.reading() as services:
            return services[Inbox].frames(entries)

    (frame,) = frames()
    assert frame is not None
    assert b'"event":"content_liked"' in frame
    with app.work() as services:
        services[ContentService].delete(joon.id, post_id)
    assert frames() == [None]


def test_a_renderer_that_fails_stops_nobody_else(
    app: App, mina: Person, joon: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(services: Services, items: Any) -> Any:
        raise ZeroDivisionError

    emit(app, mina, joon)
    post_id = make_post(app, joon)
    with app.work() as services:
        services[ReactionService].like(mina.id, post_id)
    entries = deliver(app, events(app))
    broken = {"member_followed": Delivery("user_followed", lambda *_: [], fail)}
    monkeypatch.setattr(app.channels, "_deliveries", {**app.channels._deliveries, **broken})
    with app.reading() as services:
        frames = services[Inbox].frames(entries)
    assert [frame is None for frame in frames] == [True, False]


def test_reading_on_begins_after_the_number_that_one_has(app: App, mina: Person, joon: Person) -> None:
    emit(app, mina, joon, 5)
    deliver(app, events(app))
    with app.reading() as services:
        inbox = services[Inbox]
        assert [entry.seq for entry in inbox.after(joon.id, 2, limit=2)] == [3, 4]
        assert inbox.after(joon.id, 5, limit=2) == []
        assert inbox.heads([mina.id, joon.id]) == {mina.id: 0, joon.id: 5}


def test_an_event_of_a_newer_version_keeps_its_place(app: App, mina: Person, joon: Person) -> None:
    emit(app, mina, joon)
    deliver(app, events(app))
    with app.work() as services:
        session = services[Session]
        row = {"id": new_id(), "name": "from_the_future", "actor_id": mina.id, "data": {}}
        moment = {"occurred_at": app.clock.now(), "recorded_at": app.clock.now()}
        session.execute(sa.insert(EventRow), row | moment)
        entry = {"member_id": joon.id, "seq": 2, "event_id": row["id"]}
        session.execute(sa.insert(InboxEntry), entry | {"event_recorded_at": moment["recorded_at"]})
    with app.reading() as services:
        known, unknown = services[Inbox].after(joon.id, 0, limit=10)
        assert unknown.delivered is None
        first, second = services[Inbox].frames([known, unknown])
    assert first is not None
    assert second is None


def test_old_entries_and_answers_are_cleaned_up(
    app: App, mina: Person, joon: Person, run_jobs: Callable[[], int]
) -> None:
    emit(app, mina, joon, 2)
    deliver(app, events(app))
    answer = {"key": "k", "fingerprint": "f", "status": 201, "body": b"{}"}
    day = timedelta(days=1)
    with app.work() as services:
        session, now = services[Session], app.clock.now()
        for who, age in ((mina, 2 * day), (joon, 0 * day)):
            session.execute(
                sa.insert(IdempotencyKey), {**answer, "member_id": who.id, "created_at": now - age}
            )
        first = sa.update(InboxEntry).where(InboxEntry.seq == 1)
        session.execute(first.values(recorded_at=now - housekeeping.INBOX_KEPT - day))
    with app.work() as services:
        housekeeping.clean_up(services)
    assert numbers(app, joon) == (2, [2])
    with app.engines.reads.connect() as connection:
        assert list(connection.scalars(sa.select(IdempotencyKey.member_id))) == [joon.id]


def test_partitions_are_made_by_a_job(app: App) -> None:
    with app.work() as services:
        housekeeping.make_event_partitions(services)
