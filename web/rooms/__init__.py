"""Open rooms: public places to talk in, with a door, a host, admins and rules."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.graph.events import MemberBlocked
from web.rooms import jobs, my_data, topics
from web.rooms.directory import RoomDirectory
from web.rooms.doors import RoomDoors
from web.rooms.log import RoomLog
from web.rooms.order import RoomOrder
from web.rooms.service import RoomService
from web.rooms.talk import RoomTalk

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, the topic ``room``, what follows a block, and the jobs that clear away."""
    for service in (RoomDirectory, RoomDoors, RoomLog, RoomOrder, RoomService, RoomTalk):
        app.add_service(service)
    topics.register(app.topics)
    jobs.register(app.jobs)
    app.subscribers.on(MemberBlocked, jobs.part_soon)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/rooms``."""
    from web.rooms import api

    config.add_api(api.routes)
