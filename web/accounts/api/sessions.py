"""Routes of getting in and out."""

from web.accounts import queries
from web.accounts.door import Door, Proof
from web.accounts.errors import InvalidCredentials, InvalidRefreshToken
from web.accounts.passwords import PasswordService
from web.accounts.schemas import (
    Credentials,
    Me,
    PageToken,
    RefreshRequest,
    SecondFactorNeeded,
    SignedIn,
    Tokens,
)
from web.accounts.sessions import SessionService
from web.core.api import Routes
from web.core.errors import AccountBanned, AccountDeactivated, AccountSuspended, RateLimited
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("auth")

SHUT_OUT = (AccountBanned, AccountDeactivated, AccountSuspended)


@routes.post(
    "/auth/login",
    permission=Permission.PUBLIC,
    status=200,
    errors=(InvalidCredentials, RateLimited, *SHUT_OUT),
    issues_tokens=True,
    seeds="002 4.1 POST /auth/login, 003 Auth, 004",
)
def login(request: Request, body: Credentials) -> SignedIn | SecondFactorNeeded:
    """Sign in with address and password; with a second factor on, the answer asks for it."""
    member_id = request.services[PasswordService].authenticate(body, request.device)
    return request.services[Door].sign_in(Proof(member_id, ("pwd",)), request.device)


@routes.post(
    "/auth/refresh",
    permission=Permission.PUBLIC,
    status=200,
    errors=(InvalidRefreshToken,),
    issues_tokens=True,
    seeds="002 4.1 POST /auth/refresh, 003 Auth",
)
def refresh(request: Request, body: RefreshRequest) -> Tokens:
    """Trade a refresh token for a new pair; each works once."""
    return request.services[SessionService].refresh(body.refresh_token, request.device)


@routes.post("/auth/logout", permission=Permission.ACCOUNT, status=204, seeds="002 4.1, 003 Auth")
def logout(request: Request) -> None:
    """End this session."""
    request.services[SessionService].revoke(request.caller.session_id)


@routes.get("/auth/me", permission=Permission.ACCOUNT, seeds="002 4.1 GET /auth/me, 003 Auth")
def me(request: Request) -> Me:
    """The caller's own account."""
    return queries.me(request.db, request.member_id)


@routes.post("/auth/page-token", permission=Permission.ACCOUNT, status=200, issues_tokens=True)
def page_token(request: Request) -> PageToken:
    """A five-minute token with which a page reads the analytics API."""
    return request.services[SessionService].page_token(request.caller.session_id, request.member_id)
