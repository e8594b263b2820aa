"""The copy of one's data: asked for with a fresh proof, complete, fetched with a link that ends."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import jsonschema
import pytest
import sqlalchemy as sa
import webtest
from pydantic import BaseModel
from sqlalchemy.orm import Session as DbSession

from tests.factories import Person
from tests.web.accounts.full_life import Life, live
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts.models import DataExport, Email, Session
from web.accounts.my_data.service import EVERY, GIVEN_UP_AFTER, KEPT, MyDataService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.db import Base
from web.core.devices import NO_DEVICE
from web.core.personal_data import Section
from web.core.storage import NoSuchFile, Storage

ASK = "/settings/download-data"


class Attachment(BaseModel):
    """A picture."""

    name: str


@pytest.fixture(autouse=True)
def _proved(app: App, mina: Person, joon: Person) -> None:
    """Everybody has just proved who they are."""
    with app.work() as services:
        services[DbSession].execute(sa.update(Session).values(proved_at=app.clock.now()))


def path_of(link: str) -> str:
    return link.removeprefix("http://localhost/api/v1")


def fetch(api: Api, link: str) -> ZipFile:
    response = api.call("GET", path_of(link), status=200)
    return ZipFile(io.BytesIO(response.body))


def ready_copy(api: Api, run_jobs: Callable[[], int], who: Person) -> dict[str, Any]:
    asked = api.post(ASK, who=who, status=202)
    while run_jobs():
        pass
    copy: dict[str, Any] = api.get(f"{ASK}/{asked['id']}", who)
    return copy


def records(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(archive.read(f"{name}.json"))
    return found


def test_a_copy_is_asked_for_made_and_fetched(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int], clock: FixedClock
) -> None:
    response = api.call("POST", ASK, mina, status=202)
    asked = response.json
    assert (asked["status"], asked["url"], asked["bytes"]) == ("waiting", None, None)
    assert response.headers["Location"].endswith(f"/api/v1{ASK}/{asked['id']}")
    while run_jobs():
        pass
    copy = api.get(f"{ASK}/{asked['id']}", mina)
    assert copy["status"] == "ready"
    file = api.call("GET", path_of(copy["url"]), status=200)
    assert file.content_type == "application/zip"
    assert file.headers["Content-Disposition"] == f'attachment; filename="plaza-{clock.now():%Y-%m-%d}.zip"'
    assert file.headers["Cache-Control"] == "no-store"
    assert len(file.body) == copy["bytes"] == file.content_length


def test_the_copy_has_everything_and_says_what_it_means(
    app: App, api: Api, wsgi: Any, run_jobs: Callable[[], int]
) -> None:
    life = live_apart(app, wsgi)
    with app.work() as services:
        services[DbSession].execute(sa.delete(DataExport))
    archive = fetch(api, ready_copy(api, run_jobs, life.zelda)["url"])
    assert archive.testzip() is None
    schema = json.loads(archive.read("schema.json"))
    sections = {section.name for section in app.personal_data.sections}
    assert {*archive.namelist()} == {f"{name}.json" for name in sections} | {"schema.json", "README.txt"}
    for name in sections:
        found = records(archive, name)
        jsonschema.validate(found, schema[f"{name}.json"])
        assert found, name
    assert records(archive, "account")[0]["username"] == "zelda_quux"
    assert {way["name"] for way in records(archive, "ways_in")} == {
        "zelda.quux@example.com",
        "zelda.former@example.com",
        "+821055501234",
        "zelda@post.example",
        "Zeldas telephone",
        None,
    }
    assert {post["body"] for post in records(archive, "posts")} == {
        "umbrellas for all",
        "UMBRELLAS FOR FRIENDS #umbrellology @joon",
        "umbrellas no more",
        "posted once",
        "",  # of the story
    }
    assert [block["reason"] for block in records(archive, "blocks")] == ["knows too much"]
    assert {follower["username"] for follower in records(archive, "followers")} == {"joon", "sora"}
    activity = {event["name"] for event in records(archive, "activity")}
    assert activity >= {"member_joined", "content_liked", "message_sent"}


def live_apart(app: App, wsgi: Any) -> Life:
    """A full life whose session has just been proved."""
    with app.work() as services:  # the names are wanted
        services[DbSession].execute(sa.text("DELETE FROM accounts"))
    life = live(app, wsgi)
    with app.work() as services:
        services[DbSession].execute(sa.update(Session).values(proved_at=app.clock.now()))
    return life


def test_of_others_there_is_only_what_the_member_has_anyway(
    app: App, api: Api, wsgi: Any, run_jobs: Callable[[], int]
) -> None:
    life = live_apart(app, wsgi)
    archive = fetch(api, ready_copy(api, run_jobs, life.joon)["url"])
    letters, club = [], []
    for message in records(archive, "messages"):
        is_letter = message["conversation_id"] == str(life.conversation_id)
        (letters if is_letter else club).append((message["sender_username"], message["sent_by_me"]))
    assert letters == [("zelda_quux", False), ("joon", True)]
    assert club == [(None, False), (None, False), ("zelda_quux", False)]  # two notices, and what was said
    everything = b"".join(archive.read(name) for name in archive.namelist())
    for theirs in ("zelda.quux@example.com", "collects umbrellas", "203.0.113.77", "said by S"):
        assert theirs.encode() not in everything
    for secret in ("argon2id", "password_hash", "sealed_secret", "totp of Z"):
        assert secret.encode() not in everything


def test_readme_is_in_the_members_language(
    app: App, api: Api, joon: Person, run_jobs: Callable[[], int]
) -> None:
    archive = fetch(api, ready_copy(api, run_jobs, joon)["url"])
    readme = archive.read("README.txt").decode()
    assert "Joon (@joon)" in readme
    assert "messages.json: 0" in readme


def test_files_of_a_section_come_along_and_a_missing_one_stops_nothing(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app.value(Storage).put("media/one.jpg", io.BytesIO(b"picture"))  # type: ignore[type-abstract]
    files = {"one.jpg": "media/one.jpg", "two.jpg": "media/two.jpg"}
    section = Section("album", (), Attachment, lambda *_: [Attachment(name="one.jpg")], lambda *_: files)
    monkeypatch.setattr(app.personal_data, "sections", [*app.personal_data.sections, section])
    archive = fetch(api, ready_copy(api, run_jobs, mina)["url"])
    assert archive.read("album/one.jpg") == b"picture"
    assert "album/two.jpg" not in archive.namelist()


def test_the_member_is_told_by_mail_without_the_link(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int], settings: Any
) -> None:
    copy = ready_copy(api, run_jobs, mina)
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in Path(settings.var, "outbox").glob("*.eml")
    ]
    (mail,) = [mail for mail in mails if mail["To"] == "mina@example.com"]
    text = mail.get_content()
    assert "/settings/data" in text
    assert "signature" not in text
    assert copy["url"] not in text


def test_a_member_without_an_address_is_not_told(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int], settings: Any
) -> None:
    with app.work() as services:
        services[DbSession].execute(sa.delete(Email))
    assert ready_copy(api, run_jobs, mina)["status"] == "ready"
    assert list(Path(settings.var, "outbox").glob("*.eml")) == []


def test_an_old_proof_is_not_enough(app: App, api: Api, mina: Person) -> None:
    with app.work() as services:
        long_ago = app.clock.now() - timedelta(hours=1)
        services[DbSession].execute(sa.update(Session).values(proved_at=long_ago))
    error = api.post(ASK, who=mina, status=403)["error"]
    assert error["code"] == "REAUTHENTICATION_REQUIRED"


def test_asking_twice_in_a_day_is_asking_once(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int], clock: FixedClock
) -> None:
    first = api.post(ASK, who=mina, status=202)
    assert api.post(ASK, who=mina, status=202)["id"] == first["id"]
    while run_jobs():
        pass
    again = api.post(ASK, who=mina, status=202)
    assert (again["id"], again["status"]) == (first["id"], "ready")
    clock.moment += EVERY + timedelta(seconds=1)
    prove(app)
    assert api.post(ASK, who=mina, status=202)["id"] != first["id"]


def prove(app: App) -> None:
    with app.work() as services:
        services[DbSession].execute(sa.update(Session).values(proved_at=app.clock.now()))


def test_asking_at_the_same_moment_is_asking_once(app: App, mina: Person) -> None:
    def ask() -> object:
        with app.work() as services:
            return services[MyDataService].request(mina.id, mina.session_id, NO_DEVICE).id

    assert len({*together([ask] * 4)}) == 1


def test_one_that_was_never_made_has_failed_and_another_may_be_asked_for(
    app: App, api: Api, mina: Person, clock: FixedClock
) -> None:
    first = api.post(ASK, who=mina, status=202)
    clock.moment += GIVEN_UP_AFTER
    prove(app)
    assert api.get(f"{ASK}/{first['id']}", mina)["status"] == "failed"
    assert api.post(ASK, who=mina, status=202)["id"] != first["id"]


def test_a_copy_is_nobody_elses(api: Api, mina: Person, joon: Person) -> None:
    mine = api.post(ASK, who=mina, status=202)
    api.get(f"{ASK}/{mine['id']}", joon, status=404)


def test_a_link_that_was_tampered_with_leads_nowhere(
    api: Api, mina: Person, joon: Person, run_jobs: Callable[[], int]
) -> None:
    mine, others = (ready_copy(api, run_jobs, who) for who in (mina, joon))
    good = path_of(mine["url"])
    expires = good.partition("expires=")[2].partition("&")[0]
    for bad in (
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.replace(expires, str(int(expires) + 1)),
        good.replace(mine["id"], others["id"]),
        good.partition("signature=")[0] + "signature=%C3%A9",
        good.partition("signature=")[0] + "signature=",
    ):
        assert api.get(bad, status=404)["error"]["code"] == "NOT_FOUND"
    for unreadable in (
        good.partition("&")[0],
        good.replace(expires, "soon"),
        good.replace(expires, "9" * 30),
    ):
        api.get(unreadable, status=422)


def test_a_link_ends_and_the_file_with_it(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int], clock: FixedClock
) -> None:
    copy = ready_copy(api, run_jobs, mina)
    key = f"exports/{copy['id']}.zip"
    clock.moment += KEPT - timedelta(seconds=2)
    api.call("GET", path_of(copy["url"]), status=200)
    clock.moment += timedelta(seconds=2)
    assert api.get(path_of(copy["url"]), status=410)["error"]["code"] == "LINK_EXPIRED"
    with app.work() as services:
        services[MyDataService].delete_expired()
    while run_jobs():
        pass
    api.get(f"{ASK}/{copy['id']}", mina, status=404)
    with pytest.raises(NoSuchFile):
        app.value(Storage).open(key)  # type: ignore[type-abstract]


def test_a_file_that_is_missing_is_gone(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int]
) -> None:
    copy = ready_copy(api, run_jobs, mina)
    app.value(Storage).delete(f"exports/{copy['id']}.zip")  # type: ignore[type-abstract]
    api.get(path_of(copy["url"]), status=410)


def test_the_link_needs_no_session_and_holds_no_connection(
    app: App, wsgi: Any, api: Api, mina: Person, run_jobs: Callable[[], int]
) -> None:
    copy = ready_copy(api, run_jobs, mina)
    webtest.TestApp(wsgi).get(f"/api/v1{path_of(copy['url'])}", status=200)
    assert app.engines.reads.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_making_it_twice_makes_the_same(
    app: App, api: Api, mina: Person, run_jobs: Callable[[], int]
) -> None:
    copy = ready_copy(api, run_jobs, mina)
    with app.work() as services:
        app.jobs["accounts.make_data_copy"].body(services, export_id=copy["id"])
    assert api.get(f"{ASK}/{copy['id']}", mina) == copy


def test_many_records_are_streamed(app: App, api: Api, mina: Person, run_jobs: Callable[[], int]) -> None:
    with app.work() as services:
        services[DbSession].execute(
            sa.text(
                "INSERT INTO content (id, author_id, body, created_at)"
                " SELECT gen_random_uuid(), :author, 'post ' || n, now() FROM generate_series(1, 1200) AS n"
            ),
            {"author": mina.id},
        )
    archive = fetch(api, ready_copy(api, run_jobs, mina)["url"])
    assert len({post["body"] for post in records(archive, "posts")}) == 1200


# Personal columns that the copy tells in other words, or in no words because they are secrets.
OTHERWISE = {
    # Which pictures of the section media stand for the member is said there, by their purpose.
    "accounts": {"username_key", "password_hash", "reminded_at", "profile_image_id", "cover_image_id"},
    "emails": {"address", "address_key"},
    "email_changes": {"address"},
    "phones": {"number"},
    "google_links": {"email", "subject"},
    "passkeys": {"credential_id"},
    "totps": {"sealed_secret"},
    "blocked_keywords": {"keyword_key"},
    "follows": {"follower_id", "followed_id"},
    "friendships": {"friend_id"},
    "blocks": {"blocker_id", "blocked_id"},
    "mutes": {"muter_id", "muted_id"},
    "follow_requests": {"requester_id"},
    "friend_requests": {"sender_id", "receiver_id"},
    "partnerships": {"inviter_id", "invitee_id"},
    "check_ins": {"member_id"},
    "conversations": {"direct_key"},
    "conversation_members": {"member_id"},
    "device_keys": {"member_id"},
    "rooms": {"host_id"},
    "room_places": {"member_id"},
    "room_bans": {"member_id"},
    "room_messages": {"member_id"},
    "key_exchanges": {"pair_key", "initiator_id", "recipient_id"},
    "secret_messages": {"pair_key"},
    "sealed_copies": {"member_id"},
    "key_backups": {"member_id"},
    "match_reports": {"reporter_id", "reported_id"},
    "likes": {"member_id"},
    "comment_likes": {"member_id"},
    "saves": {"member_id"},
    "views": {"viewer_id"},
    "watches": {"member_id"},
    "impressions": {"member_id"},
    "media": {"owner_id"},
    "mentions": {"member_id"},
    "flags": {"author_id"},
    "events": {"actor_id"},
    "visits": {"visitor"},
}


def test_every_personal_column_is_in_its_section(app: App) -> None:
    told: dict[str, set[str]] = {}
    for section in app.personal_data.sections:
        for table in section.tables:
            told.setdefault(table, set()).update(section.record.model_fields)
    untold = {
        table: {
            column.name
            for column in Base.metadata.tables[table].columns
            if "personal" in column.info and column.name not in fields
        }
        for table, fields in told.items()
    }
    assert {table: names for table, names in untold.items() if names} == OTHERWISE
