"""The settings: one page for each topic, all reached from the others.

Sensitive forms have pages of their own, which want a recent proof before they are shown, so that nobody fills
in a form in vain.
"""

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.sessions.service import SessionService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.views import page, see_other


def settings_page(route: str, *, template: str | None = None, method: str = "GET") -> Callable[[Any], Any]:
    """Declare a view of the settings, which incomplete and leaving members may use as well."""
    return page(route, Permission.ACCOUNT, template=template and f"settings/{template}", method=method)


def require_recent_proof(request: Request) -> None:
    """Make sure that the form is shown only to who may send it.

    Raises:
        ReauthenticationRequired
    """
    request.services[SessionService].require_recent_proof(request.caller.session_id)


@settings_page("settings")
def first_page(request: Request) -> HTTPSeeOther:
    """The settings begin with the profile."""
    return see_other("/settings/profile")
