"""Routes of friendships and friend requests. The caller's own list of friends is with ``members``."""

from web.accounts.schemas import MemberCard
from web.core.api import MemberPath, Routes
from web.core.errors import NotFound, RateLimited
from web.core.pagination import Page, PageQuery
from web.core.relations import MemberPolicy
from web.core.requests import Request
from web.core.security import Permission
from web.graph.errors import ListNotShown, TooManyWaiting
from web.graph.friends import queries
from web.graph.friends.errors import AlreadyFriends, FriendRequestNotAllowed, SelfFriend
from web.graph.friends.schemas import (
    FriendRequestItem,
    FriendRequestPath,
    FriendRequestsQuery,
    MutualKind,
    MutualsQuery,
    NewFriendRequest,
)
from web.graph.friends.service import FriendService
from web.graph.schemas import Relationship

routes = Routes("friends")


@routes.get("/friends/requests", permission=Permission.READ, seeds="002 4.3 GET /friends/requests")
def requests(request: Request, query: FriendRequestsQuery) -> Page[FriendRequestItem]:
    """Friend requests that wait, to the caller or from the caller, newest first."""
    return queries.friend_requests(request.db, request.member_id, query)


@routes.post(
    "/friends/requests",
    permission=Permission.FOLLOW,
    errors=(SelfFriend, AlreadyFriends, FriendRequestNotAllowed, NotFound, TooManyWaiting, RateLimited),
    seeds="002 4.3 POST /friends/requests",
)
def ask(request: Request, body: NewFriendRequest) -> FriendRequestItem:
    """Ask a member for friendship; accepted at once where the member has asked first."""
    return request.services[FriendService].ask(request.member_id, body.user_id)


@routes.put(
    "/friends/requests/{request_id}/accept",
    permission=Permission.FOLLOW,
    seeds="002 4.3 PUT /friends/requests/:requestId/accept",
)
def accept(request: Request, path: FriendRequestPath) -> Relationship:
    """Agree to a friend request; both follow each other from now on."""
    return request.services[FriendService].accept(request.member_id, path.request_id)


@routes.put(
    "/friends/requests/{request_id}/decline",
    permission=Permission.FOLLOW,
    status=204,
    seeds="002 4.3 PUT /friends/requests/:requestId/decline",
)
def decline(request: Request, path: FriendRequestPath) -> None:
    """Turn a friend request down, of which who sent it is not told; twice is the same as once."""
    request.services[FriendService].decline(request.member_id, path.request_id)


@routes.delete("/friends/requests/{request_id}", permission=Permission.FOLLOW, seeds="002 4.3")
def withdraw(request: Request, path: FriendRequestPath) -> None:
    """Take back a friend request that the caller sent."""
    request.services[FriendService].withdraw(request.member_id, path.request_id)


@routes.delete(
    "/friends/{user_id}",
    permission=Permission.FOLLOW,
    status=200,
    seeds="002 4.3 DELETE /friends/:friendId",
)
def unfriend(request: Request, path: MemberPath) -> Relationship:
    """End a friendship; the follows stay, and twice is the same as once."""
    return request.services[FriendService].unfriend(request.member_id, path.user_id)


@routes.get(
    "/users/{user_id}/friends",
    permission=Permission.READ,
    errors=(ListNotShown,),
    seeds="002 4.2 GET /users/:userId/friends",
)
def of_member(request: Request, path: MemberPath, query: PageQuery) -> Page[MemberCard]:
    """With whom a member is friends, newest first, for whom the member shows both lists of follows to.

    Friends follow each other, so that this list tells a part of those two.
    """
    request.services[MemberPolicy].require_friends_list(request.member_id, path.user_id)
    return queries.friends_of(request.db, path.user_id, request.member_id, query)


@routes.get(
    "/users/{user_id}/mutuals",
    permission=Permission.READ,
    errors=(ListNotShown,),
    seeds="002 4.3 mutual_friends_count, 003 component 1",
)
def mutuals(request: Request, path: MemberPath, query: MutualsQuery) -> Page[MemberCard]:
    """Whom the caller and a member have in common, as far as the member shows it."""
    policy = request.services[MemberPolicy]
    if query.kind is MutualKind.FRIENDS:
        policy.require_friends_list(request.member_id, path.user_id)
    else:
        policy.require_followers_list(request.member_id, path.user_id)
    return queries.mutuals(request.db, path.user_id, request.member_id, query)
