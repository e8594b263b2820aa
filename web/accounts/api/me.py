"""Routes of the caller's own account."""

from web.accounts import queries
from web.accounts.errors import BirthDateFixed, TooYoung, UsernameTaken
from web.accounts.schemas import Me, ProfileChange
from web.accounts.service import AccountService
from web.core.api import Routes
from web.core.requests import Request
from web.core.security import Permission
from web.core.wording import ContentRefused

routes = Routes("me")


@routes.get("/users/me", permission=Permission.ACCOUNT, seeds="002 4.2 GET /users/me, 000, 003 component 1")
def get(request: Request) -> Me:
    """The caller's own account."""
    return queries.me(request.db, request.member_id)


@routes.patch(
    "/users/me",
    permission=Permission.ACCOUNT,
    errors=(UsernameTaken, TooYoung, BirthDateFixed, ContentRefused),
    seeds="002 4.2 PUT /users/me, 000, 004",
)
def change(request: Request, body: ProfileChange) -> Me:
    """Change one's own account; fields that are left out stay as they are."""
    request.services[AccountService].change(request.member_id, body)
    return queries.me(request.db, request.member_id)
