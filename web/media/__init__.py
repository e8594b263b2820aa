"""Pictures and videos: taken in, checked, made into the sizes that are shown, kept, served."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.media import channels, my_data
from web.media.housekeeping import clean_up
from web.media.processing import delete_medium_files, prepare, process
from web.media.profile_images import ProfileImageService
from web.media.service import MediaService
from web.media.uploads import DELETE_FILES, PROCESS, QUEUE, UploadService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, the jobs that make and delete files, and what owners' sockets are told."""
    app.add_service(UploadService)
    app.add_service(ProfileImageService)
    app.add_service(MediaService)
    app.jobs.add(PROCESS, process, queue=QUEUE, attempts=4, prepare=prepare)
    app.jobs.add(DELETE_FILES, delete_medium_files)
    app.jobs.add("media.clean_up", clean_up)
    channels.register(app.channels)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/media`` and of one's own pictures; and the address that files are served at."""
    from web.media import api

    config.add_api(api.routes)
    config.include("web.media.serving")
