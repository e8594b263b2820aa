"""What members share, and what others do with it: posts, likes, comments."""

from typing import TYPE_CHECKING

from web.content import channels, my_data
from web.content.comments import CommentService
from web.content.service import ContentService
from web.core.app import App
from web.core.i18n import _
from web.notifications.types import NotificationTypes

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, the frames that authors get, and the notification types."""
    app.add_service(ContentService)
    app.add_service(CommentService)
    channels.register(app.channels)
    my_data.register(app.personal_data)
    types = app.value(NotificationTypes)
    types.add("content_liked", _("${actor} likes your post"), "/posts/{id}")
    types.add("content_commented", _("${actor} commented on your post"), "/posts/{id}")
    types.add("comment_answered", _("${actor} answered your comment"), "/posts/{id}")


def includeme(config: "Configurator") -> None:
    """Routes under ``/posts`` and ``/comments``."""
    from web.content import api

    config.add_api(api.routes)
