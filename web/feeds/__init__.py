"""Lists of what others share: by time, ranked, by hashtag, trending; and what was shown to whom."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.feeds import jobs, my_data, subscribers
from web.feeds.impressions import ImpressionLog, write_when_due
from web.feeds.posts import PostSource
from web.feeds.service import FeedService
from web.feeds.snapshots import Snapshots
from web.feeds.sources import FeedSources
from web.feeds.trending import TrendingService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The sources of items, the services over them, and what keeps them true."""
    sources = FeedSources()
    sources.add(PostSource())
    app.add_value(FeedSources, sources)
    app.add_value(ImpressionLog, ImpressionLog(app))
    app.add_service(Snapshots)
    app.add_service(FeedService)
    app.add_service(TrendingService)
    subscribers.register(app.subscribers)
    jobs.register(app.jobs)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/feed``, ``/hashtags`` and ``/trending``."""
    from pyramid.events import NewResponse

    from web.feeds import api

    config.add_api(api.routes)
    config.add_subscriber(write_when_due, NewResponse)
