"""Registering the devices on which members are told at once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.notifications.receivers import Browser, base64url, from_base64url
from tests.web.statements import sent
from tests.web.swapped import swapped
from tests.web.together import together
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.settings import Settings
from web.notifications.delivery.choosing import push_services_for
from web.notifications.delivery.push_services import PushServices
from web.notifications.devices.models import PushDevice
from web.notifications.devices.queries import devices_of, reachable
from web.notifications.devices.service import MOST_DEVICES

ENDPOINT = "https://push.example.com/abc"
PHONE = {"device_type": "android", "token": "fcm-token:1"}


def web(endpoint: str = ENDPOINT, browser: Browser | None = None, **more: Any) -> dict[str, Any]:
    return {"device_type": "web", "subscription": (browser or Browser()).subscription(endpoint), **more}


def rows(app: App) -> list[PushDevice]:
    with app.reading_session() as session:
        return list(session.scalars(sa.select(PushDevice).order_by(PushDevice.created_at, PushDevice.id)))


def listed(api: Api, who: Person) -> list[Any]:
    items: list[Any] = api.get("/devices", who)["items"]
    return items


def test_a_browser_is_registered_with_its_keys(app: App, api: Api, mina: Person) -> None:
    browser = Browser()
    item = api.post("/devices", web(browser=browser, app_version="1.2", locale="ja"), mina)
    assert item.items() >= {"device_type": "web", "service": "web_push", "is_current": True}.items()
    assert listed(api, mina) == [item]
    [row] = rows(app)
    assert (row.address, row.p256dh, row.auth) == (ENDPOINT, browser.p256dh, browser.auth)
    assert (row.locale, row.app_version, row.session_id) == ("ja", "1.2", mina.session_id)


@pytest.mark.parametrize(
    ("token", "service"),
    [
        ("ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]", "expo"),
        ("ExpoPushToken[abc-_]", "expo"),
        ("bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1", "fcm"),
        ("ExponentPushToken[x]-and-more", "fcm"),
    ],
)
def test_a_token_tells_its_service(api: Api, mina: Person, token: str, service: str) -> None:
    item = api.post("/devices", {"device_type": "ios", "token": token, "device_id": "ios-1"}, mina)
    assert (item["service"], item["device_id"]) == (service, "ios-1")


def test_an_address_is_shown_to_nobody(api: Api, mina: Person) -> None:
    api.post("/devices", web(), mina)
    answer = (
        api.call("POST", "/devices", mina, PHONE, status=201).text + api.call("GET", "/devices", mina).text
    )
    assert "fcm-token" not in answer
    assert "push.example.com" not in answer


def test_twice_is_the_same_as_once(app: App, api: Api, clock: FixedClock, mina: Person) -> None:
    first = api.post("/devices", {**PHONE, "app_version": "1.0"}, mina)
    clock.moment += timedelta(minutes=5)
    second = api.post("/devices", {**PHONE, "app_version": "1.1"}, mina)
    assert second["id"] == first["id"]
    assert second["created_at"] == first["created_at"]
    assert second["seen_at"] > first["seen_at"]
    assert [item["app_version"] for item in listed(api, mina)] == ["1.1"]


def test_a_device_with_a_new_token_takes_the_place_of_the_old_one(app: App, api: Api, mina: Person) -> None:
    for token in ("old", "new"):
        api.post("/devices", {"device_type": "ios", "token": token, "device_id": "my phone"}, mina)
    assert [row.address for row in rows(app)] == ["new"]


def test_two_installations_may_swap_their_tokens(app: App, api: Api, mina: Person) -> None:
    for device_id, token in (("a", "1"), ("b", "2"), ("a", "2"), ("b", "1")):
        api.post("/devices", {"device_type": "ios", "token": token, "device_id": device_id}, mina)
    assert {(row.device_id, row.address) for row in rows(app)} == {("a", "2"), ("b", "1")}


def test_a_device_that_changes_hands_is_its_last_members(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    api.post("/devices", PHONE, mina)
    api.post("/devices", PHONE, joon)
    assert listed(api, mina) == []
    assert [row.member_id for row in rows(app)] == [joon.id]


def test_registering_at_the_same_moment_ends_with_one_device(app: App, api: Api, mina: Person) -> None:
    """Each of these would find no device of that name, and add one."""
    tokens = [f"token-{number}" for number in range(6)]
    together(
        [
            lambda token=token: api.post(  # type: ignore[misc]  # mypy cannot type a default of a lambda
                "/devices", {"device_type": "ios", "token": token, "device_id": "one"}, mina
            )
            for token in tokens
        ]
    )
    assert len(rows(app)) == 1


def test_members_race_for_one_address(app: App, api: Api, mina: Person, joon: Person) -> None:
    together(
        [lambda who=who: api.post("/devices", PHONE, who) for who in (mina, joon) * 3]  # type: ignore[misc]
    )
    assert len(rows(app)) == 1


def test_the_one_not_seen_for_longest_makes_room(app: App, api: Api, clock: FixedClock, mina: Person) -> None:
    for number in range(MOST_DEVICES + 1):
        clock.moment += timedelta(seconds=1)
        api.post("/devices", {"device_type": "ios", "token": f"token-{number}"}, mina)
    tokens = [row.address for row in rows(app)]
    assert len(tokens) == MOST_DEVICES
    assert "token-0" not in tokens


def test_a_device_is_unregistered_once(api: Api, mina: Person, joon: Person) -> None:
    item = api.post("/devices", PHONE, mina)
    api.delete(f"/devices/{item['id']}", joon, status=404)
    api.delete(f"/devices/{item['id']}", mina)
    api.delete(f"/devices/{item['id']}", mina, status=404)
    assert listed(api, mina) == []


def test_who_logs_out_of_a_device_has_none_there(app: App, api: Api, mina: Person) -> None:
    api.post("/devices", PHONE, mina)
    with app.work() as services:
        other = services[SessionService].open(mina.id, client="api")
        services[SessionService].revoke(mina.session_id)
    with app.reading() as services:
        now, session = app.clock.now(), services[Session]
        assert devices_of(session, mina.id, now=now, current=other) == []
        assert reachable(session, mina.id, now) == []
    with app.work() as services:
        services[JobLog].add("devices.clean_up")
    JobRunner(app, "default").run_due()
    assert rows(app) == []


def test_cleaning_up_leaves_those_that_are_logged_in(app: App, api: Api, mina: Person) -> None:
    api.post("/devices", PHONE, mina)
    with app.work() as services:
        services[JobLog].add("devices.clean_up")
    JobRunner(app, "default").run_due()
    assert len(rows(app)) == 1


NO_POINT = base64url(b"\x04" + b"\x01" * 64)
COMPRESSED = base64url(
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
)


@pytest.mark.parametrize(
    "change",
    [
        {"subscription": None},
        {"token": "both"},
        {"device_type": "fridge"},
        {"locale": "de"},
        {"device_id": "x" * 256},
        {"subscription": {"endpoint": ENDPOINT}},
        {"subscription": {"endpoint": "javascript:alert(1)", "keys": Browser().subscription("")["keys"]}},
        {"subscription": {"endpoint": "https://a.example/" + "x" * 2000}},
        *(
            {"subscription": {"endpoint": ENDPOINT, "keys": {"auth": base64url(b"a" * 16)} | keys}}
            for keys in (
                {},
                {"p256dh": "no base64!"},
                {"p256dh": NO_POINT},
                {"p256dh": COMPRESSED},
                {"p256dh": base64url(Browser().p256dh), "auth": "YQ"},
                {"p256dh": base64url(Browser().p256dh), "auth": 16},
            )
        ),
    ],
)
def test_what_cannot_be_reached_is_refused(api: Api, mina: Person, change: dict[str, Any]) -> None:
    api.post("/devices", web() | change, mina, status=422)


def test_an_app_needs_a_token(api: Api, mina: Person) -> None:
    api.post("/devices", {"device_type": "ios"}, mina, status=422)
    api.post("/devices", web() | {"device_type": "ios", "token": "x"}, mina, status=422)
    api.post("/devices", PHONE | {"token": "white space"}, mina, status=422)


@pytest.mark.parametrize("endpoint", ["http://push.example.com/", "https://10.0.0.1/", "https://printer/"])
def test_an_endpoint_within_is_refused(api: Api, mina: Person, endpoint: str) -> None:
    error = api.post("/devices", web(endpoint), mina, status=422)["error"]
    assert error["code"] == "BAD_PUSH_ADDRESS"


def test_the_list_is_one_statement(app: App, api: Api, mina: Person) -> None:
    for number in range(3):
        api.post("/devices", {"device_type": "ios", "token": f"token-{number}"}, mina)
    listed(api, mina)  # the session is known from now on
    with sent(app) as statements:
        assert len(listed(api, mina)) == 3
    assert len(statements) == 1


def test_browsers_get_the_key_to_subscribe_with(api: Api) -> None:
    point = from_base64url(api.get("/push/vapid-key")["public_key"])
    assert (len(point), point[0]) == (65, 4)


def test_what_is_not_offered_is_refused(app: App, api: Api, settings: Settings, mina: Person) -> None:
    bare = replace(settings, environment="production", push="send", vapid_key=settings.var / "no key")
    with swapped(app, PushServices, push_services_for(bare)):
        assert api.get("/push/vapid-key", status=404)["error"]["code"] == "PUSH_NOT_OFFERED"
        assert api.post("/devices", web(), mina, status=404)["error"]["code"] == "PUSH_NOT_OFFERED"
        assert api.post("/devices", PHONE, mina, status=404)["error"]["code"] == "PUSH_NOT_OFFERED"
        api.post("/devices", {"device_type": "ios", "token": "ExponentPushToken[x]"}, mina)
