"""What can be done with a post: liking, keeping, sharing, editing, archiving, taking it back."""

from typing import Any
from uuid import UUID

from pydantic import field_validator
from pyramid.httpexceptions import HTTPSeeOther

from web.content import history, queries
from web.content.reacting import ReactionService
from web.content.reaction_queries import likers, saved, shares_plainly
from web.content.schemas import NewShare, Post, PostChange
from web.content.service import ContentService
from web.content.sharing import ShareService
from web.core.errors import NotFound
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.views import AFTER_LOGIN, id_in, next_page, page, page_query, see_other


class EditedPost(PostChange):
    """A post as the form sends it: where nothing is left of the body, nothing comes."""

    @field_validator("body", mode="before")
    @classmethod
    def _is_empty_then(cls, body: object) -> object:
        return body or ""


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
    return _share_page(request, Form(request, NewShare))


@page("share", Permission.POST, template="share", method="POST")
def share(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Show the post to one's own readers, without words once; or take the share without words back."""
    service, post_id = request.services[ShareService], id_in(request, "post_id")
    if request.POST.get("action") == "unshare":
        service.unshare(request.member_id, post_id)
        return see_other(f"/posts/{post_id}")
    form = Form(request, NewShare)
    if form.submit(lambda new: service.share(request.member_id, post_id, new)):
        return leave_notice(request, see_other(AFTER_LOGIN), "shared")
    return _share_page(request, form)


@page("edit_post", Permission.READ, template="edit_post")
def edit_form(request: Request) -> dict[str, Any]:
    """What the post says now."""
    post = _own_post(request)
    now = {"body": post.body, "visibility": post.visibility}
    return {"form": Form(request, EditedPost, now), "post": post, "alt_texts": _alt_texts(post)}


@page("edit_post", Permission.POST, template="edit_post", method="POST")
def edit(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change the post; what it said before is kept."""
    post = _own_post(request)
    alt_texts = {each: str(request.POST.get(f"alt-{each}", now)) for each, now in _alt_texts(post).items()}
    entered = [{"media_id": each, "alt_text": text} for each, text in alt_texts.items()]
    form = Form(request, EditedPost, {"alt_texts": entered}, shows=("body",), alt_texts=entered)
    form.submit(lambda change: request.services[ContentService].edit(request.member_id, post.id, change))
    if form.is_done:
        return see_other(f"/posts/{post.id}")
    return {"form": form, "post": post, "alt_texts": alt_texts}


@page("post_history", Permission.READ, template="history")
def former(request: Request) -> dict[str, Any]:
    """What one's own post said before."""
    post = _own_post(request)
    return {
        "back": f"/posts/{post.id}",
        "page": history.of_post(request.db, post.id, request.member_id, page_query(request, PageQuery)),
    }


@page("archived", Permission.READ, template="archived")
def archived(request: Request) -> dict[str, Any]:
    """What the reader put away."""
    return {"page": queries.archived(request.db, request.member_id, page_query(request, PageQuery))}


@page("archive_post", Permission.POST, method="POST")
def archive(request: Request) -> HTTPSeeOther:
    """Take the post out of everybody's sight but one's own, or show it again."""
    service, post_id = request.services[ContentService], id_in(request, "post_id")
    act = service.unarchive if request.POST.get("action") == "restore" else service.archive
    act(request.member_id, post_id)
    return see_other(next_page(request, f"/posts/{post_id}"))


@page("delete_post", Permission.POST, method="POST")
def delete(request: Request) -> HTTPSeeOther:
    """Take the post back."""
    request.services[ContentService].delete(request.member_id, id_in(request, "post_id"))
    return see_other(AFTER_LOGIN)


def _share_page(request: Request, form: Form[NewShare]) -> dict[str, Any]:
    """What would be shared, which is not a share without words but what that shows."""
    post = queries.post(request.db, id_in(request, "post_id"), request.member_id)
    shown = post.shared if post.shared and not post.body else post
    return {"form": form, "post": shown, "is_shared": shares_plainly(request.db, shown.id, request.member_id)}


def _own_post(request: Request) -> Post:
    post = queries.post(request.db, id_in(request, "post_id"), request.member_id)
    if post.author.id != request.member_id:
        raise NotFound()
    return post


def _alt_texts(post: Post) -> dict[UUID, str]:
    """What the media of a post show, in words, by id."""
    return {each.id: each.alt_text or "" for each in post.media}
