"""The landing page of visitors and the feed of members."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.feeds import queries
from web.pages.forms import Form
from web.pages.views import AFTER_LOGIN, page, page_query, see_other


@page("home", Permission.PUBLIC, template="landing")
def landing(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """What Plaza is, for visitors; members go on to their feed."""
    return see_other(AFTER_LOGIN) if request.viewer else {}


@page("feed", Permission.READ, template="feed")
def feed(request: Request) -> dict[str, Any]:
    """What the reader and those they follow shared, and a place to share more."""
    posts = queries.following(request.db, request.member_id, page_query(request, PageQuery))
    return {"form": Form(request, NewPost), "page": posts}


@page("feed", Permission.POST, template="feed", method="POST")
def share(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Share a post."""
    form = Form(request, NewPost)
    post_id = form.submit(lambda new: request.services[ContentService].post(request.member_id, new))
    if post_id:
        return see_other(AFTER_LOGIN)
    return {
        "form": form,
        "page": queries.following(request.db, request.member_id, page_query(request, PageQuery)),
    }
