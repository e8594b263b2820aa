"""Languages: the one that the pages are in, and the names of those that people speak."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.service import AccountService
from web.core.i18n import COOKIE, LOCALES
from web.core.requests import Request
from web.core.security import Permission
from web.pages.views import next_page, page, see_other

A_YEAR = 365 * 86400
# What members are offered to choose from; any other tag may be set through the API.
COMMON = (
    *("ko", "en", "ja", "es", "zh-Hans", "zh-Hant", "fr", "de", "pt", "it", "ru", "vi", "th", "id", "hi"),
    *("ar", "tr", "nl", "pl", "sv", "uk", "fil", "mn"),
)


@page("language", Permission.PUBLIC, method="POST")
def choose(request: Request) -> HTTPSeeOther:
    """Remember the chosen language in this browser, and for a member everywhere; an unknown one is none."""
    answer = see_other(next_page(request, "/"))
    language = request.POST.get("language")
    if language in LOCALES:
        secure = request.settings.public_url.startswith("https://")
        answer.set_cookie(COOKIE, language, max_age=A_YEAR, samesite="Lax", httponly=True, secure=secure)
        if request.viewer_id is not None:
            request.services[AccountService].set_locale(request.viewer_id, language)
    return answer


@lru_cache(maxsize=512)
def own_name(tag: str) -> str:
    """A language as its speakers call it; the BCP 47 tag itself where CLDR has no name for it."""
    try:
        return Locale.parse(tag, sep="-").get_display_name() or tag
    except (UnknownLocaleError, ValueError):
        return tag
