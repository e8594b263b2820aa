"""Relations between members: who follows whom."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.graph import channels
from web.graph.service import GraphService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service and the frames that followed members get."""
    app.add_service(GraphService)
    channels.register(app.channels)


def includeme(config: "Configurator") -> None:
    """Routes under ``/users/{user_id}``."""
    from web.graph import api

    config.add_api(api.routes)
