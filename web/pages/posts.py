"""A post with its comments."""

from typing import Any
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther

from web.content import queries
from web.content.comments import CommentService
from web.content.schemas import CommentItem, NewComment
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.views import id_from, id_in, page, page_query, see_other

MOST_REPLIES = 100  # shown under a comment


@page("post", Permission.PUBLIC, template="post")
def show(request: Request) -> dict[str, Any]:
    """A post and the comments on it."""
    return _shown(request, id_in(request, "post_id"), Form(request, NewComment))


@page("post", Permission.REACT, template="post", method="POST")
def comment(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Comment on the post."""
    post_id = id_in(request, "post_id")
    form = Form(request, NewComment)
    written = form.submit(
        lambda new: request.services[CommentService].comment(request.member_id, post_id, new)
    )
    if written:
        thread = f"?thread={written.parent_id}" if written.parent_id else ""
        return see_other(f"/posts/{post_id}{thread}#comment-{written.id}")
    return _shown(request, post_id, form)


def _shown(request: Request, post_id: UUID, form: Form[NewComment]) -> dict[str, Any]:
    """The post, its comments, and the replies to the one comment whose ``thread`` is open."""
    thread = id_from(request.GET["thread"]) if "thread" in request.GET else None
    viewer = request.viewer_id
    return {
        "form": form,
        "post": queries.post(request.db, post_id, viewer),
        "page": queries.comments(request.db, post_id, viewer, page_query(request, PageQuery)),
        "thread": thread,
        "replies": _replies(request, thread) if thread else None,
    }


def _replies(request: Request, comment_id: UUID) -> Page[CommentItem]:
    query = page_query(request, PageQuery, cursor=None, limit=MOST_REPLIES)
    return queries.replies(request.db, comment_id, request.viewer_id, query)
