"""How a member appears to others: cards, profiles, numbers; and the one policy of who may see and do what."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.core.relations import MemberPolicy
from web.members import friends, suggestions
from web.members.policy import SettingsPolicy
from web.members.stats import StatSources

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The policy, and the registry of what features above count."""
    app.add_service(SettingsPolicy, provides=MemberPolicy)
    app.add_value(StatSources, StatSources())
    suggestions.register(app)


def includeme(config: "Configurator") -> None:
    """Routes under ``/users`` and ``/friends``."""
    from web.members import api

    config.add_api(api.routes)
    friends.includeme(config)
    suggestions.includeme(config)
