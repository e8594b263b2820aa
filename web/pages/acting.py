"""What can be done with a post: liking, keeping, sharing, editing, archiving, taking it back."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.content import queries
from web.content.reacting import ReactionService
from web.content.reaction_queries import likers, saved
from web.content.schemas import NewShare, PostChange
from web.content.service import ContentService
from web.content.sharing import ShareService
from web.core.errors import NotFound
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.views import AFTER_LOGIN, id_in, next_page, page, page_query, see_other


@page("like", Permission.REACT, method="POST")
def like(request: Request) -> HTTPSeeOther:
    """Like the post, or take the like back."""
    service = request.services[ReactionService]
    act = service.unlike if request.POST.get("action") == "unlike" else service.like
    state = act(request.member_id, id_in(request, "post_id"))
    return see_other(next_page(request, f"/posts/{state.post_id}"))


@page("likes", Permission.READ, template="likers")
def who_likes(request: Request) -> dict[str, Any]:
    """Who likes the post."""
    post_id = id_in(request, "post_id")
    return {
        "post": queries.post(request.db, post_id, request.member_id),
        "page": likers(request.db, post_id, request.member_id, page_query(request, PageQuery)),
    }


@page("save", Permission.REACT, method="POST")
def save(request: Request) -> HTTPSeeOther:
    """Put the post into the reader's collection, or take it out."""
    service = request.services[ReactionService]
    act = service.unsave if request.POST.get("action") == "unsave" else service.save
    state = act(request.member_id, id_in(request, "post_id"))
    return see_other(next_page(request, f"/posts/{state.post_id}"))


@page("saved", Permission.READ, template="saved")
def collection(request: Request) -> dict[str, Any]:
    """What the reader keeps; nobody else sees it."""
    return {"page": saved(request.db, request.member_id, page_query(request, PageQuery))}


@page("share", Permission.READ, template="share")
def share_form(request: Request) -> dict[str, Any]:
    """The post, and room for words of one's own."""
    post = queries.post(request.db, id_in(request, "post_id"), request.member_id)
    return {"form": Form(request, NewShare), "post": post}


@page("share", Permission.POST, template="share", method="POST")
def share(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Show the post to one's own readers; without words, once."""
    form, post_id = Form(request, NewShare), id_in(request, "post_id")
    if form.submit(lambda new: request.services[ShareService].share(request.member_id, post_id, new)):
        return leave_notice(request, see_other(AFTER_LOGIN), "shared")
    return {"form": form, "post": queries.post(request.db, post_id, request.member_id)}


@page("edit_post", Permission.READ, template="edit_post")
def edit_form(request: Request) -> dict[str, Any]:
    """What the post says now."""
    post = queries.post(request.db, id_in(request, "post_id"), request.member_id)
    if post.author.id != request.member_id:
        raise NotFound()
    return {
        "form": Form(request, PostChange, {"body": post.body, "visibility": post.visibility}),
        "post": post,
    }


@page("edit_post", Permission.POST, template="edit_post", method="POST")
def edit(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change the post; what it said before is kept."""
    form, post_id = Form(request, PostChange, shows=("body",)), id_in(request, "post_id")
    form.submit(lambda change: request.services[ContentService].edit(request.member_id, post_id, change))
    if form.is_done:
        return see_other(f"/posts/{post_id}")
    return {"form": form, "post": queries.post(request.db, post_id, request.member_id)}


@page("archive_post", Permission.POST, method="POST")
def archive(request: Request) -> HTTPSeeOther:
    """Take the post out of everybody's sight but one's own, or show it again."""
    service, post_id = request.services[ContentService], id_in(request, "post_id")
    act = service.unarchive if request.POST.get("action") == "restore" else service.archive
    act(request.member_id, post_id)
    return see_other(f"/posts/{post_id}")


@page("delete_post", Permission.POST, method="POST")
def delete(request: Request) -> HTTPSeeOther:
    """Take the post back."""
    request.services[ContentService].delete(request.member_id, id_in(request, "post_id"))
    return see_other(AFTER_LOGIN)
