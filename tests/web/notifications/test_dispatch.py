"""Who is told by which channel, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, follow, like, mails, wish, work_off
from tests.web.vanishing import WAYS, vanish
from web.core.app import App
from web.core.clock import FixedClock
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog, JobRegistry
from web.core.models import Job
from web.core.services import Services
from web.notifications.delivery.strategies import DeliveryChannels, Rendered, TryLater, Unreachable
from web.notifications.dispatch import QUEUE, add_kind
from web.notifications.models import Notification
from web.notifications.service import GROWTH_WAITS
from web.notifications.types import NotificationTypes


class Pushes:
    """A channel that notes what it was given, and fails as it is told to."""

    name = "push"

    def __init__(self) -> None:
        self.delivered: list[tuple[Any, Rendered]] = []
        self.fails_with: Exception | None = None

    def deliver(self, services: Services, member_id: Any, note: Rendered) -> None:
        self.delivered.append((member_id, note))
        if self.fails_with is not None:
            raise self.fails_with

    @property
    def titles(self) -> list[str]:
        return [note.title for _, note in self.delivered]


@pytest.fixture
def pushes(app: App, monkeypatch: pytest.MonkeyPatch) -> Pushes:
    """In place of what pushes otherwise."""
    channel = Pushes()
    registry = JobRegistry()
    add_kind(registry, channel)
    kind = "notifications.push"
    monkeypatch.setattr(app.jobs, "_kinds", {**app.jobs._kinds, kind: registry[kind]})
    channels = app.value(DeliveryChannels)
    monkeypatch.setattr(channels, "_names", sorted({*channels, "push"}))
    return channel


@pytest.fixture
def member(app: App) -> Person:
    """Who is told, in English, by the clock of Seoul."""
    return make_person(app, "minji", zone="Asia/Seoul", locale="en")


def waiting(app: App) -> list[tuple[str, datetime]]:
    with app.reading() as services:
        rows = services[Session].execute(sa.select(Job.kind, Job.due_at).where(Job.queue == QUEUE))
        return [(row.kind, row.due_at) for row in rows]


def test_a_push_says_what_happened(app: App, pushes: Pushes, member: Person, joon: Person) -> None:
    follow(app, joon, member)
    work_off(app)
    [(member_id, note)] = pushes.delivered
    with app.reading() as services:
        notification_id = services[Session].scalars(sa.select(Notification.id)).one()
    assert member_id == member.id
    assert note == Rendered(
        title="Joon follows you now",
        message="",
        action_url=f"/members/{joon.id}",
        icon_type="follow",
        icon_color="#4f6bed",
        image_url=None,
        badge=1,
        type="member_followed",
        notification_id=notification_id,
        locale="en",
    )
    assert waiting(app) == []


def test_of_a_crowd_only_the_first_like_is_pushed_but_every_comment(
    app: App, clock: FixedClock, pushes: Pushes, member: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, member)
    for person in (joon, sora):
        like(app, person, post_id)
        clock.moment += GROWTH_WAITS
        assert work_off(app) > 0
        comment(app, person, post_id)
        work_off(app)
    assert pushes.titles == [
        "Joon likes your post",
        "Joon commented on your post",
        "Sora and 1 other commented on your post",
    ]


def test_what_comes_at_once_is_pushed_once(
    app: App, pushes: Pushes, member: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, member)
    for person in (joon, sora):
        comment(app, person, post_id)
    work_off(app)
    assert pushes.titles == ["Sora and 1 other commented on your post"]


@pytest.mark.parametrize(
    "change",
    [{"channels": {"push": False}}, {"types": {"member_followed": {"push": False}}}],
    ids=["the channel", "the type"],
)
@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_what_is_switched_off_is_not_pushed(
    app: App, api: Api, pushes: Pushes, member: Person, joon: Person, change: Any, when: str
) -> None:
    if when == "before":
        wish(api, member, **change)
    follow(app, joon, member)
    if when != "before":
        JobRunner(app, QUEUE).run_due()
        assert [kind for kind, _ in waiting(app)] == ["notifications.push"]
        wish(api, member, **change)
    work_off(app)
    assert pushes.delivered == []
    assert len(api.get("/notifications", member)["items"]) == 1


def test_what_is_off_in_the_app_is_pushed_each_time(
    app: App, api: Api, pushes: Pushes, member: Person, joon: Person, sora: Person
) -> None:
    wish(api, member, types={"content_liked": {"in_app": False}})
    post_id = make_post(app, member)
    for person in (joon, sora):
        like(app, person, post_id)
        work_off(app)
    assert pushes.titles == ["Joon likes your post", "Sora likes your post"]
    assert [note.badge for _, note in pushes.delivered] == [0, 0]


def test_what_was_read_or_deleted_meanwhile_is_not_pushed(
    app: App, api: Api, pushes: Pushes, member: Person, joon: Person, sora: Person
) -> None:
    for person in (joon, sora):
        follow(app, person, member)
    JobRunner(app, QUEUE).run_due()
    first, second = api.get("/notifications", member)["items"]
    api.put(f"/notifications/{first['id']}/read", member, status=204)
    api.delete(f"/notifications/{second['id']}", member)
    work_off(app)
    assert pushes.delivered == []


@pytest.mark.parametrize("way", WAYS)
def test_who_is_out_of_sight_by_then_is_not_named(
    app: App, pushes: Pushes, member: Person, joon: Person, owner_engine: sa.Engine, way: str
) -> None:
    follow(app, joon, member)
    JobRunner(app, QUEUE).run_due()
    vanish(app, owner_engine, joon, member, way)
    work_off(app)
    assert pushes.delivered == []


def test_who_is_shut_out_is_told_nothing(
    app: App, pushes: Pushes, member: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    follow(app, joon, member)
    vanish(app, owner_engine, member, joon, "suspended")
    work_off(app)
    assert pushes.delivered == []


def test_at_night_pushes_and_mails_wait_until_the_morning(
    app: App,
    api: Api,
    clock: FixedClock,
    pushes: Pushes,
    member: Person,
    joon: Person,
    sora: Person,
) -> None:
    hours = {"start": "22:00", "end": "07:00"}
    wish(api, member, quiet_hours=hours, types={"content_liked": {"email": True}})
    clock.moment = datetime(2026, 11, 21, 15, tzinfo=UTC)  # midnight in Seoul
    post_id = make_post(app, member)
    like(app, joon, post_id)
    work_off(app)
    morning = datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert dict(waiting(app)) == {
        "notifications.push": morning,
        "notifications.email": morning,
    }
    clock.moment += timedelta(hours=1)
    like(app, sora, post_id)
    work_off(app)
    assert (pushes.delivered, mails(app)) == ([], [])
    clock.moment = morning
    work_off(app)
    assert pushes.titles == ["Sora and 1 other like your post"]
    assert [mail["Subject"] for mail in mails(app)] == pushes.titles


def test_what_is_tried_again_waits_for_quiet_hours_that_have_begun_since(
    app: App, api: Api, clock: FixedClock, pushes: Pushes, member: Person, joon: Person
) -> None:
    wish(api, member, quiet_hours={"start": "22:00", "end": "07:00"})
    clock.moment = datetime(2026, 11, 21, 12, 55, tzinfo=UTC)  # 21:55 in Seoul
    pushes.fails_with = TryLater(600)
    follow(app, joon, member)
    work_off(app)
    clock.moment += timedelta(seconds=600)
    pushes.fails_with = None
    work_off(app)
    assert len(pushes.delivered) == 1
    assert waiting(app) == [("notifications.push", datetime(2026, 11, 21, 22, tzinfo=UTC))]


def test_whom_the_member_mutes_makes_nothing_ring_in_the_name_of_others(
    app: App, api: Api, pushes: Pushes, member: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, member)
    comment(app, joon, post_id)
    work_off(app)
    api.put(f"/users/{sora.id}/mute", member)
    comment(app, sora, post_id)
    work_off(app)
    assert pushes.titles == ["Joon commented on your post"]


def test_whom_the_member_mutes_keeps_nothing_of_others_from_ringing(
    app: App, api: Api, pushes: Pushes, member: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, member)
    api.put(f"/users/{sora.id}/mute", member)
    for person in (sora, joon):
        like(app, person, post_id)
        work_off(app)
    assert pushes.titles == ["Joon likes your post"]


def test_what_is_urgent_does_not_wait(
    app: App,
    api: Api,
    clock: FixedClock,
    pushes: Pushes,
    member: Person,
    joon: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    types = app.value(NotificationTypes)
    urgent = NotificationTypes()
    urgent.add("member_followed", "${actor} follows you now", "/members/{id}", urgent=True)
    known = {**types._types, "member_followed": urgent["member_followed"]}
    monkeypatch.setattr(types, "_types", known)
    wish(api, member, quiet_hours={"start": "00:00", "end": "23:59"})
    clock.moment = datetime(2026, 11, 21, 15, tzinfo=UTC)
    follow(app, joon, member)
    work_off(app)
    assert pushes.titles == ["Joon follows you now"]


def test_a_service_that_asks_for_patience_gets_it(
    app: App, clock: FixedClock, pushes: Pushes, member: Person, joon: Person
) -> None:
    pushes.fails_with = TryLater(300)
    follow(app, joon, member)
    work_off(app)
    assert waiting(app) == [("notifications.push", clock.now() + timedelta(seconds=300))]
    clock.moment += timedelta(seconds=300)
    pushes.fails_with = None
    work_off(app)
    assert len(pushes.delivered) == 2
    assert waiting(app) == []


def test_who_cannot_be_reached_is_left_in_peace(
    app: App, pushes: Pushes, member: Person, joon: Person
) -> None:
    pushes.fails_with = Unreachable()
    follow(app, joon, member)
    work_off(app)
    assert len(pushes.delivered) == 1
    assert waiting(app) == []


def test_what_cannot_be_delivered_ends_among_the_dead_and_can_be_tried_again(
    app: App, clock: FixedClock, pushes: Pushes, member: Person, joon: Person
) -> None:
    pushes.fails_with = ConnectionError("nobody answers")
    follow(app, joon, member)
    for _ in range(10):
        work_off(app)
        clock.moment += timedelta(hours=2)
    assert len(pushes.delivered) == 8
    with app.reading() as services:
        dead = services[Session].scalars(sa.select(Job).where(Job.queue == QUEUE)).one()
    assert dead.dead_at is not None
    assert dead.last_error == "ConnectionError: nobody answers"
    pushes.fails_with = None
    with app.work() as services:
        assert services[JobLog].revive(dead.id)
    work_off(app)
    assert len(pushes.delivered) == 9
    assert waiting(app) == []


def test_one_channel_that_fails_keeps_no_other_back(
    app: App, api: Api, pushes: Pushes, member: Person, joon: Person
) -> None:
    wish(api, member, types={"member_followed": {"email": True}})
    pushes.fails_with = ConnectionError("nobody answers")
    follow(app, joon, member)
    work_off(app)
    assert [mail["To"] for mail in mails(app)] == ["minji@example.com"]


def test_two_channels_cannot_have_one_name(app: App) -> None:
    with pytest.raises(ValueError, match=r"notifications\.email"):
        add_kind(app.jobs, type("Second", (Pushes,), {"name": "email"})())
