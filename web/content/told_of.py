"""The types of notifications that authors get, and those whom they name."""

from web.core.i18n import _
from web.notifications.types import NotificationTypes, ngettext

LIKES = "#e0455e"
WORDS = "#2b8fb3"


def register(types: NotificationTypes) -> None:
    """Declare them."""
    _about_posts(types)
    _about_comments(types)


def _about_posts(types: NotificationTypes) -> None:
    types.add(
        "content_liked",
        _("${actor} likes your post"),
        "/posts/{id}",
        label=_("Likes of your posts"),
        icon="like",
        color=LIKES,
        group=ngettext(
            "${actor} and ${count} other like your post", "${actor} and ${count} others like your post"
        ),
        once=True,
        each=False,
    )
    types.add(
        "content_commented",
        _("${actor} commented on your post"),
        "/posts/{id}",
        label=_("Comments on your posts"),
        icon="comment",
        color=WORDS,
        group=ngettext(
            "${actor} and ${count} other commented on your post",
            "${actor} and ${count} others commented on your post",
        ),
    )
    types.add(
        "content_shared",
        _("${actor} shared your post"),
        "/posts/{id}",
        label=_("Shares of your posts"),
        icon="share",
        color=WORDS,
        group=ngettext(
            "${actor} and ${count} other shared your post", "${actor} and ${count} others shared your post"
        ),
    )
    types.add(
        "mentioned",
        _("${actor} mentioned you"),
        "/posts/{id}",
        label=_("Mentions of you"),
        icon="mention",
        color=WORDS,
    )


def _about_comments(types: NotificationTypes) -> None:
    types.add(
        "comment_answered",
        _("${actor} answered your comment"),
        "/posts/{id}",
        label=_("Answers to your comments"),
        icon="comment",
        color=WORDS,
    )
    types.add(
        "comment_corrected",
        _("${actor} corrected your comment"),
        "/posts/{id}",
        label=_("Corrections of your comments"),
        icon="correction",
        color=WORDS,
    )
    types.add(
        "comment_liked",
        _("${actor} likes your comment"),
        "/posts/{id}",
        label=_("Likes of your comments"),
        icon="like",
        color=LIKES,
        group=ngettext(
            "${actor} and ${count} other like your comment", "${actor} and ${count} others like your comment"
        ),
        once=True,
        each=False,
    )
