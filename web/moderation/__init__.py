"""What is fit to be shown: the check of words at writing."""

from typing import TYPE_CHECKING

from web.core.app import App

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """Nothing yet."""


def includeme(config: "Configurator") -> None:
    """Nothing yet."""
