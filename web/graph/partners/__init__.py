"""Accountability partners: two members who agreed to keep each other to what they set out to do."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.graph.events import MemberBlocked
from web.graph.partners import channels, my_data, subscribers
from web.graph.partners.service import PartnerService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service, what ends a partnership, the frames of partners, and what is kept about members."""
    app.add_service(PartnerService)
    channels.register(app.channels)
    app.subscribers.on(MemberBlocked, subscribers.end_on_block)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/accountability``."""
    from web.graph.partners import api

    config.add_api(api.routes)
