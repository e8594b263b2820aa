"""Files that nothing shows go; a member's copy has theirs; an erased member leaves none."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from tests.factories import Person
from tests.web.media.conftest import Uploads
from tests.web.media.samples import cut_off, picture, video
from web.accounts.my_data.data_copy import write_copy
from web.core.app import App
from web.core.clock import FixedClock
from web.media import my_data
from web.media.housekeeping import DRAFTS_KEPT, clean_up
from web.media.purposes import VARIANT_FILES
from web.media.service import MediaService


@pytest.fixture
def attach(app: App) -> Callable[..., None]:
    """Lets something show a medium."""

    def attach_medium(who: Person, media_id: UUID, *, is_public: bool = True) -> None:
        with app.work() as services:
            services[MediaService].attach(who.id, [media_id], is_public=is_public, purposes={"post", "story"})

    return attach_medium


def files_of(uploads: Uploads, media_id: UUID) -> list[str]:
    names = [name for name in VARIANT_FILES if uploads.is_kept(f"media/{media_id}/{name}")]
    return [*names, *(["upload"] if uploads.is_kept(f"uploads/{media_id}") else [])]


def test_drafts_go_after_a_day_with_their_files(
    app: App,
    uploads: Uploads,
    attach: Callable[..., None],
    mina: Person,
    clock: FixedClock,
    run_jobs: Callable[[], int],
) -> None:
    draft, shown, film = (
        uploads.ready(mina, picture()),
        uploads.ready(mina, picture()),
        uploads.ready(mina, video()),
    )
    failed = UUID(uploads.send(mina, cut_off())["id"])
    uploads.process()
    avatar = UUID(uploads.set_picture(mina, "profile", picture())["id"])
    uploads.process()
    attach(mina, shown)
    clock.moment += DRAFTS_KEPT - timedelta(minutes=1)
    with app.work() as services:
        clean_up(services)
    assert uploads.row(draft) is not None
    clock.moment += timedelta(minutes=2)
    with app.work() as services:
        clean_up(services)
    run_jobs()
    for gone in (draft, film, failed):
        assert uploads.row(gone) is None
        assert files_of(uploads, gone) == []
    assert len(files_of(uploads, shown)) == 6
    assert len(files_of(uploads, avatar)) == 6


def test_what_is_no_longer_shown_goes_at_the_next_occasion(
    app: App,
    uploads: Uploads,
    attach: Callable[..., None],
    mina: Person,
    clock: FixedClock,
    run_jobs: Callable[[], int],
) -> None:
    media_id = uploads.ready(mina, picture())
    attach(mina, media_id)
    clock.moment += timedelta(days=30)
    with app.work() as services:
        services[MediaService].detach([media_id])
        clean_up(services)
    run_jobs()
    assert uploads.row(media_id) is None
    assert files_of(uploads, media_id) == []


def test_every_file_that_is_made_is_one_that_is_deleted(uploads: Uploads, mina: Person) -> None:
    for content, purpose in (
        (picture(), "post"),
        (picture(), "cover"),
        (video(), "post"),
        (picture(), "story"),
    ):
        media_id = uploads.ready(mina, content, purpose)
        for name, facts in uploads.row(media_id).variants.items():
            assert {f"{name}.{extension}" for extension in facts["formats"]} <= set(VARIANT_FILES)


def test_the_copy_of_ones_data_has_the_files(app: App, uploads: Uploads, mina: Person, joon: Person) -> None:
    mine, film, theirs = (
        uploads.ready(mina, picture()),
        uploads.ready(mina, video()),
        uploads.ready(joon, picture()),
    )
    target = io.BytesIO()
    with app.work() as services:
        write_copy(services, mina.id, target, app.clock.now())
    with zipfile.ZipFile(target) as archive:
        records = orjson.loads(archive.read("media.json"))
        assert [record["id"] for record in records] == [str(mine), str(film)]
        assert archive.read(f"media/{mine}.jpg") == uploads.file(mine, "large.jpg")
        assert archive.read(f"media/{film}.mp4") == uploads.file(film, "film.mp4")
        assert not [name for name in archive.namelist() if str(theirs) in name]


@pytest.mark.parametrize("keeps_content", [False, True])
def test_an_erased_member_leaves_only_what_public_content_shows(
    app: App,
    uploads: Uploads,
    attach: Callable[..., None],
    mina: Person,
    joon: Person,
    run_jobs: Callable[[], int],
    keeps_content: bool,
) -> None:
    public, closed, draft = (uploads.ready(mina, picture()) for _ in range(3))
    theirs = uploads.ready(joon, picture())
    avatar = UUID(uploads.set_picture(mina, "profile", picture())["id"])
    uploads.process()
    attach(mina, public)
    attach(mina, closed, is_public=False)
    with app.work() as services:
        my_data.erase(services, mina.id, keeps_content)
    run_jobs()
    for gone in (closed, draft, avatar, *(() if keeps_content else (public,))):
        assert uploads.row(gone) is None
        assert files_of(uploads, gone) == []
    assert (uploads.row(public) is not None) == keeps_content
    assert len(files_of(uploads, public)) == (6 if keeps_content else 0)
    assert len(files_of(uploads, theirs)) >= 6
