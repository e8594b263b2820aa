"""Relations between members: who follows, befriends and blocks whom."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.core.relations import Relations
from web.graph import channels, friends, my_data, partners
from web.graph.asking import AskingLimits
from web.graph.follow_requests import FollowRequestService
from web.graph.muting import MuteService
from web.graph.relations import GraphRelations
from web.graph.service import GraphService
from web.graph.ties import Ties

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, what is between members, and the frames that members get of it."""
    for service in (Ties, AskingLimits, GraphService, FollowRequestService, MuteService):
        app.add_service(service)
    app.add_service(GraphRelations, provides=Relations)
    channels.register(app.channels)
    my_data.register(app.personal_data)
    friends.register(app)
    partners.register(app)


def includeme(config: "Configurator") -> None:
    """Routes under ``/users``, ``/follow-requests``, ``/friends`` and ``/accountability``."""
    from web.graph import api

    config.add_api(api.routes)
    friends.includeme(config)
    partners.includeme(config)
