"""What can be done with a comment: liking, correcting, editing it, taking it back."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.content import history, queries
from web.content.comments import CommentService
from web.content.reacting import ReactionService
from web.content.schemas import CommentChange, CommentItem, NewCorrection
from web.core.errors import NotFound
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.views import id_in, page, page_query, see_other


@page("like_comment", Permission.REACT, method="POST")
def like(request: Request) -> HTTPSeeOther:
    """Like the comment, or take the like back."""
    service, comment = request.services[ReactionService], _comment(request)
    act = service.unlike_comment if request.POST.get("action") == "unlike" else service.like_comment
    act(request.member_id, comment.id)
    return see_other(address(comment))


@page("edit_comment", Permission.READ, template="edit_comment")
def edit_form(request: Request) -> dict[str, Any]:
    """What the comment says now."""
    comment = _own_comment(request)
    return _shown(comment, Form(request, CommentChange, {"body": comment.body}))


@page("edit_comment", Permission.REACT, template="edit_comment", method="POST")
def edit(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Write the comment anew; what it said before is kept."""
    form, comment = Form(request, CommentChange), _own_comment(request)
    form.submit(lambda change: request.services[CommentService].edit(request.member_id, comment.id, change))
    return see_other(address(comment)) if form.is_done else _shown(comment, form)


@page("correct_comment", Permission.READ, template="correct_comment")
def correct_form(request: Request) -> dict[str, Any]:
    """Somebody else's comment, to be written as it should read."""
    comment = _comment(request)
    return _shown(comment, Form(request, NewCorrection, {"corrected": comment.body}))


@page("correct_comment", Permission.REACT, template="correct_comment", method="POST")
def correct(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Answer the comment with how it should read."""
    form, comment = Form(request, NewCorrection), _comment(request)
    form.submit(lambda new: request.services[CommentService].correct(request.member_id, comment.id, new))
    return see_other(address(comment)) if form.is_done else _shown(comment, form)


@page("comment_history", Permission.READ, template="history")
def former(request: Request) -> dict[str, Any]:
    """What one's own comment said before."""
    comment = _own_comment(request)
    query = page_query(request, PageQuery)
    return {
        "back": address(comment),
        "page": history.of_comment(request.db, comment.id, request.member_id, query),
    }


@page("delete_comment", Permission.REACT, method="POST")
def delete(request: Request) -> HTTPSeeOther:
    """Take the comment back."""
    comment = _comment(request)
    request.services[CommentService].delete(request.member_id, comment.id)
    return see_other(f"/posts/{comment.post_id}#comments")


def address(comment: CommentItem) -> str:
    """Where a comment is shown, with the replies to it, however many others there are."""
    return f"/posts/{comment.post_id}?thread={comment.id}#comment-{comment.id}"


def _shown(comment: CommentItem, form: Form[Any]) -> dict[str, Any]:
    return {"form": form, "comment": comment, "back": address(comment)}


def _comment(request: Request) -> CommentItem:
    """The comment in the page's address, which has to be more than an empty place."""
    comment = queries.comment_by_id(request.db, id_in(request, "comment_id"), request.member_id)
    if comment.author is None:
        raise NotFound()
    return comment


def _own_comment(request: Request) -> CommentItem:
    comment = _comment(request)
    if comment.author is None or comment.author.id != request.member_id:
        raise NotFound()
    return comment
