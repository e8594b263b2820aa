"""Safety numbers: Signal's, and what they notice."""

from uuid import uuid4

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import device_of, unb64
from web.core.app import App
from web.keys.safety import safety_number

# The vector of libsignal's own tests (rust/protocol/src/fingerprint.rs).
ALICE = bytes.fromhex("06863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868")
BOB = bytes.fromhex("f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b")
EXPECTED = "300354477692869396892869876765458257569162576843440918079131"


def test_it_is_what_signal_computes() -> None:
    assert safety_number(b"+14152222222", [ALICE], b"+14153333333", [BOB]) == EXPECTED
    assert safety_number(b"+14153333333", [BOB], b"+14152222222", [ALICE]) == EXPECTED


def test_the_order_of_devices_does_not_matter_but_each_counts() -> None:
    one, other = uuid4().bytes, uuid4().bytes
    both = safety_number(one, [ALICE, BOB], other, [b"\x09" * 32])
    assert safety_number(one, [BOB, ALICE], other, [b"\x09" * 32]) == both
    assert safety_number(one, [ALICE], other, [b"\x09" * 32]) != both


def test_both_members_are_shown_the_same_number(api: Api, mina: Person, joon: Person) -> None:
    minas, joons = device_of(api, mina), device_of(api, joon)
    number = api.get(f"/keys/{joon.id}/safety-number", mina)["number"]
    assert api.get(f"/keys/{mina.id}/safety-number", joon)["number"] == number
    keys = ([unb64(minas.public_key)], [unb64(joons.public_key)])
    assert number == safety_number(mina.id.bytes, keys[0], joon.id.bytes, keys[1])
    assert len(number) == 60
    assert number.isdecimal()


def test_it_changes_with_the_devices(app: App, api: Api, mina: Person, joon: Person) -> None:
    device, _ = device_of(api, mina, app), device_of(api, joon)
    seen = [api.get(f"/keys/{mina.id}/safety-number", joon)["number"]]
    device.rotate()
    seen.append(api.get(f"/keys/{mina.id}/safety-number", joon)["number"])
    device_of(api, mina, app)
    seen.append(api.get(f"/keys/{mina.id}/safety-number", joon)["number"])
    assert len({*seen}) == 3


def test_there_is_none_without_keys(api: Api, mina: Person, joon: Person) -> None:
    device_of(api, mina)
    error = api.get(f"/keys/{joon.id}/safety-number", mina, status=409)["error"]
    assert (error["code"], error["details"]) == ("NO_DEVICES", {"user_ids": [str(joon.id)]})
