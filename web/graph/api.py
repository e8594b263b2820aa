"""Routes of relations."""

from web.accounts.schemas import MemberCard
from web.core.api import MemberPath, Routes
from web.core.errors import RateLimited
from web.core.pagination import Page, PageQuery
from web.core.relations import MemberPolicy
from web.core.requests import Request
from web.core.security import Permission
from web.graph import queries
from web.graph.errors import ListNotShown, SelfBlock, SelfFollow, SelfMute, TooManyWaiting
from web.graph.follow_requests import FollowRequestService
from web.graph.muting import MuteService
from web.graph.schemas import BlockedMember, BlockWish, FollowRequestItem, MutedMember, Relationship
from web.graph.service import GraphService

routes = Routes("graph")


@routes.put(
    "/users/{user_id}/follow",
    permission=Permission.FOLLOW,
    errors=(SelfFollow, TooManyWaiting, RateLimited),
    seeds="003 component 1 POST /users/{id}/follow, 004 accounts follow",
)
def follow(request: Request, path: MemberPath) -> Relationship:
    """Follow a member, or ask to (``requested``) where the profile is not open; twice is as once."""
    return request.services[GraphService].follow(request.member_id, path.user_id)


@routes.delete(
    "/users/{user_id}/follow",
    permission=Permission.FOLLOW,
    status=200,
    seeds="003 component 1 POST /users/{id}/unfollow, 004 accounts unfollow",
)
def unfollow(request: Request, path: MemberPath) -> Relationship:
    """Stop following a member, or take back the request to; twice is the same as once."""
    return request.services[GraphService].unfollow(request.member_id, path.user_id)


@routes.get(
    "/users/{user_id}/followers",
    permission=Permission.READ,
    errors=(ListNotShown,),
    seeds="003 component 1, 002 4.2",
)
def followers(request: Request, path: MemberPath, query: PageQuery) -> Page[MemberCard]:
    """Who follows a member, newest first, as far as the member shows it."""
    request.services[MemberPolicy].require_followers_list(request.member_id, path.user_id)
    return queries.followers(request.db, path.user_id, request.member_id, query)


@routes.get(
    "/users/{user_id}/following",
    permission=Permission.READ,
    errors=(ListNotShown,),
    seeds="003 component 1, 002 4.2",
)
def following(request: Request, path: MemberPath, query: PageQuery) -> Page[MemberCard]:
    """Whom a member follows, newest first, as far as the member shows it."""
    request.services[MemberPolicy].require_following_list(request.member_id, path.user_id)
    return queries.following(request.db, path.user_id, request.member_id, query)


@routes.get("/users/me/follow-requests", permission=Permission.READ, seeds="003 component 1")
def follow_requests(request: Request, query: PageQuery) -> Page[FollowRequestItem]:
    """Who asks to follow the caller, newest first."""
    return queries.follow_requests(request.db, request.member_id, query)


@routes.put("/follow-requests/{user_id}/approve", permission=Permission.FOLLOW, seeds="003 component 1")
def approve_follow(request: Request, path: MemberPath) -> Relationship:
    """Let a member in who asked to follow the caller; twice is the same as once."""
    return request.services[FollowRequestService].approve(request.member_id, path.user_id)


@routes.put("/follow-requests/{user_id}/decline", permission=Permission.FOLLOW, seeds="003 component 1")
def decline_follow(request: Request, path: MemberPath) -> Relationship:
    """Do not let a member in, who is not told; twice is the same as once."""
    return request.services[FollowRequestService].decline(request.member_id, path.user_id)


@routes.put(
    "/users/{user_id}/block",
    permission=Permission.FOLLOW,
    errors=(SelfBlock,),
    seeds="002 4.10 blocked-users, 004 accounts block",
)
def block(request: Request, path: MemberPath, body: BlockWish | None) -> Relationship:
    """Block a member, who is not told; twice is the same as once. The body may be left out."""
    reason = body.reason if body else None
    return request.services[GraphService].block(request.member_id, path.user_id, reason)


@routes.delete(
    "/users/{user_id}/block",
    permission=Permission.FOLLOW,
    status=200,
    errors=(SelfBlock,),
    seeds="002 4.10 blocked-users, 004 accounts unblock",
)
def unblock(request: Request, path: MemberPath) -> Relationship:
    """Take a block back; twice is the same as once. What it ended does not come back."""
    return request.services[GraphService].unblock(request.member_id, path.user_id)


@routes.get("/users/me/blocked", permission=Permission.READ, seeds="002 4.10 GET /users/blocked")
def blocked(request: Request, query: PageQuery) -> Page[BlockedMember]:
    """Whom the caller blocks, newest first."""
    return queries.blocked(request.db, request.member_id, query)


@routes.put(
    "/users/{user_id}/mute",
    permission=Permission.FOLLOW,
    errors=(SelfMute,),
    seeds="003 component 1 POST /users/{id}/mute",
)
def mute(request: Request, path: MemberPath) -> Relationship:
    """Leave a member out of the caller's lists, who does not notice; twice is the same as once."""
    return request.services[MuteService].mute(request.member_id, path.user_id)


@routes.delete(
    "/users/{user_id}/mute",
    permission=Permission.FOLLOW,
    status=200,
    errors=(SelfMute,),
    seeds="003 component 1 POST /users/{id}/unmute",
)
def unmute(request: Request, path: MemberPath) -> Relationship:
    """Take a mute back; twice is the same as once."""
    return request.services[MuteService].unmute(request.member_id, path.user_id)


@routes.get("/users/me/muted", permission=Permission.READ, seeds="003 component 1")
def muted(request: Request, query: PageQuery) -> Page[MutedMember]:
    """Whom the caller mutes, newest first."""
    return queries.muted(request.db, request.member_id, query)
