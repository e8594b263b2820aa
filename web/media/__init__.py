"""Pictures and videos: taken in, checked, made into the sizes that are shown, kept, served."""

from typing import TYPE_CHECKING

from web.core.app import App

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """Nothing yet."""


def includeme(config: "Configurator") -> None:
    """Nothing yet."""
