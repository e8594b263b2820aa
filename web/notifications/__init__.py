"""What members are told has happened to them."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.core.i18n import _
from web.graph.events import MemberFollowed
from web.notifications import my_data, queries, subscribers
from web.notifications.service import NotificationService
from web.notifications.types import NotificationTypes

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service, the registry of types, and the types of the features below."""
    types = NotificationTypes()
    types.add("member_followed", _("${actor} follows you now"), "/members/{id}")
    app.add_value(NotificationTypes, types)
    app.add_service(NotificationService)
    app.subscribers.on(MemberFollowed, subscribers.tell_followed)
    app.channels.greet(queries.greeting)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/notifications``."""
    from web.notifications import api

    config.add_api(api.routes)
