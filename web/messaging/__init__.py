"""Conversations between members."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.messaging import my_data
from web.messaging.service import MessagingService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service."""
    app.add_service(MessagingService)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/conversations``."""
    from web.messaging import api

    config.add_api(api.routes)
