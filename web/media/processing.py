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
from web.core.settings import Settings
from web.core.storage import NoSuchFile, Storage
from web.media.checking import KINDS
from web.media.errors import MediaRefused
from web.media.events import MediumFailed, MediumProgressed, MediumReady
from web.media.files import delete_files, upload_key, variant_key
from web.media.models import Medium
from web.media.pictures import Made, make_picture
from web.media.profile_images import ProfileImageService
from web.media.purposes import PURPOSES
from web.media.videos import Progress, make_film

PROGRESS_STEP = 20  # percent between two things that are told


def process(services: Services, media_id: str) -> None:
    """Make the variants of an upload; twice is the same as once."""
    medium = services[Session].get(Medium, UUID(media_id))
    if medium is None or medium.status != "processing":
        return
    try:
        made = _made(services, medium)
    except (MediaRefused, NoSuchFile) as error:
        reason = error.details["reason"] if isinstance(error, MediaRefused) else "lost_file"
        _fail(services, medium.id, reason)
    else:
        _keep(services, medium.id, made)


def delete_medium_files(services: Services, media_id: str) -> None:
    """Body of the job ``media.delete_files``: the row is gone."""
    delete_files(services[Storage], UUID(media_id))


def _made(services: Services, medium: Medium) -> Made:
    rules, kind = PURPOSES[medium.purpose], KINDS[medium.content_type]
    folder = str(services[Settings].var)
    with TemporaryFile(dir=folder) as copy:
        with services[Storage].open(upload_key(medium.id)) as source:
            shutil.copyfileobj(source, copy)
        file = cast("IO[bytes]", copy)
        if kind.kind == "image":
            return make_picture(file, kind, rules.sizes)
        if rules.longest_video is None:
            raise MediaRefused(reason="no_video")
        return make_film(file, kind, rules.longest_video, _teller(services[App], medium), folder)


def _teller(app: App, medium: Medium) -> Progress:
    """Tells the owner how far a video is, in units of work of their own: this one ends when all is done."""
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


def _keep(services: Services, media_id: UUID, made: Made) -> None:
    storage = services[Storage]
    for file in made.files:
        with file.content:
            storage.put(variant_key(media_id, file.variant, file.extension), file.content)
    medium = _locked(services[Session], media_id)
    if medium is None:  # deleted meanwhile, and its files perhaps before these were there
        delete_files(storage, media_id)
        return
    medium.status, medium.progress = "ready", 100
    medium.variants, medium.blurhash, medium.quality = made.variants, made.blurhash, made.quality
    medium.width, medium.height, medium.duration_ms = made.width, made.height, made.duration_ms
    services[Session].flush()
    services[JobLog].add("core.delete_file", key=upload_key(media_id))
    services[EventLog].emit(
        MediumReady(owner_id=medium.owner_id, media_id=media_id, kind=medium.kind, purpose=medium.purpose)
    )
    if PURPOSES[medium.purpose].is_shown_at_once:
        services[ProfileImageService].show(medium)


def _fail(services: Services, media_id: UUID, failure: str) -> None:
    medium = _locked(services[Session], media_id)
    if medium is None:
        return
    # Nothing shows it, whatever it was meant for: a draft like any other, which goes after a day.
    medium.status, medium.failure, medium.attached_at, medium.is_public = "failed", failure, None, False
    services[Session].flush()
    services[JobLog].add("core.delete_file", key=upload_key(media_id))
    services[EventLog].emit(MediumFailed(owner_id=medium.owner_id, media_id=media_id, failure=failure))


def _locked(session: Session, media_id: UUID) -> Medium | None:
    return session.get(Medium, media_id, with_for_update=True, populate_existing=True)
