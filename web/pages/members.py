"""A member's page."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.content.queries import posts_of
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.graph.friends.service import FriendService
from web.graph.muting import MuteService
from web.graph.service import GraphService
from web.members import queries
from web.pages.languages import own_name
from web.pages.notices import leave_notice
from web.pages.views import AFTER_LOGIN, member_in, next_page, page, page_query, see_other


@page("member", Permission.PUBLIC, template="member")
def show(request: Request) -> dict[str, Any]:
    """Who it is, and what they shared with the reader."""
    member_id = member_in(request)
    return {
        "member": queries.profile(request.db, member_id, viewer=request.viewer_id),
        "language": own_name,
        "page": posts_of(request.db, member_id, request.viewer_id, page_query(request, PageQuery)),
    }


@page("block", Permission.FOLLOW, method="POST")
def block(request: Request) -> HTTPSeeOther:
    """Block the member, whose page is gone for the reader then, or take that back."""
    service, member_id = request.services[GraphService], member_in(request)
    if request.POST.get("action") == "unblock":
        service.unblock(request.member_id, member_id)
        return leave_notice(request, see_other("/settings/privacy"), "unblocked")
    service.block(request.member_id, member_id)
    return leave_notice(request, see_other(AFTER_LOGIN), "blocked")


@page("mute", Permission.FOLLOW, method="POST")
def mute(request: Request) -> HTTPSeeOther:
    """Leave the member out of the reader's lists, or take that back."""
    service, member_id = request.services[MuteService], member_in(request)
    is_over = request.POST.get("action") == "unmute"
    (service.unmute if is_over else service.mute)(request.member_id, member_id)
    return leave_notice(request, see_other(f"/members/{member_id}"), "unmuted" if is_over else "muted")


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
