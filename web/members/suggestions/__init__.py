"""Whom a member may want to know: people with common friends or interests, and those not wanted again."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.members.suggestions import my_data
from web.members.suggestions.live import LiveSuggestions
from web.members.suggestions.service import SuggestionService
from web.members.suggestions.sources import SuggestionSources

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service, the sources with the live one below all others, and what is kept about members."""
    sources = SuggestionSources()
    sources.add(LiveSuggestions())
    app.add_value(SuggestionSources, sources)
    app.add_service(SuggestionService)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/users/suggestions``."""
    from web.members.suggestions import api

    config.add_api(api.routes)
