"""What is fit to be shown: the check of words at writing."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.core.wording import TextCheck
from web.moderation import my_data
from web.moderation.check import ModeratedWording
from web.moderation.word_lists import WordLists

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The check that all features ask, and what it notes about members."""
    app.add_value(WordLists, WordLists.load(app.settings.word_lists))
    app.add_service(ModeratedWording, provides=TextCheck)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """No routes yet."""
