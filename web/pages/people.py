"""Lists of members: who follows whom, friends, and who asks to be let in."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.core.pagination import PageQuery
from web.core.relations import MemberPolicy
from web.core.requests import Request
from web.core.security import Permission
from web.graph import queries as graph
from web.graph.follow_requests import FollowRequestService
from web.graph.friends import queries as friends
from web.graph.friends.schemas import Direction, FriendRequestItem, FriendRequestsQuery
from web.graph.friends.service import FriendService
from web.members import queries as members
from web.pages.views import id_in, member_in, page, page_query, see_other

MOST_REQUESTS = 50


@page("followers", Permission.READ, template="people")
def followers(request: Request) -> dict[str, Any]:
    """Who follows the member, as far as the member shows it."""
    member_id = member_in(request)
    request.services[MemberPolicy].require_followers_list(request.member_id, member_id)
    query = page_query(request, PageQuery)
    return {
        "shown": "followers",
        "member": members.profile(request.db, member_id, viewer=request.member_id),
        "page": graph.followers(request.db, member_id, request.member_id, query),
    }


@page("following", Permission.READ, template="people")
def following(request: Request) -> dict[str, Any]:
    """Whom the member follows, as far as the member shows it."""
    member_id = member_in(request)
    request.services[MemberPolicy].require_following_list(request.member_id, member_id)
    query = page_query(request, PageQuery)
    return {
        "shown": "following",
        "member": members.profile(request.db, member_id, viewer=request.member_id),
        "page": graph.following(request.db, member_id, request.member_id, query),
    }


@page("friends_of", Permission.READ, template="people")
def friends_of(request: Request) -> dict[str, Any]:
    """With whom the member is friends, as far as the member shows it."""
    member_id = member_in(request)
    request.services[MemberPolicy].require_friends_list(request.member_id, member_id)
    query = page_query(request, PageQuery)
    return {
        "shown": "friends",
        "member": members.profile(request.db, member_id, viewer=request.member_id),
        "page": friends.friends_of(request.db, member_id, request.member_id, query),
    }


@page("friends", Permission.READ, template="friends")
def my_friends(request: Request) -> dict[str, Any]:
    """The reader's friends, and everybody who asks something of the reader or is asked."""
    me = request.member_id

    def asking(direction: Direction) -> list[FriendRequestItem]:
        query = page_query(
            request, FriendRequestsQuery, cursor=None, limit=MOST_REQUESTS, direction=direction
        )
        return friends.friend_requests(request.db, me, query).items

    first = page_query(request, PageQuery, cursor=None, limit=MOST_REQUESTS)
    return {
        "received": asking(Direction.RECEIVED),
        "sent": asking(Direction.SENT),
        "followers": graph.follow_requests(request.db, me, first).items,
        "page": friends.friends_of(request.db, me, me, page_query(request, PageQuery)),
    }


@page("friend_request", Permission.FOLLOW, method="POST")
def answer_friend_request(request: Request) -> HTTPSeeOther:
    """Accept a friend request, turn it down, or take one's own back."""
    service = request.services[FriendService]
    acts = {"accept": service.accept, "decline": service.decline, "withdraw": service.withdraw}
    acts.get(request.POST.get("action", ""), service.decline)(request.member_id, id_in(request, "request_id"))
    return see_other("/friends")


@page("follow_request", Permission.FOLLOW, method="POST")
def answer_follow_request(request: Request) -> HTTPSeeOther:
    """Let somebody in as a follower, or not."""
    service = request.services[FollowRequestService]
    act = service.approve if request.POST.get("action") == "approve" else service.decline
    act(request.member_id, member_in(request))
    return see_other("/friends")
