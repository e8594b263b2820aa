"""Backups that only their owner can open."""

from datetime import timedelta
from typing import Any

import pytest
from nacl import pwhash, secret, utils

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import b64, device_of, prove, unb64
from web.core.app import App
from web.core.clock import FixedClock

SALT = b64(b"s" * 16)
ARGON2ID = {"name": "argon2id", "salt": SALT, "memory_kib": 65536, "iterations": 3, "parallelism": 1}
KDFS = (
    ARGON2ID,
    {"name": "scrypt", "salt": SALT, "n": 2**17, "r": 8, "p": 1},
    {"name": "pbkdf2-sha256", "salt": SALT, "iterations": 600_000},
    {"name": "none"},
)


def put(api: Api, who: Person, blob: bytes, kdf: Any = ARGON2ID, status: int = 200) -> Any:
    return api.call("PUT", "/keys/me/backup", who, {"blob": b64(blob), "kdf": kdf}, status=status).json


def test_a_key_comes_back_with_the_recovery_key_alone(app: App, api: Api, mina: Person) -> None:
    device = device_of(api, mina)
    key = utils.random(secret.SecretBox.KEY_SIZE)  # what the member writes down
    put(api, mina, bytes(secret.SecretBox(key).encrypt(bytes(device.secret))), {"name": "none"})
    prove(app, mina)
    backup = api.get("/keys/me/backup", mina)
    assert secret.SecretBox(key).decrypt(unb64(backup["blob"])) == bytes(device.secret)
    assert backup["kdf"] == {"name": "none"}


def test_a_phrase_is_stretched_as_the_backup_says(app: App, api: Api, mina: Person) -> None:
    def stretched(kdf: Any) -> bytes:
        return pwhash.argon2id.kdf(
            32,
            b"correct horse",
            unb64(kdf["salt"]),
            opslimit=kdf["iterations"],
            memlimit=kdf["memory_kib"] * 1024,
        )

    put(api, mina, bytes(secret.SecretBox(stretched(ARGON2ID)).encrypt(b"the keys")))
    prove(app, mina)
    backup = api.get("/keys/me/backup", mina)
    assert secret.SecretBox(stretched(backup["kdf"])).decrypt(unb64(backup["blob"])) == b"the keys"


@pytest.mark.parametrize("kdf", KDFS, ids=lambda kdf: str(kdf["name"]))
def test_every_way_of_stretching_is_kept_as_given(app: App, api: Api, mina: Person, kdf: Any) -> None:
    put(api, mina, b"x" * 40, kdf)
    prove(app, mina)
    assert api.get("/keys/me/backup", mina)["kdf"] == kdf


@pytest.mark.parametrize(
    "kdf",
    [
        ARGON2ID | {"memory_kib": 1024},
        ARGON2ID | {"iterations": 1},
        ARGON2ID | {"salt": b64(b"short")},
        {"name": "pbkdf2-sha256", "salt": SALT, "iterations": 1000},
        {"name": "scrypt", "salt": SALT, "n": 1024, "r": 8, "p": 1},
        {"name": "md5"},
        {},
        "none",
    ],
)
def test_what_is_too_weak_is_refused(api: Api, mina: Person, kdf: Any) -> None:
    put(api, mina, b"x" * 40, kdf, status=422)


def test_the_last_backup_counts(app: App, api: Api, clock: FixedClock, mina: Person) -> None:
    first = put(api, mina, b"first" * 10)
    clock.moment += timedelta(minutes=1)
    prove(app, mina)
    second = put(api, mina, b"second" * 10)
    assert second["created_at"] == first["created_at"] < second["updated_at"]
    assert unb64(api.get("/keys/me/backup", mina)["blob"]) == b"second" * 10


def test_a_backup_has_a_limit(api: Api, mina: Person) -> None:
    put(api, mina, b"x" * 64 * 1024)
    put(api, mina, b"x" * (64 * 1024 + 1), status=422)


def test_a_stolen_session_neither_gets_nor_ruins_a_backup(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    put(api, mina, b"x" * 40)
    refused = put(api, mina, b"y" * 40, status=403)
    assert refused["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    for method in ("GET", "DELETE"):
        refused = api.call(method, "/keys/me/backup", mina, status=403)
        assert refused.json["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    prove(app, joon)
    api.get("/keys/me/backup", joon, status=404)


def test_a_removed_backup_is_gone(app: App, api: Api, mina: Person) -> None:
    put(api, mina, b"x" * 40)
    assert api.get("/keys/me", mina)["has_backup"]
    prove(app, mina)
    api.delete("/keys/me/backup", mina)
    api.delete("/keys/me/backup", mina, status=404)
    assert not api.get("/keys/me", mina)["has_backup"]
