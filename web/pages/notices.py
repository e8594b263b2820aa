"""Short messages that a form leaves for the page that it leads to, shown once.

A cookie carries the name of the message, never its text, so that nobody can put words into our mouth.
"""

from pyramid.httpexceptions import HTTPSeeOther

from web.core.i18n import _
from web.core.requests import Request

COOKIE = "plaza_notice"
SECONDS = 60

_TEXTS = {
    "welcome_back": _("Welcome back! Your account is active again."),
    "saved": _("Saved."),
    "code_sent": _("We have sent you another code."),
    "password_changed": _("Your password is changed."),
    "password_reset": _("Your new password is set. Log in with it now."),
    "email_changed": _("Your address is changed."),
    "email_removed": _("Your address is removed."),
    "phone_changed": _("Your phone number is saved."),
    "phone_removed": _("Your phone number is removed."),
    "google_removed": _("Your Google account is not linked any more."),
    "passkey_added": _("The passkey is added."),
    "passkey_renamed": _("The passkey has a new name."),
    "passkey_removed": _("The passkey is removed."),
    "second_factor_off": _("Two-step log-in is off."),
    "session_ended": _("That session has ended."),
    "sessions_ended": _("All other sessions have ended."),
    "device_removed": _("You are not told on that device any more."),
    "picture_sent": _("Your picture is being made ready. It will show in a moment."),
    "picture_removed": _("Your picture is removed."),
    "shared": _("Shared."),
    "answered": _("Your answer was sent."),
    "muted": _("You do not see their posts in lists any more. They are not told."),
    "unmuted": _("You see their posts again."),
    "asked": _("Your request was sent."),
    "checked_in": _("You have checked in."),
    "partnership_ended": _("It is over. They are not told."),
    "room_left": _("You have left the room."),
    "room_closed": _("The room is closed."),
    "blocked": _("You will not see each other any more."),
    "unblocked": _("You can see each other again."),
    "conversation_left": _("It is out of your list. They are not told, unless it is a group."),
    "forwarded": _("Passed on."),
    "deactivated": _("Your account is deactivated. Log in within 30 days to come back."),
    "deletion_requested": _("Your account will be deleted. You can change your mind until then."),
    "deletion_cancelled": _("Your account stays. Good to have you here!"),
    "data_requested": _("We are putting your copy together. You will get a mail when it is ready."),
}


def leave_notice(request: Request, answer: HTTPSeeOther, name: str) -> HTTPSeeOther:
    """Let the next page show a message."""
    secure = request.settings.public_url.startswith("https://")
    answer.set_cookie(COOKIE, name, max_age=SECONDS, samesite="Lax", httponly=True, secure=secure)
    return answer


def notice_of(request: Request) -> str | None:
    """The message that was left for this page, which is forgotten with it."""
    text = _TEXTS.get(request.cookies.get(COOKIE, ""))
    if text is None:
        return None
    request.response.delete_cookie(COOKIE)
    translated: str = request.localizer.translate(text)
    return translated
