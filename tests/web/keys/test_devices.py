"""Registering, rotating and removing the keys of devices."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import Device, b64, device_of, exchange, prove
from tests.web.together import together
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import Event
from web.core.jobs import JobLog
from web.keys.events import DeviceKeyChanged
from web.keys.schemas import MOST_DEVICES

Emitted = Callable[..., list[Event]]


def told(api: Api, who: Person) -> list[str]:
    return [item["type"] for item in api.get("/notifications", who)["items"]]


def changes(emitted: Emitted) -> list[str]:
    return [event.change for event in emitted() if isinstance(event, DeviceKeyChanged)]


def test_a_registered_key_is_there_for_others(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    assert api.get(f"/keys/{mina.id}", joon)["devices"] == []
    device = device_of(api, mina, name="Telephone")
    [own] = api.get("/keys/me", mina)["devices"]
    assert (own["public_key"], own["name"]) == (device.public_key, "Telephone")
    [seen] = api.get(f"/keys/{mina.id}", joon)["devices"]
    expected = {"user_id": str(mina.id), "device_id": str(device.id), "public_key": device.public_key}
    assert seen == expected
    assert changes(emitted) == ["added"]


def test_a_key_lasts_90_days(api: Api, clock: FixedClock, mina: Person) -> None:
    device_of(api, mina)
    [own] = api.get("/keys/me", mina)["devices"]
    due = (clock.now() + timedelta(days=90)).isoformat().replace("+00:00", "Z")
    assert own["next_rotation_at"] == due


def test_the_same_key_again_changes_only_the_name(api: Api, mina: Person, emitted: Emitted) -> None:
    device = device_of(api, mina, name="Telephone")
    before = api.get("/keys/me", mina)["devices"][0]
    device.put(name="Tablet")
    assert api.get("/keys/me", mina)["devices"] == [before | {"name": "Tablet"}]
    assert changes(emitted) == ["added"]


def test_another_key_of_the_same_device_rotates_it(
    app: App, api: Api, mina: Person, emitted: Emitted
) -> None:
    device = device_of(api, mina, app)
    first = device.public_key
    device.rotate()
    [own] = api.get("/keys/me", mina)["devices"]
    assert own["public_key"] == device.public_key != first
    assert changes(emitted) == ["added", "rotated"]


def test_another_device_takes_a_recent_proof_and_is_told_of(app: App, api: Api, mina: Person) -> None:
    device_of(api, mina)
    second = Device(api, mina)
    assert second.put(status=403)["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    assert told(api, mina) == []
    prove(app, mina)
    assert len(second.put()["devices"]) == 2
    assert told(api, mina) == ["secret_device_added"]


def test_a_stolen_session_puts_no_key_of_its_own_in_the_place_of_a_device(
    api: Api, mina: Person, joon: Person
) -> None:
    device = device_of(api, mina)
    thief = Device(api, mina, id=device.id)
    assert thief.put(status=403)["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    refused = api.call("DELETE", f"/keys/me/{device.id}", mina, status=403)  # or any key would be the first
    assert refused.json["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    [seen] = api.get(f"/keys/{mina.id}", joon)["devices"]
    assert seen["public_key"] == device.public_key


def test_there_may_be_so_many_devices_also_when_added_at_once(app: App, api: Api, mina: Person) -> None:
    for _ in range(MOST_DEVICES - 1):
        device_of(api, mina, app)
    more = [Device(api, mina) for _ in range(4)]
    answers = together([lambda device=device: device.put(status="*") for device in more])  # type: ignore[misc]
    refused = [answer["error"]["code"] for answer in answers if "error" in answer]
    assert refused == ["TOO_MANY_DEVICES"] * 3
    assert len(api.get("/keys/me", mina)["devices"]) == MOST_DEVICES


def test_a_key_has_one_owner_also_when_registered_at_once(
    api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    devices = [Device(api, who) for who in (mina, joon, sora)]
    for device in devices[1:]:
        device.secret = devices[0].secret
    answers = together([lambda device=device: device.put(status="*") for device in devices])  # type: ignore[misc]
    codes = sorted(answer.get("error", {}).get("code", "") for answer in answers)
    assert codes == ["", "KEY_TAKEN", "KEY_TAKEN"]


@pytest.mark.parametrize("key", [b"\0" * 32, b"\x01" + b"\0" * 31, b"\xff" * 32, b"short"])
def test_a_weak_key_is_refused(api: Api, mina: Person, key: bytes) -> None:
    new = {"device_id": str(mina.id), "public_key": b64(key)}
    error = api.call("PUT", "/keys/me", mina, new, status=422).json["error"]
    assert [field["field"] for field in error["details"]["fields"]] == ["public_key"]


@pytest.mark.parametrize("key", ["*" * 44, "ü" * 44, 7, None, ["x"]])
def test_what_is_no_base64_is_refused(api: Api, mina: Person, key: object) -> None:
    new = {"device_id": str(mina.id), "public_key": key}
    assert api.call("PUT", "/keys/me", mina, new, status=422).json["error"]["code"] == "VALIDATION_FAILED"


def test_a_removed_device_is_gone(app: App, api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    device = device_of(api, mina, app)
    prove(app, joon)
    api.delete(f"/keys/me/{device.id}", joon, status=404)
    api.delete(f"/keys/me/{device.id}", mina)
    api.delete(f"/keys/me/{device.id}", mina, status=404)
    assert api.get(f"/keys/{mina.id}", joon)["devices"] == []
    assert changes(emitted) == ["added", "removed"]


def test_what_was_sealed_to_a_removed_device_goes_with_it(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    minas, joons = device_of(api, mina), device_of(api, joon)
    tablet = device_of(api, joon, app)
    exchange(minas, joons)
    minas.send("hello", joon.id)
    api.delete(f"/keys/me/{tablet.id}", joon)
    assert (joons.read(mina), tablet.read(mina)) == (["hello"], [])


def test_a_member_is_reminded_of_an_old_key_once(
    app: App, api: Api, clock: FixedClock, mina: Person, joon: Person, run_jobs: Callable[[], int]
) -> None:
    start = clock.now()

    def told_by_day(day: int) -> list[str]:
        clock.moment = start + timedelta(days=day)
        with app.work() as services:
            services[JobLog].add("keys.remind")
        run_jobs()
        clock.moment = start
        return told(api, mina)

    device = device_of(api, mina, app)
    assert told_by_day(89) == []
    assert told_by_day(90) == ["key_rotation_due"]
    assert told_by_day(91) == ["key_rotation_due"]
    device.rotate()
    assert told_by_day(89) == ["key_rotation_due"]
    assert told_by_day(90) == ["key_rotation_due"] * 2
    assert told(api, joon) == []
