"""The pictures that stand for a member."""

from collections.abc import Callable

import webtest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.media.conftest import Uploads
from tests.web.media.samples import cut_off, picture, video
from web.accounts.events import ProfileChanged
from web.core.app import App
from web.core.events import Event


def test_a_picture_is_shown_when_it_is_ready(
    uploads: Uploads, api: Api, browser: webtest.TestApp, mina: Person, joon: Person
) -> None:
    media_id = uploads.set_picture(mina, "profile", picture())["id"]
    assert api.get(f"/users/{mina.id}", joon)["avatar_url"] is None
    uploads.process()
    address = api.get(f"/users/{mina.id}", joon)["avatar_url"]
    assert address == f"/media/{media_id}/medium.webp"
    assert api.get("/users/me", mina)["avatar_url"] == address
    assert browser.get(address).content_type == "image/webp"


def test_a_cover_is_shown_above_the_profile(
    uploads: Uploads, api: Api, browser: webtest.TestApp, mina: Person, joon: Person
) -> None:
    media_id = uploads.set_picture(mina, "cover", picture(1500, 1500))["id"]
    uploads.process()
    address = api.get(f"/users/{mina.id}", joon)["cover_url"]
    assert address == f"/media/{media_id}/large.webp" == api.get("/users/me", mina)["cover_url"]
    browser.get(address)


def test_the_cover_is_part_of_the_profile_and_kept_from_whom_that_is(
    uploads: Uploads, api: Api, mina: Person, joon: Person
) -> None:
    uploads.set_picture(mina, "cover", picture())
    uploads.process()
    api.call("PUT", "/settings/privacy", mina, {"profile_visibility": "private"}, status=200)
    assert api.get(f"/users/{mina.id}", joon)["is_limited"]
    assert api.get(f"/users/{mina.id}", joon)["cover_url"] is None


def test_uploading_for_the_profile_is_the_same(uploads: Uploads, api: Api, mina: Person) -> None:
    media_id = uploads.send(mina, picture(), "profile")["id"]
    uploads.process()
    assert api.get("/users/me", mina)["avatar_url"] == f"/media/{media_id}/medium.webp"


def test_another_picture_replaces_the_first_and_its_files(
    uploads: Uploads, api: Api, mina: Person, run_jobs: Callable[[], int]
) -> None:
    first = uploads.set_picture(mina, "profile", picture())["id"]
    uploads.process()
    second = uploads.set_picture(mina, "profile", picture(format_name="PNG"))["id"]
    assert first in api.get("/users/me", mina)["avatar_url"]  # until the other is ready
    uploads.process()
    run_jobs()
    assert second in api.get("/users/me", mina)["avatar_url"]
    assert uploads.row(first) is None
    assert not uploads.is_kept(f"media/{first}/medium.webp")
    assert uploads.is_kept(f"media/{second}/medium.webp")


def test_of_two_at_once_the_later_is_meant(uploads: Uploads, api: Api, mina: Person) -> None:
    first = uploads.set_picture(mina, "profile", picture())["id"]
    second = uploads.set_picture(mina, "profile", picture())["id"]
    uploads.process()
    assert uploads.row(first) is None
    assert second in api.get("/users/me", mina)["avatar_url"]


def test_a_picture_that_cannot_be_used_leaves_the_one_before(
    uploads: Uploads, api: Api, mina: Person
) -> None:
    first = uploads.set_picture(mina, "profile", picture())["id"]
    uploads.process()
    second = uploads.set_picture(mina, "profile", cut_off())["id"]
    uploads.process()
    assert uploads.row(second).status == "failed"
    assert first in api.get("/users/me", mina)["avatar_url"]
    assert uploads.set_picture(mina, "profile", video(), status=422)["error"]["code"] == "MEDIA_REFUSED"


def test_removing_it_twice_is_removing_it_once(
    app: App, uploads: Uploads, api: Api, mina: Person, run_jobs: Callable[[], int]
) -> None:
    for which in ("profile", "cover"):
        media_id = uploads.set_picture(mina, which, picture())["id"]
        uploads.process()
        api.delete(f"/users/me/{which}-image", mina)
        api.delete(f"/users/me/{which}-image", mina)
        run_jobs()
        assert uploads.row(media_id) is None
        assert not uploads.is_kept(f"media/{media_id}/large.webp")
    me = api.get("/users/me", mina)
    assert (me["avatar_url"], me["cover_url"]) == (None, None)


def test_removing_it_also_stops_one_that_is_not_ready(uploads: Uploads, api: Api, mina: Person) -> None:
    uploads.set_picture(mina, "profile", picture())
    api.delete("/users/me/profile-image", mina)
    uploads.process()
    assert api.get("/users/me", mina)["avatar_url"] is None


def test_others_are_told_that_the_profile_changed(
    uploads: Uploads, mina: Person, emitted: Callable[[], list[Event]]
) -> None:
    uploads.set_picture(mina, "profile", picture())
    uploads.process()
    assert ProfileChanged(member_id=mina.id, changed=["profile_image"]) in emitted()
