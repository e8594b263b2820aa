"""Uploading: taken in at once, processed afterwards, watched by its owner and by nobody else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.media.conftest import Uploads
from tests.web.media.samples import Form, cut_off, form, picture, video
from tests.web.swapped import swapped
from web.core.app import App
from web.core.events import Event
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.models import EventRow
from web.core.settings import Limits, Settings
from web.core.storage import Storage
from web.core.throttle import Throttle
from web.media.events import MediumFailed, MediumProgressed, MediumReady


def test_a_picture_is_taken_in_and_shown_when_it_is_ready(uploads: Uploads, api: Api, mina: Person) -> None:
    taken = uploads.send(mina, picture(1200, 900))
    assert (taken["status"], taken["kind"], taken["purpose"]) == ("processing", "image", "post")
    assert taken["item"] is None
    assert uploads.process() == 1

    shown = api.get(f"/media/{taken['id']}", mina)
    assert (shown["status"], shown["progress"], shown["failure"]) == ("ready", 100, None)
    item = shown["item"]
    assert (item["width"], item["height"]) == (1080, 810)
    assert item["blurhash"]
    assert item["variants"].keys() == {"large", "medium", "thumb"}
    large = item["variants"]["large"]
    assert large["url"].startswith(f"/media/{taken['id']}/large.webp?until=")
    assert large["fallback_url"].startswith(f"/media/{taken['id']}/large.jpg?until=")


def test_the_answer_says_where_to_ask_again(uploads: Uploads, mina: Person) -> None:
    sent = form({"purpose": "post", "file": picture()})
    response = uploads.respond("POST", "/media", mina, sent)
    assert response.headers["Location"].endswith(f"/api/v1/media/{response.json['id']}")


def test_nobody_else_sees_an_upload(uploads: Uploads, api: Api, mina: Person, joon: Person) -> None:
    media_id = uploads.ready(mina, picture())
    api.get(f"/media/{media_id}", joon, status=404)
    api.get(f"/media/{uuid4()}", mina, status=404)
    api.get(f"/media/{media_id}", status=401)


def test_the_owner_is_told_of_each_step(
    uploads: Uploads, mina: Person, emitted: Callable[[], list[Event]]
) -> None:
    good = uploads.ready(mina, picture())
    uploads.send(mina, cut_off())
    uploads.process()
    ready, failed = emitted()
    assert ready == MediumReady(owner_id=mina.id, media_id=good, kind="image", purpose="post")
    assert isinstance(failed, MediumFailed)
    assert failed.failure == "broken_file"


def test_sockets_get_frames_with_the_state(app: App, uploads: Uploads, api: Api, mina: Person) -> None:
    media_id = uploads.ready(mina, video(seconds=2))
    uploads.send(mina, cut_off())
    uploads.process()
    with app.work() as services:
        session = services[Session]
        rows = session.execute(
            sa.select(EventRow.__table__).where(EventRow.name.like("media\\_%")).order_by(EventRow.id)
        )
        entries = services[Inbox].deliver(list(rows))
        frames = [orjson.loads(frame) for frame in services[Inbox].frames(entries) if frame]
    assert {entry.member_id for entry in entries} == {mina.id}
    kinds = [frame["event"] for frame in frames]
    assert kinds[-2:] == ["media.ready", "media.failed"]
    assert set(kinds[:-2]) == {"media.progress"}
    ready = frames[-2]
    assert ready["data"]["id"] == str(media_id)
    assert ready["data"]["item"]["variants"].keys() == {"film", "poster", "thumb"}


def test_a_long_video_says_how_far_it_is(
    uploads: Uploads, mina: Person, emitted: Callable[[], list[Event]]
) -> None:
    uploads.ready(mina, video(seconds=4))
    percents = [event.percent for event in emitted() if isinstance(event, MediumProgressed)]
    assert percents == sorted(percents)
    assert 2 <= len(percents) <= 5


def test_processing_twice_is_processing_once(
    app: App, uploads: Uploads, mina: Person, emitted: Callable[[], list[Event]]
) -> None:
    media_id = uploads.ready(mina, picture())
    before = uploads.row(media_id)
    with app.work() as services:
        services[JobLog].add("media.process", media_id=str(media_id))
    assert uploads.process() == 1
    assert uploads.row(media_id) == before
    assert len(emitted()) == 1


def test_an_upload_whose_file_is_lost_fails(app: App, uploads: Uploads, mina: Person) -> None:
    media_id = uploads.send(mina, picture())["id"]
    app.value(Storage).delete(f"uploads/{media_id}")  # type: ignore[type-abstract]
    uploads.process()
    assert uploads.row(media_id).failure == "lost_file"


def test_what_is_deleted_while_it_is_processed_leaves_no_files(
    app: App, uploads: Uploads, mina: Person, owner_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = uploads.send(mina, picture())["id"]
    storage = app.value(Storage)  # type: ignore[type-abstract]
    put = type(storage).put

    def put_and_delete_the_row(*arguments: Any) -> int:
        with owner_engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM media"))
        return put(*arguments)

    monkeypatch.setattr(type(storage), "put", put_and_delete_the_row)
    uploads.process()
    assert not any(uploads.is_kept(f"media/{media_id}/{name}.webp") for name in ("large", "thumb"))
    assert not uploads.is_kept(f"uploads/{media_id}")


def test_other_jobs_do_not_wait_behind_media(uploads: Uploads, mina: Person, app: App) -> None:
    uploads.send(mina, picture())
    assert JobRunner(app, "default").run_due() == 0


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"file": b""}, "purpose"),
        ({"purpose": "post"}, "file"),
        ({"purpose": "post", "file": "text where a file should be"}, "file"),
        ({"purpose": "anything", "file": b"x"}, "purpose"),
        ({"purpose": b"post", "file": b"x"}, "purpose"),
        ({"purpose": "po\0st", "file": b"x"}, "purpose"),
    ],
)
def test_a_form_that_is_not_right_says_which_field(
    uploads: Uploads, mina: Person, fields: dict[str, str | bytes], wrong: str
) -> None:
    response = uploads.respond("POST", "/media", mina, form(fields), status=422)
    assert [field["field"] for field in response.json["error"]["details"]["fields"]] == [wrong]


@pytest.mark.parametrize(
    "sent",
    [
        Form(b"", {}),
        Form(b"{}", {"Content-Type": "application/json"}),
        Form(b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}),
        Form(b"--x--", {"Content-Type": "multipart/form-data"}),
        Form(b"anything", {"Content-Type": "multipart/form-data; boundary=x"}),
        Form(b"--x\r\n\r\nno name\r\n--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
        Form(form({"file": b"x" * 100}).body[:-20], form({}).headers),
    ],
)
def test_what_is_no_form_is_a_bad_request(uploads: Uploads, mina: Person, sent: Form) -> None:
    response = uploads.respond("POST", "/media", mina, sent, status=400)
    assert response.json["error"]["code"] == "BAD_REQUEST"


def test_a_form_that_is_too_large_is_refused_before_it_is_read(uploads: Uploads, mina: Person) -> None:
    sent = form({"image": b"\0" * 12 * 1024 * 1024})
    response = uploads.respond("PUT", "/users/me/profile-image", mina, sent, status=413)
    assert response.json["error"]["code"] == "REQUEST_TOO_LARGE"


@pytest.mark.parametrize("purpose", ["profile", "cover", "goal", "gossip"])
def test_some_purposes_take_no_videos(uploads: Uploads, mina: Person, purpose: str) -> None:
    refusal = uploads.send(mina, video(), purpose, status=422)
    assert refusal["error"]["details"]["reason"] == "no_video"


def test_a_member_has_so_many_uploads_an_hour(
    app: App, settings: Settings, uploads: Uploads, mina: Person, joon: Person
) -> None:
    strict = replace(settings, limits=Limits(uploads="2/hour"))
    with swapped(app, Throttle, Throttle(strict, app.valkey)):
        uploads.send(mina, picture())
        uploads.send(mina, b"no picture", status=422)  # counts, too
        refusal = uploads.send(mina, picture(), status=429)
        uploads.send(joon, picture())
    assert refusal["error"]["code"] == "RATE_LIMITED"


def test_the_api_document_says_that_it_is_a_form(api: Api) -> None:
    document = api.get("/openapi.json")
    body = document["paths"]["/api/v1/media"]["post"]["requestBody"]["content"]
    assert list(body) == ["multipart/form-data"]
    name = body["multipart/form-data"]["schema"]["$ref"].rsplit("/", 1)[1]
    fields = document["components"]["schemas"][name]["properties"]
    assert (fields["file"]["type"], fields["file"]["format"]) == ("string", "binary")
    parameters = document["paths"]["/api/v1/media"]["post"]["parameters"]
    assert "Idempotency-Key" not in [parameter["name"] for parameter in parameters]
