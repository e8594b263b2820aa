"""Friendship, which is mutual and by request."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.graph.friends import jobs
from web.graph.friends.service import FriendService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service, and what is cleaned up by the clock."""
    app.add_service(FriendService)
    app.jobs.add("friends.clean_up", jobs.clean_up)


def includeme(config: "Configurator") -> None:
    """Routes under ``/friends`` and ``/users/{user_id}``."""
    from web.graph.friends import api

    config.add_api(api.routes)
