"""A member's page."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.content.queries import posts_of
from web.content.schemas import PostsQuery
from web.core.requests import Request
from web.core.security import Permission
from web.graph.friends.service import FriendService
from web.graph.muting import MuteService
from web.graph.schemas import BlockWish
from web.graph.service import GraphService
from web.members import queries
from web.pages.forms import Form
from web.pages.languages import own_name
from web.pages.notices import leave_notice
from web.pages.views import AFTER_LOGIN, member_in, next_page, page, page_query, see_other

TABS = ("reels", "media")  # beside all of a member's posts


@page("member", Permission.PUBLIC, template="member")
def show(request: Request) -> dict[str, Any]:
    """Who it is, and what they shared with the reader."""
    return _shown(request)


def _shown(request: Request, block_form: Form[BlockWish] | None = None) -> dict[str, Any]:
    member_id, wanted = member_in(request), request.GET.get("show")
    shown = wanted if wanted in TABS else "all"
    return {
        "member": queries.profile(request.db, member_id, viewer=request.viewer_id),
        "language": own_name,
        "shown": shown,
        "block_form": block_form,
        "page": posts_of(request.db, member_id, request.viewer_id, _posts_query(request, shown)),
    }


def _posts_query(request: Request, shown: str) -> PostsQuery:
    path = request.path_info if shown == "all" else f"{request.path_info}?show={shown}"
    return page_query(request, PostsQuery, path, kind=shown)


@page("block", Permission.FOLLOW, template="member", method="POST")
def block(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Block the member, whose page is gone for the reader then, or take that back."""
    service, member_id = request.services[GraphService], member_in(request)
    if request.POST.get("action") == "unblock":
        service.unblock(request.member_id, member_id)
        return leave_notice(request, see_other(next_page(request, "/settings/privacy")), "unblocked")
    form = Form(request, BlockWish)
    form.submit(lambda wish: service.block(request.member_id, member_id, wish.reason))
    if form.is_done:
        return leave_notice(request, see_other(AFTER_LOGIN), "blocked")
    return _shown(request, form)


@page("mute", Permission.FOLLOW, method="POST")
def mute(request: Request) -> HTTPSeeOther:
    """Leave the member out of the reader's lists, or take that back."""
    service, member_id = request.services[MuteService], member_in(request)
    is_over = request.POST.get("action") == "unmute"
    (service.unmute if is_over else service.mute)(request.member_id, member_id)
    answer = see_other(next_page(request, f"/members/{member_id}"))
    return leave_notice(request, answer, "unmuted" if is_over else "muted")


@page("befriend", Permission.FOLLOW, method="POST")
def befriend(request: Request) -> HTTPSeeOther:
    """Ask the member for friendship, or end it."""
    service, member_id = request.services[FriendService], member_in(request)
    answer = see_other(f"/members/{member_id}")
    if request.POST.get("action") == "unfriend":
        service.unfriend(request.member_id, member_id)
        return answer
    service.ask(request.member_id, member_id)
    return leave_notice(request, answer, "asked")


@page("follow", Permission.FOLLOW, method="POST")
def follow(request: Request) -> HTTPSeeOther:
    """Follow the member, or stop following them."""
    service = request.services[GraphService]
    act = service.unfollow if request.POST.get("action") == "unfollow" else service.follow
    relationship = act(request.member_id, member_in(request))
    return see_other(next_page(request, f"/members/{relationship.user_id}"))
