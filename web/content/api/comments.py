"""Routes of comments."""

from web.content import history, queries
from web.content.comments import CommentService
from web.content.errors import NothingCorrected, OwnComment, ParentElsewhere
from web.content.schemas import (
    CommentChange,
    CommentItem,
    CommentPath,
    FormerBody,
    NewComment,
    NewCorrection,
    PostPath,
)
from web.core.api import Routes
from web.core.errors import NotOwner
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.core.wording import ContentRefused

routes = Routes("content")


@routes.get("/posts/{post_id}/comments", permission=Permission.PUBLIC, seeds="002 4.5, 001, 003, 004")
def comments(request: Request, path: PostPath, query: PageQuery) -> Page[CommentItem]:
    """The comments on a post that are no replies, oldest first."""
    return queries.comments(request.db, path.post_id, request.viewer_id, query)


@routes.post(
    "/posts/{post_id}/comments",
    permission=Permission.REACT,
    errors=(ParentElsewhere, ContentRefused),
    seeds="002 4.5 POST /posts/:id/comments, 001, 003, 004",
)
def comment(request: Request, path: PostPath, body: NewComment) -> CommentItem:
    """Comment on a post, or answer a comment on it."""
    return request.services[CommentService].comment(request.member_id, path.post_id, body)


@routes.get("/comments/{comment_id}/replies", permission=Permission.PUBLIC, seeds="002 4.5, 003")
def replies(request: Request, path: CommentPath, query: PageQuery) -> Page[CommentItem]:
    """The replies to a comment, oldest first."""
    return queries.replies(request.db, path.comment_id, request.viewer_id, query)


@routes.post(
    "/comments/{comment_id}/correction",
    permission=Permission.REACT,
    errors=(OwnComment, NothingCorrected, ContentRefused),
    seeds="004 language exchange",
)
def correct(request: Request, path: CommentPath, body: NewCorrection) -> CommentItem:
    """Show somebody how their comment should read, in a reply with the corrected text."""
    return request.services[CommentService].correct(request.member_id, path.comment_id, body)


@routes.patch(
    "/comments/{comment_id}",
    permission=Permission.REACT,
    errors=(NotOwner, ContentRefused),
    seeds="002 4.5, 004 original_content",
)
def edit_comment(request: Request, path: CommentPath, body: CommentChange) -> CommentItem:
    """Write a comment anew."""
    return request.services[CommentService].edit(request.member_id, path.comment_id, body)


@routes.get(
    "/comments/{comment_id}/history", permission=Permission.READ, errors=(NotOwner,), seeds="004 edit history"
)
def comment_history(request: Request, path: CommentPath, query: PageQuery) -> Page[FormerBody]:
    """What one's own comment said before each edit, the last one first."""
    return history.of_comment(request.db, path.comment_id, request.member_id, query)


@routes.delete(
    "/comments/{comment_id}", permission=Permission.REACT, errors=(NotOwner,), seeds="002 4.5, 003"
)
def delete_comment(request: Request, path: CommentPath) -> None:
    """Take a comment back; its replies stay."""
    request.services[CommentService].delete(request.member_id, path.comment_id)
