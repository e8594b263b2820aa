"""Stories: a picture or a short video that is gone after a day, who saw it, and what they answer."""

from web.content.stories import channels, jobs, my_data
from web.content.stories.service import StoryService
from web.core.app import App
from web.core.i18n import _
from web.notifications.types import NotificationTypes, ngettext


def register(app: App) -> None:
    """The service, what authors are told, and the job that clears away."""
    app.add_service(StoryService)
    types = app.value(NotificationTypes)
    types.add(
        "story_liked",
        _("${actor} likes your story"),
        "/stories/{id}",
        label=_("Likes of your stories"),
        icon="like",
        color="#e0455e",
        group=ngettext(
            "${actor} and ${count} other like your story", "${actor} and ${count} others like your story"
        ),
        once=True,
        each=False,
    )
    types.add(
        "mentioned_in_story",
        _("${actor} mentioned you in a story"),
        "/stories/{id}",
        label=_("Mentions of you in stories"),
        icon="mention",
        color="#2b8fb3",
    )
    channels.register(app.channels)
    jobs.register(app.jobs)
    my_data.register(app.personal_data)
