"""Languages: Korean, English, Japanese, Spanish, with gettext catalogues in ``web/locale``."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from pyramid.config import Configurator
from pyramid.i18n import TranslationStringFactory, make_localizer
from pyramid.request import Request

LOCALES = ("ko", "en", "ja", "es")
DEFAULT_LOCALE = "ko"
COOKIE = "plaza_language"
DOMAIN = "plaza"

FOLDER = Path(__file__).parent.parent / "locale"

_ = TranslationStringFactory(DOMAIN)


@cache
def translator(locale: str) -> Callable[[str], str]:
    """Translates marked texts into a language, outside of requests."""
    translate: Callable[[str], str] = make_localizer(locale, [str(FOLDER)]).translate
    return translate


def negotiate(request: Request) -> str:
    """The language of an answer.

    Pages follow the member's language, then what was chosen in this browser (the cookie), then the browser's;
    API messages follow the browser alone, so that a client gets what it asked for.
    """
    if not request.path_info.startswith("/api/"):
        for language in (_language_of_caller(request), request.cookies.get(COOKIE)):
            if language in LOCALES:
                return str(language)
    best: str = request.accept_language.lookup(LOCALES, default=DEFAULT_LOCALE)
    return best


def _language_of_caller(request: Request) -> str | None:
    """The member's own language; unknown while the database is away, because that page must not need it."""
    try:
        identity = request.identity if request.credential else None
    except (sa.exc.DBAPIError, sa.exc.TimeoutError):
        return None
    return identity.locale if identity else None


def includeme(config: Configurator) -> None:
    """Install the catalogues and the negotiator."""
    config.add_translation_dirs("web:locale")
    config.set_locale_negotiator(negotiate)
