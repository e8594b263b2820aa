"""Talking with a stranger. What is said goes over the socket alone, so everything here needs scripts."""

from typing import Any

from web.accounts import queries
from web.core.requests import Request
from web.core.security import Permission
from web.core.settings import Settings
from web.matching.errors import AdultsOnly
from web.matching.schemas import NewWish, ReportReason
from web.matching.service import MatchingService
from web.pages.forms import Form
from web.pages.languages import COMMON, own_name
from web.pages.views import page

# The one page that may ask for what calls need; all others may not (see web.core.requests).
DEVICES = "geolocation=(), microphone=(self), camera=(self)"


@page("anonymous", Permission.MESSAGE, template="anonymous")
def anonymous(request: Request) -> dict[str, Any]:
    """Whom the reader would like to meet, the line, and the talk; only for adults."""
    try:
        request.services[MatchingService].require_adult(request.member_id)
    except AdultsOnly:
        return {"is_adult": False}
    request.response.headers["Permissions-Policy"] = DEVICES
    me = queries.me(request.db, request.member_id)
    wish = {
        "speaks": me.native_languages,
        "learns": me.target_languages,
        "interests": me.interests,
    }
    tags = dict.fromkeys((*COMMON, *me.native_languages, *me.target_languages))
    return {
        "is_adult": True,
        "calls_are_direct": request.services[Settings].webrtc_direct,
        "form": Form(request, NewWish, wish),
        "languages": [(tag, own_name(tag)) for tag in tags],
        "reasons": list(ReportReason),
    }
