"""Finding members, posts and hashtags by words."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.search import jobs, my_data, subscribers
from web.search.index import SearchIndex

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The index and what keeps it."""
    app.add_service(SearchIndex)
    subscribers.register(app.subscribers)
    jobs.register(app.jobs)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """The route ``/search``."""
    from web.search import api

    config.add_api(api.routes)
