"""Routes of what members do with what others share: like it, keep it, see it."""

from web.accounts.schemas import MemberCard
from web.content import reaction_queries
from web.content.reacting import ReactionService
from web.content.schemas import CommentLikeState, CommentPath, LikeState, Post, PostPath, SaveState, Seen
from web.content.views import ViewCounter
from web.core.api import Routes
from web.core.clock import Clock
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("content")


@routes.put("/posts/{post_id}/like", permission=Permission.REACT, seeds="002 4.5 POST /posts/:id/like, 003")
def like(request: Request, path: PostPath) -> LikeState:
    """Like a post; twice is the same as once."""
    return request.services[ReactionService].like(request.member_id, path.post_id)


@routes.delete("/posts/{post_id}/like", permission=Permission.REACT, status=200, seeds="002 4.5, 003 unlike")
def unlike(request: Request, path: PostPath) -> LikeState:
    """Take a like back; twice is the same as once."""
    return request.services[ReactionService].unlike(request.member_id, path.post_id)


@routes.get("/posts/{post_id}/likes", permission=Permission.READ, seeds="003 component 2")
def likers(request: Request, path: PostPath, query: PageQuery) -> Page[MemberCard]:
    """Who likes a post, the latest first."""
    return reaction_queries.likers(request.db, path.post_id, request.member_id, query)


@routes.put("/comments/{comment_id}/like", permission=Permission.REACT, seeds="002 4.5, 003 component 2, 004")
def like_comment(request: Request, path: CommentPath) -> CommentLikeState:
    """Like a comment; twice is the same as once."""
    return request.services[ReactionService].like_comment(request.member_id, path.comment_id)


@routes.delete("/comments/{comment_id}/like", permission=Permission.REACT, status=200, seeds="002 4.5, 003")
def unlike_comment(request: Request, path: CommentPath) -> CommentLikeState:
    """Take the like of a comment back; twice is the same as once."""
    return request.services[ReactionService].unlike_comment(request.member_id, path.comment_id)


@routes.get("/posts/saved", permission=Permission.READ, seeds="002 4.5")
def saved(request: Request, query: PageQuery) -> Page[Post]:
    """What the caller keeps, what was kept last first; nobody else sees it."""
    return reaction_queries.saved(request.db, request.member_id, query)


@routes.put("/posts/{post_id}/save", permission=Permission.REACT, seeds="002 4.5")
def save(request: Request, path: PostPath) -> SaveState:
    """Keep a post in the private collection; twice is the same as once."""
    return request.services[ReactionService].save(request.member_id, path.post_id)


@routes.delete("/posts/{post_id}/save", permission=Permission.REACT, status=200, seeds="002 4.5")
def unsave(request: Request, path: PostPath) -> SaveState:
    """Take a post out of the collection; twice is the same as once."""
    return request.services[ReactionService].unsave(request.member_id, path.post_id)


@routes.post("/posts/views", permission=Permission.REACT, status=204, seeds="001 views_count, 003 view_count")
def seen(request: Request, body: Seen) -> None:
    """Report which posts were on the screen; each counts once per member and UTC day, a little later."""
    request.services[ViewCounter].note(request.member_id, body.ids, request.services[Clock].now())
