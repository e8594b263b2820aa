"""What members share, and what others do with it: posts, likes, comments."""

from typing import TYPE_CHECKING, Any

from web.content import channels, glimpses, my_data, reels, stories, telling_followers, told_of
from web.content.comments import CommentService
from web.content.mentioning import MentionService
from web.content.reacting import ReactionService
from web.content.service import ContentService
from web.content.sharing import ShareService
from web.content.views import ViewCounter
from web.core.app import App
from web.notifications.types import NotificationTypes

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, the frames that authors get, and the notification types."""
    app.add_service(ContentService)
    app.add_service(CommentService)
    app.add_service(MentionService)
    app.add_service(ReactionService)
    app.add_service(ShareService)
    app.add_value(ViewCounter, ViewCounter(app.engines, app.settings.notes_seconds))
    channels.register(app.channels)
    my_data.register(app.personal_data)
    stories.register(app)
    reels.register(app)
    types = app.value(NotificationTypes)
    told_of.register(types)
    glimpses.register(types)
    telling_followers.register(types, app.subscribers, app.jobs)


def includeme(config: "Configurator") -> None:
    """Routes under ``/posts`` and ``/comments``."""
    from web.content.api import comments, posts, reactions
    from web.content.api import reels as reel_routes
    from web.content.api import stories as story_routes

    for topic in (posts, comments, reactions, story_routes, reel_routes):
        config.add_api(topic.routes)
    config.add_subscriber(_write_views, "pyramid.events.NewResponse")


def _write_views(event: Any) -> None:
    """Write what was seen after everything else, when the request has given its connection back."""
    views = event.request.registry.app.value(ViewCounter)
    event.request.add_finished_callback(lambda _: views.flush_if_due())
