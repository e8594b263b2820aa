"""A member's copy of their keys and sealed messages, and what erasing leaves."""

from typing import Any

import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import device_of, exchange, unb64
from tests.web.keys.test_backups import put
from web.core.app import App
from web.core.db import Base
from web.core.personal_data import PersonalData

SECTIONS = ("device_keys", "key_exchanges", "secret_messages", "sealed_copies", "key_backup")
TABLES = ("device_keys", "key_exchanges", "secret_messages", "sealed_copies", "key_backups")


def copy_of(app: App, who: Person) -> dict[str, list[Any]]:
    sections = {section.name: section for section in app.value(PersonalData).sections}
    with app.work() as services:
        return {
            name: [record.model_dump(mode="json") for record in sections[name].records(services, who.id)]
            for name in SECTIONS
        }


def erase(app: App, who: Person) -> None:
    [eraser] = [eraser for eraser in app.value(PersonalData).erasers if eraser.feature == "keys"]
    with app.work() as services:
        eraser.erase(services, who.id, True)


def test_the_copy_has_what_can_be_opened_on_the_members_devices(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    minas, joons = device_of(api, mina, name="Telephone"), device_of(api, joon)
    exchange(minas, joons)
    joons.send("hello", mina.id)
    put(api, mina, b"sealed keys" * 3)
    copy = copy_of(app, mina)
    assert [device["name"] for device in copy["device_keys"]] == ["Telephone"]
    assert [(item["direction"], item["peer_username"]) for item in copy["key_exchanges"]] == [
        ("sent", "joon")
    ]
    [message], [sealed] = copy["secret_messages"], copy["sealed_copies"]
    assert minas.open(message, sealed) == "hello"
    assert unb64(copy["key_backup"][0]["blob"]) == b"sealed keys" * 3
    # What was sealed for Mina's devices is not Joon's; the message's outside is.
    theirs = copy_of(app, joon)
    assert (len(theirs["secret_messages"]), theirs["sealed_copies"], theirs["key_backup"]) == (1, [], [])


def test_who_asked_is_not_told_in_the_copy_that_it_was_declined(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    asked = api.post(
        "/key-exchanges", {"recipient_id": str(joon.id), "public_key": device_of(api, mina).public_key}, mina
    )
    api.delete(f"/key-exchanges/{asked['id']}", joon)
    assert copy_of(app, mina)["key_exchanges"][0]["declined_at"] is None
    assert copy_of(app, joon)["key_exchanges"][0]["declined_at"] is not None


def test_erasing_leaves_nothing_of_the_member_and_everything_of_the_others(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    minas, joons, soras = (device_of(api, who) for who in (mina, joon, sora))
    for one, other in ((minas, joons), (soras, minas), (joons, soras)):
        exchange(one, other)
    minas.send("to Joon", joon.id)
    joons.send("to Mina", mina.id)
    joons.send("to Sora", sora.id)
    put(api, mina, b"sealed keys" * 3)
    erase(app, mina)
    erase(app, mina)
    with owner_engine.connect() as connection:
        left = {table: connection.execute(sa.select(Base.metadata.tables[table])).all() for table in TABLES}
    assert str(mina.id) not in str(left)
    counts = {table: len(rows) for table, rows in left.items()}
    assert counts == dict(zip(TABLES, (2, 1, 1, 1, 0), strict=True))
    assert soras.read(joon) == ["to Sora"]
