"""Stories: a picture or a short video that is gone after a day, who saw it, and what they answer."""

from web.content.stories import channels, jobs, my_data
from web.content.stories.service import StoryService
from web.core.app import App
from web.core.i18n import _
from web.notifications.types import NotificationTypes


def register(app: App) -> None:
    """The service, what authors are told, and the job that clears away."""
    app.add_service(StoryService)
    types = app.value(NotificationTypes)
    types.add("story_liked", _("${actor} likes your story"), "/stories/{id}")
    types.add("mentioned_in_story", _("${actor} mentioned you in a story"), "/stories/{id}")
    channels.register(app.channels)
    jobs.register(app.jobs)
    my_data.register(app.personal_data)
