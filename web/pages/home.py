"""The landing page of visitors and the feeds of members."""

from typing import Annotated, Any

from pydantic import StringConstraints
from pyramid.httpexceptions import HTTPSeeOther

from web.content.schemas import LONGEST_BODY, NewPost
from web.content.service import ContentService
from web.content.stories import queries as stories
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.feeds.schemas import FeedItem, FeedQuery
from web.feeds.service import FeedService
from web.pages.forms import Form
from web.pages.suggestions import suggested
from web.pages.views import AFTER_LOGIN, page, page_query, see_other

MOST_STORIES = 30  # members whose stories are shown above the feed


class NewText(NewPost):
    """What the form shares without scripts, which show how far pictures are: only texts."""

    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_BODY)]


@page("home", Permission.PUBLIC, template="landing")
def landing(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """What Plaza is, for visitors; members go on to their feed."""
    return see_other(AFTER_LOGIN) if request.viewer else {}


@page("feed", Permission.READ, template="feed")
def feed(request: Request) -> dict[str, Any]:
    """What others share with the reader, and a place to share more."""
    return _shown(request, Form(request, NewText))


@page("feed", Permission.POST, template="feed", method="POST")
def share(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Share a text."""
    form = Form(request, NewText)
    if form.submit(lambda new: request.services[ContentService].post(request.member_id, new)):
        return see_other(AFTER_LOGIN)
    return _shown(request, form)


def _shown(request: Request, form: Form[NewText]) -> dict[str, Any]:
    shown = request.GET.get("show", "following")
    tray = page_query(request, PageQuery, "/stories", cursor=None, limit=MOST_STORIES)
    posts = _feed(request, shown)
    return {
        "form": form,
        "shown": shown,
        "page": posts,
        "suggestions": [] if posts.items else suggested(request),
        "stories": stories.tray(request.db, request.member_id, tray),
    }


def _feed(request: Request, shown: str) -> Page[FeedItem]:
    """The feed of a tab; whom one follows, when there is no such tab."""
    service = request.services[FeedService]
    path = f"/feed?show={shown}"
    if shown == "for-you":
        return service.feed(request.member_id, page_query(request, FeedQuery, path))
    query = page_query(request, PageQuery, path)
    if shown == "discover":
        return service.discover(request.member_id, query)
    return service.by_time(request.member_id, "friends" if shown == "friends" else "following", query)
