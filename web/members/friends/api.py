"""Routes of a member's own friends."""

from web.core.api import Routes
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.members.friends import queries
from web.members.friends.schemas import Friend, FriendSearch, FriendsQuery

routes = Routes("members")


@routes.get("/friends", permission=Permission.READ, seeds="002 4.3 GET /friends")
def friends(request: Request, query: FriendsQuery) -> Page[Friend]:
    """The caller's friends, newest, by name, or who was there last."""
    return queries.friends(request.db, request.member_id, query)


@routes.get("/friends/online", permission=Permission.READ, seeds="002 4.3 GET /friends/online")
def online_friends(request: Request, query: PageQuery) -> Page[Friend]:
    """The caller's friends who are there now, as far as they show it."""
    return queries.online(request.db, request.member_id, query)


@routes.get("/friends/search", permission=Permission.READ, seeds="002 4.3 GET /friends/search?q=query")
def search_friends(request: Request, query: FriendSearch) -> Page[Friend]:
    """The caller's friends by a part of a nickname, a username, or a full name that they show."""
    return queries.search(request.db, request.member_id, query)
