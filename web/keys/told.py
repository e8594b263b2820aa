"""What members are told of keys and sealed messages."""

from web.core.i18n import _
from web.notifications.types import EMAIL, USUALLY, Category, NotificationTypes, Plural

SEALED = "#6d5bd0"
_SENT = _("${actor} sent you a sealed message")


def register(types: NotificationTypes) -> None:
    """Declare the types. What could be somebody else at the member's account goes out by mail, too."""
    types.add(
        "secret_message",
        _SENT,
        "/messages",
        label=_("Sealed messages"),
        icon="lock",
        color=SEALED,
        # What waits of one sender is one notification; nobody else is ever in it.
        group=Plural(_SENT, _SENT),
    )
    types.add(
        "key_exchange_started",
        _("${actor} wants to exchange sealed messages with you"),
        "/messages",
        label=_("Requests for sealed messages"),
        icon="key",
        color=SEALED,
    )
    types.add(
        "key_exchange_done",
        _("${actor} exchanges sealed messages with you now"),
        "/messages",
        label=_("Answers to requests for sealed messages"),
        icon="key",
        color=SEALED,
    )
    types.add(
        "secret_device_added",
        _("A new device can read your sealed messages"),
        "/messages",
        label=_("New devices for sealed messages"),
        message=_("If you did not add it, remove it and end your other sessions."),
        category=Category.SYSTEM,
        icon="shield",
        color=SEALED,
        urgent=True,
        channels=USUALLY | {EMAIL},
    )
    types.add(
        "key_rotation_due",
        _("It is time for a new key for your sealed messages"),
        "/messages",
        label=_("Reminders of new keys"),
        message=_("One of your devices has had the same key for 90 days."),
        category=Category.SYSTEM,
        icon="key",
        color=SEALED,
    )
