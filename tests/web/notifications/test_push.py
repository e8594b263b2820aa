"""From a notification to members' devices: who gets it, what is tried again, and which devices are gone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, follow, wish, work_off
from tests.web.notifications.receivers import Browser, LocalService, Received, local_service
from tests.web.swapped import swapped
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.models import Job
from web.core.settings import Settings
from web.notifications.delivery.choosing import push_services_for
from web.notifications.delivery.outbox import newest
from web.notifications.delivery.push import MOST_TRIES, PATIENCE, QUEUE
from web.notifications.delivery.push_services import PushServices
from web.notifications.delivery.receipts import CHECK, KEPT, READY_AFTER
from web.notifications.devices.models import PushDevice, PushReceipt
from web.notifications.devices.service import RETIRED_AFTER

EXPO_TOKENS = ["ExponentPushToken[a]", "ExponentPushToken[b]"]


@pytest.fixture
def expo() -> Iterator[LocalService]:
    """Expo's service, which takes everything."""
    with local_service() as running:
        running.answer = lambda request: (200, {"data": [ticket(push["to"]) for push in request.json]})
        yield running


@pytest.fixture
def live(app: App, settings: Settings, service: LocalService, expo: LocalService) -> Iterator[LocalService]:
    """The app sends to real adapters; browsers' endpoints are at this service."""
    service.answer = lambda _: (201, b"")
    with swapped(app, PushServices, push_services_for(replace(settings, push="send", expo_url=expo.url))):
        yield service


def ticket(token: str) -> dict[str, Any]:
    return {"status": "ok", "id": f"ticket of {token}"}


def gone() -> dict[str, Any]:
    return {"status": "error", "message": "…", "details": {"error": "DeviceNotRegistered"}}


def add_browser(api: Api, who: Person, service: LocalService, path: str = "/p", **more: Any) -> Browser:
    browser = Browser()
    subscription = browser.subscription(service.url + path)
    api.post("/devices", {"device_type": "web", "subscription": subscription, **more}, who)
    return browser


def add_phone(api: Api, who: Person, token: str = EXPO_TOKENS[0]) -> None:
    api.post("/devices", {"device_type": "ios", "token": token}, who)


def push_all(app: App) -> None:
    """Do what is due, from the notification to the devices."""
    work_off(app)
    runner = JobRunner(app, QUEUE)
    while runner.run_due():
        pass


def jobs(app: App) -> list[Any]:
    with app.engines.reads.connect() as connection:
        return list(connection.execute(sa.select(Job).where(Job.queue == QUEUE)))


def devices(app: App) -> list[PushDevice]:
    with app.reading_session() as session:
        return list(session.scalars(sa.select(PushDevice).order_by(PushDevice.address)))


def receipts(app: App) -> list[PushReceipt]:
    with app.reading_session() as session:
        return list(session.scalars(sa.select(PushReceipt)))


def check_receipts(app: App) -> None:
    with app.work() as services:
        services[JobLog].add(CHECK)
    JobRunner(app, QUEUE).run_due()


def told(browser: Browser, request: Received) -> Any:
    return json.loads(browser.read(request.body))


def test_every_device_is_told_in_its_language(
    app: App, api: Api, live: LocalService, expo: LocalService, mina: Person, joon: Person
) -> None:
    korean = add_browser(api, mina, live, "/ko")
    japanese = add_browser(api, mina, live, "/ja", locale="ja")
    for token in EXPO_TOKENS:
        add_phone(api, mina, token)
    follow(app, joon, mina)
    push_all(app)
    requests = {request.path: request for request in live.requests}
    assert told(korean, requests["/ko"])["title"] == "Joon 님이 나를 팔로우해요"
    message = told(japanese, requests["/ja"])
    assert (message["title"], message["locale"]) == ("Joonさんがあなたをフォローしました", "ja")
    assert (message["badge"], message["action_url"]) == (1, f"/members/{joon.id}")
    [request] = expo.requests  # both phones in one
    assert [push["to"] for push in request.json] == EXPO_TOKENS
    assert jobs(app) == []


def test_what_was_read_meanwhile_is_not_pushed(
    app: App, api: Api, live: LocalService, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live)
    follow(app, joon, mina)
    work_off(app)
    api.put("/notifications/read-all", mina, status=204)
    push_all(app)
    assert live.requests == []
    assert jobs(app) == []


def test_who_wants_no_pushes_gets_none(
    app: App, api: Api, live: LocalService, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live)
    wish(api, mina, channels={"push": False})
    follow(app, joon, mina)
    push_all(app)
    assert live.requests == []


def test_a_device_that_logged_out_is_told_nothing(
    app: App, api: Api, live: LocalService, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live)
    follow(app, joon, mina)
    work_off(app)  # wanted while it was logged in
    with app.work() as services:
        services[SessionService].revoke(mina.session_id)
    push_all(app)
    assert live.requests == []


def test_a_device_that_changed_hands_is_not_told_what_was_for_the_former(
    app: App, api: Api, live: LocalService, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live)
    follow(app, joon, mina)
    work_off(app)
    add_browser(api, joon, live)
    push_all(app)
    assert live.requests == []


def test_a_device_that_is_gone_is_retired(
    app: App, api: Api, live: LocalService, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live, "/here")
    add_browser(api, mina, live, "/gone")
    live.answer = lambda request: (410 if request.path == "/gone" else 201, b"")
    follow(app, joon, mina)
    push_all(app)
    assert [device.address for device in devices(app)] == [f"{live.url}/here"]
    assert jobs(app) == []


def test_a_device_that_registered_anew_meanwhile_is_not_retired(
    app: App, api: Api, live: LocalService, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live, "/old", device_id="mine")

    def answer(request: Received) -> Any:
        with app.work() as services:  # as if the browser did, at this moment
            services[sa.orm.Session].execute(sa.update(PushDevice).values(address=f"{live.url}/new"))
        return 410, b""

    live.answer = answer
    follow(app, joon, mina)
    push_all(app)
    assert [device.address for device in devices(app)] == [f"{live.url}/new"]


def test_what_happens_while_a_push_is_on_its_way_is_pushed_as_well(
    app: App, api: Api, live: LocalService, mina: Person, joon: Person, sora: Person
) -> None:
    browser, post_id = add_browser(api, mina, live), make_post(app, mina)

    def answer(_: Received) -> Any:
        if len(live.requests) == 1:
            comment(app, sora, post_id)
            work_off(app)
        return 201, b""

    live.answer = answer
    comment(app, joon, post_id)
    push_all(app)
    titles = [told(browser, request)["title"] for request in live.requests]
    assert titles == ["Joon 님이 내 글에 댓글을 남겼어요", "Sora 님 외 1명이 내 글에 댓글을 남겼어요"]


def test_a_device_that_leaves_meanwhile_has_nobody_told_twice(
    app: App, api: Api, live: LocalService, expo: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    for token in EXPO_TOKENS:
        add_phone(api, mina, token)

    def answer(request: Received) -> Any:
        for device in api.get("/devices", mina)["items"][1:]:
            api.delete(f"/devices/{device['id']}", mina)
        return 200, {"data": [ticket(push["to"]) for push in request.json]}

    expo.answer = answer
    follow(app, joon, mina)
    for _ in range(2):
        push_all(app)
        clock.moment += timedelta(hours=1)
    assert (len(expo.requests), len(receipts(app)), jobs(app)) == (1, 1, [])


def test_a_push_that_comes_late_waits_for_quiet_hours_that_have_begun(
    app: App, api: Api, live: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live)
    wish(api, mina, quiet_hours={"start": "22:00", "end": "07:00"})
    clock.moment = datetime(2026, 11, 21, 12, 55, tzinfo=UTC)  # 21:55 in Seoul
    live.answer = lambda _: (503, b"", {"Retry-After": "600"})
    follow(app, joon, mina)
    push_all(app)
    live.answer = lambda _: (201, b"")
    clock.moment += timedelta(seconds=600)
    push_all(app)
    morning = datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert (len(live.requests), [job.due_at for job in jobs(app)]) == (1, [morning])
    clock.moment = morning
    push_all(app)
    assert (len(live.requests), jobs(app)) == (2, [])


def test_only_the_device_that_failed_is_tried_again(
    app: App, api: Api, live: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    add_browser(api, mina, live, "/well")
    add_browser(api, mina, live, "/ill")
    live.answer = lambda request: (503, b"", {"Retry-After": "120"}) if request.path == "/ill" else (201, b"")
    follow(app, joon, mina)
    push_all(app)
    [job] = jobs(app)
    assert job.due_at == clock.now() + timedelta(seconds=120)
    assert {device.address[-4:]: device.failing_since for device in devices(app)} == {
        "/ill": clock.now(),
        "well": None,
    }
    live.answer = lambda _: (201, b"")
    clock.moment += timedelta(seconds=120)
    push_all(app)
    assert [request.path for request in live.requests].count("/well") == 1
    assert [device.failing_since for device in devices(app)] == [None, None]
    assert jobs(app) == []


def test_what_keeps_failing_ends_among_the_dead_and_can_be_revived(
    app: App, api: Api, live: LocalService, expo: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    add_phone(api, mina)
    works, expo.answer = expo.answer, lambda _: (500, b"")
    follow(app, joon, mina)
    for _ in range(8):
        push_all(app)
        clock.moment += timedelta(hours=1)
    [job] = jobs(app)
    assert job.dead_at is not None
    assert job.last_error == "Busy: Expo answered 500 unknown"
    expo.answer = works
    with app.work() as services:
        assert services[JobLog].revive(job.id)
    push_all(app)
    assert (jobs(app), len(receipts(app))) == ([], 1)


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"errors": [{"code": "UNAUTHORIZED"}]}),
        (200, {"data": [{"status": "error", "details": {"error": "InvalidCredentials"}}]}),
    ],
)
def test_what_the_operator_has_to_mend_costs_nobody_their_devices(
    app: App,
    api: Api,
    live: LocalService,
    expo: LocalService,
    clock: FixedClock,
    mina: Person,
    joon: Person,
    sora: Person,
    answer: Any,
) -> None:
    add_phone(api, mina)
    expo.answer = lambda _: answer
    for person in (joon, sora):
        follow(app, person, mina)
        push_all(app)
        clock.moment += RETIRED_AFTER + timedelta(hours=1)
    assert len(devices(app)) == 1


def test_a_members_own_service_that_is_long_away_leaves_nothing_among_the_dead(
    app: App, api: Api, live: LocalService, clock: FixedClock, mina: Person, joon: Person, sora: Person
) -> None:
    add_browser(api, mina, live)
    live.answer = lambda _: (500, b"")
    follow(app, joon, mina)
    push_all(app)
    clock.moment += PATIENCE
    push_all(app)
    assert jobs(app) == []
    clock.moment += RETIRED_AFTER
    follow(app, sora, mina)
    push_all(app)
    assert (devices(app), jobs(app)) == ([], [])


def test_a_device_that_its_service_wants_left_alone_is_tried_some_times(
    app: App, api: Api, live: LocalService, expo: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    for token in EXPO_TOKENS:
        add_phone(api, mina, token)
    rated = {"status": "error", "message": "…", "details": {"error": "MessageRateExceeded"}}
    expo.answer = lambda request: (
        200,
        {"data": [rated if push["to"] == EXPO_TOKENS[1] else ticket(push["to"]) for push in request.json]},
    )
    follow(app, joon, mina)
    for _ in range(MOST_TRIES + 2):
        push_all(app)
        clock.moment += timedelta(hours=1)
    asked = [[push["to"] for push in request.json] for request in expo.requests]
    assert asked == [EXPO_TOKENS] + [EXPO_TOKENS[1:]] * MOST_TRIES
    assert jobs(app) == []


def test_a_receipt_retires_a_phone_without_the_app(
    app: App, api: Api, live: LocalService, expo: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    for token in EXPO_TOKENS:
        add_phone(api, mina, token)
    follow(app, joon, mina)
    push_all(app)
    check_receipts(app)
    assert len(expo.requests) == 1  # too early to ask
    clock.moment += READY_AFTER
    answers = {f"ticket of {EXPO_TOKENS[0]}": {"status": "ok"}, f"ticket of {EXPO_TOKENS[1]}": gone()}
    expo.answer = lambda _: (200, {"data": answers})
    check_receipts(app)
    assert sorted(expo.requests[1].json["ids"]) == sorted(answers)
    assert [device.address for device in devices(app)] == EXPO_TOKENS[:1]
    assert receipts(app) == []


def test_a_receipt_of_before_does_not_retire_a_phone_that_has_come_back(
    app: App, api: Api, live: LocalService, expo: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    add_phone(api, mina)
    follow(app, joon, mina)
    push_all(app)
    clock.moment += READY_AFTER
    add_phone(api, mina)  # installed anew
    expo.answer = lambda _: (200, {"data": {f"ticket of {EXPO_TOKENS[0]}": gone()}})
    check_receipts(app)
    assert (len(devices(app)), receipts(app)) == (1, [])


def test_receipts_that_never_come_are_forgotten(
    app: App, api: Api, live: LocalService, expo: LocalService, clock: FixedClock, mina: Person, joon: Person
) -> None:
    add_phone(api, mina)
    follow(app, joon, mina)
    push_all(app)
    expo.answer = lambda _: (200, {"data": {}})
    clock.moment += READY_AFTER
    check_receipts(app)
    assert len(receipts(app)) == 1
    clock.moment += KEPT
    check_receipts(app)
    assert receipts(app) == []


def test_who_has_no_device_costs_nothing_more(app: App, api: Api, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    push_all(app)
    assert jobs(app) == []


def test_development_keeps_pushes_in_the_outbox(app: App, api: Api, mina: Person, joon: Person) -> None:
    add_phone(api, mina)
    follow(app, joon, mina)
    push_all(app)
    [kept] = newest(Path(app.settings.var, "outbox"))
    assert (kept.service, kept.title, kept.badge) == ("expo", "Joon 님이 나를 팔로우해요", 1)
    assert kept.action_url == f"/members/{joon.id}"


def test_no_transaction_is_open_while_a_service_is_asked(
    app: App, api: Api, live: LocalService, owner_engine: sa.Engine, mina: Person, joon: Person
) -> None:
    """It would hold back vacuum, and the extract of the whole server."""
    add_browser(api, mina, live)
    open_ones: list[int] = []

    def answer(_: Received) -> Any:
        query = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
        """
        with owner_engine.connect() as connection:
            open_ones.append(connection.execute(sa.text(query)).scalar_one())
        return 201, b""

    live.answer = answer
    follow(app, joon, mina)
    push_all(app)
    assert open_ones == [0]
