"""Routes of posts."""

from web.content import history, queries
from web.content.errors import MediumDoesNotFit, NotShareable, PostIncomplete
from web.content.schemas import (
    FormerBody,
    NewPost,
    NewShare,
    Post,
    PostChange,
    PostPath,
    Posts,
    PostsQuery,
    ShareState,
)
from web.content.service import ContentService
from web.content.sharing import ShareService
from web.core.api import MemberPath, Routes
from web.core.errors import NotFound, NotOwner
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.schemas import IdsQuery
from web.core.security import Permission
from web.core.wording import ContentRefused
from web.media.errors import MediaInUse, MediaNotReady

routes = Routes("content")


@routes.post(
    "/posts",
    permission=Permission.POST,
    errors=(NotFound, ContentRefused, MediumDoesNotFit, MediaNotReady, MediaInUse),
    seeds="002 4.5 POST /posts, 003 component 2, 001 phase 2, 004",
)
def create(request: Request, body: NewPost) -> Post:
    """Share a text, pictures, a video or a reel; media are uploaded before."""
    post_id = request.services[ContentService].post(request.member_id, body)
    return queries.post(request.db, post_id, request.member_id)


@routes.get("/posts", permission=Permission.PUBLIC)
def by_ids(request: Request, query: IdsQuery) -> Posts:
    """Several posts by id, for lists that hold only ids; those the caller may not see are left out."""
    return queries.posts_by_id(request.db, query.ids, request.viewer_id)


@routes.get("/posts/archived", permission=Permission.READ, seeds="002 4.5 is_archived")
def archived(request: Request, query: PageQuery) -> Page[Post]:
    """The posts that the caller put away, newest first."""
    return queries.archived(request.db, request.member_id, query)


@routes.get("/posts/{post_id}", permission=Permission.PUBLIC, seeds="002 4.5 GET /posts/:id, 003 component 2")
def get(request: Request, path: PostPath) -> Post:
    """One post; public posts are readable without login."""
    return queries.post(request.db, path.post_id, request.viewer_id)


@routes.patch(
    "/posts/{post_id}",
    permission=Permission.POST,
    errors=(NotOwner, ContentRefused, PostIncomplete),
    seeds="002 4.5, 003 component 2 PATCH /posts/{id}, 004",
)
def edit(request: Request, path: PostPath, body: PostChange) -> Post:
    """Change one's own post; what it said before is kept for its author."""
    request.services[ContentService].edit(request.member_id, path.post_id, body)
    return queries.post(request.db, path.post_id, request.member_id)


@routes.get(
    "/posts/{post_id}/history", permission=Permission.READ, errors=(NotOwner,), seeds="004 edit history"
)
def former(request: Request, path: PostPath, query: PageQuery) -> Page[FormerBody]:
    """What one's own post said before each edit, the last one first."""
    return history.of_post(request.db, path.post_id, request.member_id, query)


@routes.post(
    "/posts/{post_id}/archive", permission=Permission.POST, status=200, errors=(NotOwner,), seeds="002 4.5"
)
def archive(request: Request, path: PostPath) -> Post:
    """Put one's own post away, so that nobody else sees it; twice is the same as once."""
    request.services[ContentService].archive(request.member_id, path.post_id)
    return queries.post(request.db, path.post_id, request.member_id)


@routes.delete(
    "/posts/{post_id}/archive", permission=Permission.POST, status=200, errors=(NotOwner,), seeds="002 4.5"
)
def unarchive(request: Request, path: PostPath) -> Post:
    """Take a post out again; twice is the same as once."""
    request.services[ContentService].unarchive(request.member_id, path.post_id)
    return queries.post(request.db, path.post_id, request.member_id)


@routes.post(
    "/posts/{post_id}/share",
    permission=Permission.POST,
    errors=(NotShareable, ContentRefused),
    seeds="003 component 2 POST /posts/{id}/share, 002",
)
def share(request: Request, path: PostPath, body: NewShare | None = None) -> Post:
    """Show a public post to one's own readers. Without words twice is the same as once."""
    share_id = request.services[ShareService].share(request.member_id, path.post_id, body or NewShare())
    return queries.post(request.db, share_id, request.member_id)


@routes.delete("/posts/{post_id}/share", permission=Permission.POST, status=200, seeds="003 component 2, 002")
def unshare(request: Request, path: PostPath) -> ShareState:
    """Take the share without words back; twice is the same as once."""
    return request.services[ShareService].unshare(request.member_id, path.post_id)


@routes.delete(
    "/posts/{post_id}", permission=Permission.POST, errors=(NotOwner,), seeds="002 4.5, 003 component 2"
)
def delete(request: Request, path: PostPath) -> None:
    """Take a post back."""
    request.services[ContentService].delete(request.member_id, path.post_id)


@routes.get("/users/{user_id}/posts", permission=Permission.PUBLIC, seeds="002 4.2 GET /users/:id/posts")
def of_member(request: Request, path: MemberPath, query: PostsQuery) -> Page[Post]:
    """A member's posts that the caller may see, newest first."""
    return queries.posts_of(request.db, path.user_id, request.viewer_id, query)
