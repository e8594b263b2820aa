"""What others may see and do, words that one does not want to read, whom one mutes and blocks."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas.settings import Keywords, PrivacyChange
from web.accounts.settings import SettingsService, blocked_keywords_of, privacy_of
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.graph import queries as graph
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.settings import settings_page
from web.pages.views import page_query, see_other

HERE = "/settings/privacy"
FIRST_SHOWN = 5  # of those who are muted or blocked; the others are on pages of their own
ALL_SHOWN = 50


@settings_page("privacy", template="privacy")
def privacy(request: Request) -> dict[str, Any]:
    """All of it."""
    return _page(request)


@settings_page("privacy", template="privacy", method="POST")
def set_privacy(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change what others may see and do."""
    form = Form(request, PrivacyChange, shows=tuple(PrivacyChange.model_fields))
    set_for = request.services[SettingsService].set_privacy
    form.submit(lambda change: set_for(request.member_id, change))
    return _saved(request) if form.is_done else _page(request, form=form)


@settings_page("keywords", template="privacy", method="POST")
def set_keywords(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change the words that one does not want to read."""
    form = Form(request, Keywords, shows=("keywords",))
    set_for = request.services[SettingsService].set_blocked_keywords
    form.submit(lambda words: set_for(request.member_id, words))
    return _saved(request) if form.is_done else _page(request, words=form)


@settings_page("muted", template="kept_away")
def muted(request: Request) -> dict[str, Any]:
    """All whom one mutes."""
    query = page_query(request, PageQuery, limit=ALL_SHOWN)
    return {"kind": "muted", "page": graph.muted(request.db, request.member_id, query)}


@settings_page("blocked", template="kept_away")
def blocked(request: Request) -> dict[str, Any]:
    """All whom one blocks."""
    query = page_query(request, PageQuery, limit=ALL_SHOWN)
    return {"kind": "blocked", "page": graph.blocked(request.db, request.member_id, query)}


def _saved(request: Request) -> HTTPSeeOther:
    return leave_notice(request, see_other(HERE), "saved")


def _page(
    request: Request, form: Form[PrivacyChange] | None = None, words: Form[Keywords] | None = None
) -> dict[str, Any]:
    """What the page shows; the form that was refused is shown as it was sent."""
    if form is None:
        values = privacy_of(request.db, request.member_id).model_dump()
        form = Form(request, PrivacyChange, values, is_sent=False)
    if words is None:
        values = {"keywords": blocked_keywords_of(request.db, request.member_id)}
        words = Form(request, Keywords, values, is_sent=False)
    first = page_query(request, PageQuery, HERE, cursor=None, limit=FIRST_SHOWN)
    return {
        "form": form,
        "words": words,
        "muted": graph.muted(request.db, request.member_id, first),
        "blocked": graph.blocked(request.db, request.member_id, first),
    }
