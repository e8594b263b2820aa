"""Serving media: in the open or under a signature, in parts, kept for 30 days, never run."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import webtest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.media.conftest import Uploads
from tests.web.media.samples import picture, video
from tests.web.swapped import swapped
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.clock import FixedClock
from web.core.settings import Bucket
from web.core.storage import S3Storage, Storage
from web.media.service import MediaService


def show(app: App, who: Person, media_id: UUID, *, is_public: bool = True) -> None:
    """Let something show it."""
    with app.work() as services:
        services[MediaService].attach(who.id, [media_id], is_public=is_public, purposes={"post"})


@pytest.fixture
def public(app: App, uploads: Uploads, mina: Person) -> UUID:
    """A picture that everybody may see."""
    media_id = uploads.ready(mina, picture(300, 200))
    show(app, mina, media_id)
    return media_id


@pytest.mark.parametrize(("extension", "content_type"), [("webp", "image/webp"), ("jpg", "image/jpeg")])
def test_a_public_picture_is_there_for_everybody(
    browser: webtest.TestApp, uploads: Uploads, public: UUID, extension: str, content_type: str
) -> None:
    response = browser.get(f"/media/{public}/large.{extension}")
    assert response.body == uploads.file(public, f"large.{extension}")
    assert response.content_type == content_type
    assert response.headers["Cache-Control"] == "public, max-age=2592000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in response.headers


def test_who_has_it_already_gets_it_no_second_time(browser: webtest.TestApp, public: UUID) -> None:
    etag = browser.get(f"/media/{public}/large.webp").headers["ETag"]
    again = browser.get(f"/media/{public}/large.webp", headers={"If-None-Match": etag}, status=304)
    assert again.body == b""
    assert browser.get(f"/media/{public}/thumb.webp", headers={"If-None-Match": etag}).status_int == 200


def test_a_head_has_no_body(browser: webtest.TestApp, public: UUID) -> None:
    response = browser.head(f"/media/{public}/large.webp")
    assert int(response.headers["Content-Length"]) > 0
    assert response.body == b""


def test_players_get_the_part_that_they_ask_for(
    app: App, browser: webtest.TestApp, uploads: Uploads, mina: Person
) -> None:
    media_id = uploads.ready(mina, video())
    show(app, mina, media_id)
    film, address = uploads.file(media_id, "film.mp4"), f"/media/{media_id}/film.mp4"
    whole = browser.get(address)
    assert (whole.content_type, whole.headers["Accept-Ranges"]) == ("video/mp4", "bytes")
    assert whole.body == film
    part = browser.get(address, headers={"Range": "bytes=10-19"}, status=206)
    assert part.body == film[10:20]
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(film)}"
    assert browser.get(address, headers={"Range": "bytes=-5"}, status=206).body == film[-5:]
    assert browser.get(address, headers={"Range": f"bytes={len(film) - 3}-"}, status=206).body == film[-3:]
    browser.get(address, headers={"Range": f"bytes={len(film)}-"}, status=416)


def test_what_is_not_public_needs_the_signature_that_its_readers_get(
    app: App, api: Api, browser: webtest.TestApp, uploads: Uploads, mina: Person
) -> None:
    media_id = uploads.ready(mina, picture())
    show(app, mina, media_id, is_public=False)
    address = api.get(f"/media/{media_id}", mina)["item"]["variants"]["large"]["url"]
    response = browser.get(address)
    assert response.headers["Cache-Control"] == "private, max-age=2592000, immutable"
    plain, _, query = address.partition("?")
    for wrong in (
        plain,
        f"{plain}?until=99999999999&signature=x",
        f"{plain}?until=x&signature=y",
        f"{plain}?{query[:-1]}",
        f"{plain}?{query.replace('until=', 'until=1')}",
        f"{plain.replace('large', 'thumb')}?{query}",
        f"{plain.replace('webp', 'jpg')}?{query}",
        f"{plain}?until=1&signature=%ED%95%9C",
    ):
        assert browser.get(wrong, status=404, headers={"Accept": "application/json"}).json["error"]


def test_a_signature_holds_for_a_week_and_not_for_ever(
    app: App, api: Api, browser: webtest.TestApp, uploads: Uploads, mina: Person, clock: FixedClock
) -> None:
    media_id = uploads.ready(mina, picture())
    address = api.get(f"/media/{media_id}", mina)["item"]["variants"]["large"]["url"]
    clock.moment += timedelta(days=6)
    browser.get(address)
    clock.moment += timedelta(days=9)
    browser.get(address, status=404)


def test_what_is_shown_to_fewer_from_now_on_needs_a_signature_at_once(
    app: App, browser: webtest.TestApp, public: UUID
) -> None:
    with app.work() as services:
        services[MediaService].set_public([public], is_public=False)
    browser.get(f"/media/{public}/large.webp", status=404)
    with app.work() as services:
        services[MediaService].set_public([public], is_public=True)
        services[MediaService].detach([public])
    browser.get(f"/media/{public}/large.webp", status=404)


@pytest.mark.parametrize(
    "closed",
    [
        {"profile_visibility": "friends"},
        {"profile_visibility": "private"},
        {"suspended_until": datetime(2199, 1, 1, tzinfo=UTC)},
        {"deactivated_at": datetime(2024, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_was_open_closes_with_its_owner_and_opens_again(
    api: Api,
    browser: webtest.TestApp,
    public: UUID,
    mina: Person,
    owner_engine: sa.Engine,
    closed: dict[str, Any],
) -> None:
    address = f"/media/{public}/large.webp"
    before = api.get(f"/media/{public}", mina)["item"]["variants"]["large"]["url"]
    assert before == address
    set_columns(owner_engine, mina, **closed)
    browser.get(address, status=404)
    set_columns(owner_engine, mina, profile_visibility="everyone", suspended_until=None, deactivated_at=None)
    browser.get(address)


def test_pictures_of_a_member_stay_as_public_as_the_name(
    browser: webtest.TestApp, uploads: Uploads, mina: Person, owner_engine: sa.Engine
) -> None:
    media_id = UUID(uploads.set_picture(mina, "profile", picture())["id"])
    uploads.process()
    set_columns(owner_engine, mina, profile_visibility="private")
    assert browser.get(f"/media/{media_id}/large.webp").headers["Cache-Control"].startswith("public")


@pytest.mark.parametrize(
    "path",
    [
        "/media/{id}/huge.webp",
        "/media/{id}/large.mp4",
        "/media/{id}/large.svg",
        "/media/{id}/large",
        "/media/{other}/large.webp",
        "/media/{id}/../{id}/large.webp",
        "/media/not-an-id/large.webp",
    ],
)
def test_there_is_nothing_at_other_addresses(browser: webtest.TestApp, public: UUID, path: str) -> None:
    browser.get(path.format(id=public, other=uuid4()), status=404)


def test_what_is_not_ready_is_not_served(browser: webtest.TestApp, uploads: Uploads, mina: Person) -> None:
    waiting = uploads.set_picture(mina, "profile", picture())["id"]
    browser.get(f"/media/{waiting}/large.webp", status=404)
    browser.get(f"/uploads/{waiting}", status=404)


def test_pictures_of_a_page_are_no_requests_too_many(browser: webtest.TestApp, public: UUID) -> None:
    assert "RateLimit-Limit" not in browser.get(f"/media/{public}/large.webp").headers


def test_serving_costs_one_statement(browser: webtest.TestApp, public: UUID, statements: Any) -> None:
    before = len(statements())
    browser.get(f"/media/{public}/large.webp")
    assert len(statements()) - before == 1


def test_from_a_bucket_clients_fetch_it_themselves(
    app: App, api: Api, browser: webtest.TestApp, uploads: Uploads, mina: Person
) -> None:
    """Who may see it is decided here; the redirect is kept for less than its link holds."""
    bucket = Bucket("media", "http://127.0.0.1:1", access_key_id="a-key", secret_access_key="a-secret")
    public, closed = uploads.ready(mina, picture()), uploads.ready(mina, picture())
    show(app, mina, public)
    with swapped(app, Storage, S3Storage(bucket)):  # type: ignore[type-abstract]
        response = browser.get(f"/media/{public}/large.webp", status=302)
        browser.get(f"/media/{closed}/large.webp", status=404)
        address = api.get(f"/media/{closed}", mina)["item"]["variants"]["large"]["url"]
        private = browser.get(address, status=302)
    assert response.headers["Location"].startswith(f"{bucket.endpoint}/media/media/{public}/large.webp?")
    assert response.headers["Cache-Control"] == "public, max-age=1800"
    assert private.headers["Cache-Control"] == "private, max-age=1800"
