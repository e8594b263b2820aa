"""The types of what the features below do, and of messages, which messaging tells through the service."""

from web.accounts.sessions.mails import WHAT_HAPPENED
from web.core.i18n import _
from web.notifications.service import MESSAGE, MESSAGE_REQUEST
from web.notifications.types import Category, NotificationTypes, ngettext

PEOPLE = "#4f6bed"
MESSAGES = "#2f9e6e"
SAFETY = "#b3261e"

SECURITY = "security"


def register(types: NotificationTypes) -> None:
    """Declare them."""
    _about_people(types)
    _about_messages(types)
    _about_safety(types)


def _about_people(types: NotificationTypes) -> None:
    types.add(
        "member_followed",
        _("${actor} follows you now"),
        "/members/{id}",
        label=_("New followers"),
        icon="follow",
        color=PEOPLE,
        once=True,
    )
    types.add(
        "follow_request",
        _("${actor} asks to follow you"),
        "/friends",
        label=_("Requests to follow you"),
        icon="follow",
        color=PEOPLE,
    )
    types.add(
        "follow_approved",
        _("${actor} lets you follow them"),
        "/members/{id}",
        label=_("Answers to your requests to follow"),
        icon="follow",
        color=PEOPLE,
        once=True,
    )
    types.add(
        "friend_request",
        _("${actor} wants to be your friend"),
        "/friends",
        label=_("Friend requests"),
        icon="friend",
        color=PEOPLE,
    )
    types.add(
        "friend_accepted",
        _("${actor} is your friend now"),
        "/members/{id}",
        label=_("New friends"),
        icon="friend",
        color=PEOPLE,
        once=True,
    )


def _about_messages(types: NotificationTypes) -> None:
    types.add(
        MESSAGE,
        _("${actor} sent you a message"),
        "/messages/{id}",
        label=_("Messages"),
        icon="message",
        color=MESSAGES,
        group=ngettext(
            "${actor} and ${count} other wrote to you", "${actor} and ${count} others wrote to you"
        ),
    )
    types.add(
        MESSAGE_REQUEST,
        _("${actor} would like to write to you"),
        "/messages/{id}",
        label=_("Message requests"),
        icon="message",
        color=MESSAGES,
        group=ngettext(
            "${actor} and ${count} other would like to write to you",
            "${actor} and ${count} others would like to write to you",
        ),
        each=False,
    )


def _about_safety(types: NotificationTypes) -> None:
    """In the app and by push, also at night; the mails are those of accounts."""
    types.add(
        SECURITY,
        _("News about the safety of your account"),
        "/settings/security",
        label=_("Safety of your account"),
        variants={kind.value: text for kind, text in WHAT_HAPPENED.items()},
        category=Category.SYSTEM,
        icon="security",
        color=SAFETY,
        urgent=True,
        has_own_mail=True,
    )
