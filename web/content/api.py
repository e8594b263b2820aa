"""Routes of posts, likes and comments."""

from web.content import queries
from web.content.comments import CommentService
from web.content.errors import ParentElsewhere
from web.content.schemas import (
    CommentItem,
    CommentPath,
    LikeState,
    NewComment,
    NewPost,
    Post,
    PostPath,
    Posts,
)
from web.content.service import ContentService
from web.core.api import MemberPath, Routes
from web.core.errors import NotOwner
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.schemas import IdsQuery
from web.core.security import Permission

routes = Routes("content")


@routes.post(
    "/posts", permission=Permission.POST, seeds="002 4.5 POST /posts, 003 component 2, 001 phase 2, 004"
)
def create(request: Request, body: NewPost) -> Post:
    """Share a post."""
    post_id = request.services[ContentService].post(request.member_id, body)
    return queries.post(request.db, post_id, request.member_id)


@routes.get("/posts", permission=Permission.PUBLIC)
def by_ids(request: Request, query: IdsQuery) -> Posts:
    """Several posts by id, for lists that hold only ids; those the caller may not see are left out."""
    return queries.posts_by_id(request.db, query.ids, request.viewer_id)


@routes.get("/posts/{post_id}", permission=Permission.PUBLIC, seeds="002 4.5 GET /posts/:id, 003 component 2")
def get(request: Request, path: PostPath) -> Post:
    """One post; public posts are readable without login."""
    return queries.post(request.db, path.post_id, request.viewer_id)


@routes.delete(
    "/posts/{post_id}", permission=Permission.POST, errors=(NotOwner,), seeds="002 4.5, 003 component 2"
)
def delete(request: Request, path: PostPath) -> None:
    """Take a post back."""
    request.services[ContentService].delete(request.member_id, path.post_id)


@routes.get("/users/{user_id}/posts", permission=Permission.PUBLIC, seeds="002 4.2 GET /users/:id/posts")
def of_member(request: Request, path: MemberPath, query: PageQuery) -> Page[Post]:
    """A member's posts that the caller may see, newest first."""
    return queries.posts_of(request.db, path.user_id, request.viewer_id, query)


@routes.put("/posts/{post_id}/like", permission=Permission.REACT, seeds="002 4.5 POST /posts/:id/like, 003")
def like(request: Request, path: PostPath) -> LikeState:
    """Like a post; twice is the same as once."""
    return request.services[ContentService].like(request.member_id, path.post_id)


@routes.delete("/posts/{post_id}/like", permission=Permission.REACT, status=200, seeds="002 4.5, 003 unlike")
def unlike(request: Request, path: PostPath) -> LikeState:
    """Take a like back; twice is the same as once."""
    return request.services[ContentService].unlike(request.member_id, path.post_id)


@routes.get("/posts/{post_id}/comments", permission=Permission.PUBLIC, seeds="002 4.5, 001, 003, 004")
def comments(request: Request, path: PostPath, query: PageQuery) -> Page[CommentItem]:
    """The comments on a post that are no replies, oldest first."""
    return queries.comments(request.db, path.post_id, request.viewer_id, query)


@routes.post(
    "/posts/{post_id}/comments",
    permission=Permission.REACT,
    errors=(ParentElsewhere,),
    seeds="002 4.5 POST /posts/:id/comments, 001, 003, 004",
)
def comment(request: Request, path: PostPath, body: NewComment) -> CommentItem:
    """Comment on a post, or answer a comment on it."""
    return request.services[CommentService].comment(request.member_id, path.post_id, body)


@routes.get("/comments/{comment_id}/replies", permission=Permission.PUBLIC, seeds="002 4.5, 003")
def replies(request: Request, path: CommentPath, query: PageQuery) -> Page[CommentItem]:
    """The replies to a comment, oldest first."""
    return queries.replies(request.db, path.comment_id, request.viewer_id, query)


@routes.delete(
    "/comments/{comment_id}", permission=Permission.REACT, errors=(NotOwner,), seeds="002 4.5, 003"
)
def delete_comment(request: Request, path: CommentPath) -> None:
    """Take a comment back; its replies stay."""
    request.services[CommentService].delete(request.member_id, path.comment_id)
