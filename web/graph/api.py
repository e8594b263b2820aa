"""Routes of relations."""

from web.accounts.schemas import MemberCard
from web.core.api import MemberPath, Routes
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.graph import queries
from web.graph.errors import SelfFollow
from web.graph.schemas import Relationship
from web.graph.service import GraphService

routes = Routes("graph")


@routes.put(
    "/users/{user_id}/follow",
    permission=Permission.FOLLOW,
    errors=(SelfFollow,),
    seeds="003 component 1 POST /users/{id}/follow, 004 accounts follow",
)
def follow(request: Request, path: MemberPath) -> Relationship:
    """Follow a member; twice is the same as once."""
    return request.services[GraphService].follow(request.member_id, path.user_id)


@routes.delete(
    "/users/{user_id}/follow",
    permission=Permission.FOLLOW,
    status=200,
    seeds="003 component 1 POST /users/{id}/unfollow, 004 accounts unfollow",
)
def unfollow(request: Request, path: MemberPath) -> Relationship:
    """Stop following a member; twice is the same as once."""
    return request.services[GraphService].unfollow(request.member_id, path.user_id)


@routes.get("/users/{user_id}/followers", permission=Permission.READ, seeds="003 component 1, 002 4.2")
def followers(request: Request, path: MemberPath, query: PageQuery) -> Page[MemberCard]:
    """Who follows a member, newest first."""
    return queries.followers(request.db, path.user_id, query)


@routes.get("/users/{user_id}/following", permission=Permission.READ, seeds="003 component 1, 002 4.2")
def following(request: Request, path: MemberPath, query: PageQuery) -> Page[MemberCard]:
    """Whom a member follows, newest first."""
    return queries.following(request.db, path.user_id, query)
