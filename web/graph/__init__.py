"""Relations between members: who follows, befriends and blocks whom."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.core.relations import Relations
from web.graph import channels, my_data
from web.graph.relations import GraphRelations
from web.graph.service import GraphService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service, what is between members, and the frames that followed members get."""
    app.add_service(GraphService)
    app.add_service(GraphRelations, provides=Relations)
    channels.register(app.channels)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/users/{user_id}``."""
    from web.graph import api

    config.add_api(api.routes)
