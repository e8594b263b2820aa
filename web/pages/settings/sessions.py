"""Where the member is logged in."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.sessions import safety
from web.accounts.sessions.service import SessionService
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.pages.notices import leave_notice
from web.pages.settings import settings_page
from web.pages.views import id_in, page_query, see_other

HERE = "/settings/sessions"


@settings_page("sessions", template="sessions")
def sessions(request: Request) -> dict[str, Any]:
    """All devices, the newest log-in first."""
    found = safety.sessions_of(
        request.db,
        request.member_id,
        page_query(request, PageQuery),
        now=request.clock.now(),
        current=request.caller.session_id,
        translate=request.localizer.translate,
    )
    return {"page": found}


@settings_page("end_session", method="POST")
def end_session(request: Request) -> HTTPSeeOther:
    """Log one device out."""
    request.services[SessionService].end_one(
        request.member_id,
        id_in(request, "session_id"),
        current=request.caller.session_id,
        device=request.device,
    )
    return leave_notice(request, see_other(HERE), "session_ended")


@settings_page("end_other_sessions", method="POST")
def end_others(request: Request) -> HTTPSeeOther:
    """Log all other devices out."""
    request.services[SessionService].end_others(
        request.member_id, current=request.caller.session_id, this_too=False, device=request.device
    )
    return leave_notice(request, see_other(HERE), "sessions_ended")
