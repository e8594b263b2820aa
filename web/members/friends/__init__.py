"""A member's own friends, each as far as that friend shows it: when they were there, what they are called."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: "Configurator") -> None:
    """Routes under ``/friends``."""
    from web.members.friends import api

    config.add_api(api.routes)
