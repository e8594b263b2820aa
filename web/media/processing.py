"""The job ``media.process``: of the file that came, what is shown.

Whoever takes it up again after a worker died makes the same files under the same keys.
"""

import shutil
from tempfile import TemporaryFile
from typing import IO, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.app import App
from web.core.events import EventLog
from web.core.jobs import JobLog
from web.core.services import Services
from web.core.storage import NoSuchFile, Storage
from web.media.checking import kind_named
from web.media.errors import MediaRefused
from web.media.events import MediumFailed, MediumProgressed, MediumReady
from web.media.files import delete_files, upload_key, variant_key
from web.media.models import Medium
from web.media.pictures import Made, MadeFile, make_picture
from web.media.profile_images import ProfileImageService
from web.media.purposes import PURPOSES
from web.media.sounds import make_sound
from web.media.videos import Progress, make_film

PROGRESS_STEP = 20  # percent between two things that are told


def prepare(app: App, media_id: str) -> Made | str | None:
    """Make the variants of an upload and store them; twice makes the same files under the same keys.

    Returns:
        What was made; or the reason why it cannot be shown; or None, when nothing is left to be done.
    """
    with app.reading() as services:
        medium = services[Session].get(Medium, UUID(media_id))
    if medium is None or medium.status != "processing":
        return None
    storage = app.value(Storage)
    try:
        made = _made(app, storage, medium)
    except MediaRefused as error:
        return str(error.details["reason"])
    except NoSuchFile:
        return "lost_file"
    for file in made.files:
        with file.content:
            storage.put(variant_key(medium.id, file.variant, file.extension), file.content)
    return made


def process(services: Services, media_id: str, prepared: Made | str | None) -> None:
    """Let a medium be what was prepared of it."""
    if prepared is None:
        return
    medium = _locked(services[Session], UUID(media_id))
    if medium is None:  # deleted meanwhile, and its files perhaps before these were there
        delete_files(services[Storage], UUID(media_id))
    elif isinstance(prepared, str):
        _fail(services, medium, prepared)
    else:
        _keep(services, medium, prepared)


def delete_medium_files(services: Services, media_id: str) -> None:
    """Body of the job ``media.delete_files``: the row is gone."""
    delete_files(services[Storage], UUID(media_id))


def _made(app: App, storage: Storage, medium: Medium) -> Made:
    rules, kind = PURPOSES[medium.purpose], kind_named(medium.content_type)
    folder = str(app.settings.var)
    if kind.kind == "file":
        return _as_it_is(storage, medium, folder)
    with TemporaryFile(dir=folder) as copy:
        with storage.open(upload_key(medium.id)) as source:
            shutil.copyfileobj(source, copy)
        file = cast("IO[bytes]", copy)
        if kind.kind == "image":
            return make_picture(file, kind, rules.sizes)
        if kind.kind == "audio":
            if rules.longest_sound is None:
                raise MediaRefused(reason="no_sound")
            return make_sound(file, kind, rules.longest_sound, folder)
        if rules.longest_video is None:
            raise MediaRefused(reason="no_video")
        return make_film(file, kind, rules.longest_video, _teller(app, medium), folder)


def _as_it_is(storage: Storage, medium: Medium, folder: str) -> Made:
    """A document is handed on as it came."""
    copy = cast("IO[bytes]", TemporaryFile(dir=folder))  # noqa: SIM115 - handed on
    with storage.open(upload_key(medium.id)) as source:
        shutil.copyfileobj(source, copy)
    copy.seek(0)
    return Made(
        files=[MadeFile("file", "bin", copy)],
        variants={"file": {"formats": ["bin"]}},
        width=0,
        height=0,
        blurhash=None,
        quality=0.0,
    )


def _teller(app: App, medium: Medium) -> Progress:
    """Tells the owner how far a video is."""
    owner_id, media_id, told = medium.owner_id, medium.id, 0

    def tell(percent: int) -> None:
        nonlocal told
        if percent < told + PROGRESS_STEP:
            return
        told = percent
        going_on = Medium.id == media_id, Medium.status == "processing"
        with app.work() as services:
            services[Session].execute(sa.update(Medium).where(*going_on).values(progress=percent))
            services[EventLog].emit(MediumProgressed(owner_id=owner_id, media_id=media_id, percent=percent))

    return tell


def _keep(services: Services, medium: Medium, made: Made) -> None:
    medium.status, medium.progress = "ready", 100
    medium.variants, medium.blurhash, medium.quality = made.variants, made.blurhash, made.quality
    medium.width, medium.height, medium.duration_ms = made.width, made.height, made.duration_ms
    services[Session].flush()
    services[JobLog].add("core.delete_file", key=upload_key(medium.id))
    services[EventLog].emit(
        MediumReady(owner_id=medium.owner_id, media_id=medium.id, kind=medium.kind, purpose=medium.purpose)
    )
    if PURPOSES[medium.purpose].is_shown_at_once:
        services[ProfileImageService].show(medium)


def _fail(services: Services, medium: Medium, failure: str) -> None:
    # Nothing shows it, whatever it was meant for: a draft like any other, which goes after a day.
    medium.status, medium.failure, medium.attached_at, medium.is_public = "failed", failure, None, False
    services[Session].flush()
    services[JobLog].add("core.delete_file", key=upload_key(medium.id))
    services[EventLog].emit(MediumFailed(owner_id=medium.owner_id, media_id=medium.id, failure=failure))


def _locked(session: Session, media_id: UUID) -> Medium | None:
    return session.get(Medium, media_id, with_for_update=True, populate_existing=True)
