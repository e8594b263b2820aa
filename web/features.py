"""The one list of features, lowest layer first: a feature may use those above it in this list, not below."""

import importlib

from web.core.app import App
from web.core.clock import Clock
from web.core.settings import Settings

FEATURES = (
    "web.accounts",
    "web.graph",
    "web.members",
    "web.notifications",
    "web.media",
    "web.moderation",
    "web.messaging",
    "web.rooms",
    "web.matching",
    "web.keys",
    "web.content",
    "web.feeds",
    "web.search",
    "web.pages",
)


def build_app(settings: Settings, clock: Clock | None = None) -> App:
    """The application that every process runs, with each feature registered."""
    app = App(settings, clock)
    for name in FEATURES:
        importlib.import_module(name).register(app)
    return app
