"""Lists of what others share."""

from typing import TYPE_CHECKING

from web.core.app import App

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """Nothing but reads, so nothing to register."""


def includeme(config: "Configurator") -> None:
    """Routes under ``/feed``."""
    from web.feeds import api

    config.add_api(api.routes)
