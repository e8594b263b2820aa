"""A post with its comments."""

from typing import Any
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther

from web.content import queries
from web.content.comments import CommentService
from web.content.schemas import CommentItem, NewComment
from web.core.errors import NotFound
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.views import id_from, id_in, page, page_query, see_other

MOST_REPLIES = 100  # shown under a comment at once


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
    """The post, its comments, and the replies to the one comment whose ``thread`` is open.

    Where that is a reply, or a comment of another page, it is shown alone.
    """
    thread = _open_thread(request, form)
    viewer = request.viewer_id
    post = queries.post(request.db, post_id, viewer)
    page = queries.comments(request.db, post_id, viewer, page_query(request, PageQuery))
    is_alone = thread is not None and thread not in {each.id for each in page.items}
    if thread is not None and is_alone:
        page = Page(items=[_comment_on(request, post_id, thread)])
    return {
        "form": form,
        "post": post,
        "page": page,
        "thread": thread,
        "is_alone": is_alone,
        "replies": _replies(request, thread) if thread is not None else None,
    }


def _open_thread(request: Request, form: Form[NewComment]) -> UUID | None:
    """The comment whose replies are asked for; of a refused reply, the one that it answers."""
    if request.method == "GET":
        return id_from(request.GET["thread"]) if "thread" in request.GET else None
    parent = form.values.get("parent_id")
    return id_from(parent) if parent else None


def _comment_on(request: Request, post_id: UUID, comment_id: UUID) -> CommentItem:
    comment = queries.comment_by_id(request.db, comment_id, request.viewer_id)
    if comment.post_id != post_id:
        raise NotFound()
    return comment


def _replies(request: Request, comment_id: UUID) -> Page[CommentItem]:
    path, cursor = f"{request.path_info}?thread={comment_id}", request.GET.get("replies")
    query = page_query(request, PageQuery, path, cursor=cursor, limit=MOST_REPLIES)
    return queries.replies(request.db, comment_id, request.viewer_id, query)
