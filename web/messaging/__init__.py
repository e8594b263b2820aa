"""Conversations between members: direct ones and groups, what is said in them, how far each has read."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.messaging import channels, jobs, my_data, settling, topic
from web.messaging.changing import ChangingService
from web.messaging.events import MessageSent
from web.messaging.groups import GroupService
from web.messaging.leaving import LeavingService
from web.messaging.log import MessageLog
from web.messaging.places import PlaceService
from web.messaging.queries.glimpses import last_messages
from web.messaging.queries.unread import greeting
from web.messaging.service import MessagingService
from web.notifications.service import MESSAGE
from web.notifications.types import NotificationTypes

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, what members' sockets are told, and whom a message calls."""
    for service in (
        MessageLog,
        MessagingService,
        ChangingService,
        PlaceService,
        LeavingService,
        GroupService,
    ):
        app.add_service(service)
    channels.register(app.channels)
    app.channels.greet(greeting)
    topic.register(app.topics)
    jobs.register(app.jobs)
    app.subscribers.on(MessageSent, jobs.tell_soon)
    settling.register(app.subscribers)
    app.value(NotificationTypes).look((MESSAGE,), last_messages, leaves=False)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/conversations``."""
    from web.messaging.api import conversations, messages, participants

    for topic_routes in (conversations, messages, participants):
        config.add_api(topic_routes.routes)
