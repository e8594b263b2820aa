"""Pages for refusals that a sentence does not explain: how the account stands, or what has to come first."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from pyramid.config import Configurator
from pyramid.renderers import render_to_response
from pyramid.response import Response

from web.core.errors import (
    AccountBanned,
    AccountDeactivated,
    AccountLeaving,
    AccountSuspended,
    DomainError,
    ProfileIncomplete,
    ReauthenticationRequired,
)
from web.core.requests import Request
from web.pages.views import AFTER_LOGIN, see_other

SETTINGS = "/settings/"


def shut_out(error: DomainError, request: Request) -> Response:
    """Why the account cannot be used, until when, and what can be done about it."""
    until = error.details.get("suspended_until")
    values: dict[str, Any] = {
        "code": error.code,
        "until": datetime.fromisoformat(until) if until else None,
        "erased_on": request.viewer.erased_on if request.is_safe and request.viewer else None,
    }
    response: Response = render_to_response("web:templates/shut_out.jinja2", values, request=request)
    response.status_int = error.status
    return response


def prove_first(error: DomainError, request: Request) -> Response:
    """Where a member proves once more who they are, and from where they come back to what they wanted."""
    return see_other(f"/prove-it?next={quote(wanted_page(request))}")


def complete_first(error: DomainError, request: Request) -> Response:
    """Where a member tells their birth date."""
    wanted = request.path_info if request.is_safe else AFTER_LOGIN
    return see_other(f"/birth-date?next={quote(wanted)}")


def wanted_page(request: Request) -> str:
    """The page that a request was for; for what only forms post to, the page of settings that it is on."""
    path: str = request.path_info
    return path if request.is_safe or not path.startswith(SETTINGS) else "/".join(path.split("/")[:3])


def includeme(config: Configurator) -> None:
    """Hand the pages over."""
    for kind in (AccountBanned, AccountDeactivated, AccountLeaving, AccountSuspended):
        config.add_error_page(kind, shut_out)
    config.add_error_page(ReauthenticationRequired, prove_first)
    config.add_error_page(ProfileIncomplete, complete_first)
