"""Choosing the language of the pages."""

from pyramid.httpexceptions import HTTPSeeOther

from web.core.i18n import COOKIE, LOCALES
from web.core.requests import Request
from web.core.security import Permission
from web.pages.views import next_page, page, see_other

A_YEAR = 365 * 86400


@page("language", Permission.PUBLIC, method="POST")
def choose(request: Request) -> HTTPSeeOther:
    """Remember the chosen language in this browser; one that there is not changes nothing."""
    answer = see_other(next_page(request, "/"))
    language = request.POST.get("language")
    if language in LOCALES:
        secure = request.settings.public_url.startswith("https://")
        answer.set_cookie(COOKIE, language, max_age=A_YEAR, samesite="Lax", httponly=True, secure=secure)
    return answer
