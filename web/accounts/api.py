"""Routes under ``/auth``."""

from web.accounts import queries
from web.accounts.errors import (
    AccountExists,
    InvalidCode,
    InvalidCredentials,
    InvalidRefreshToken,
    TooYoung,
    UsernameTaken,
)
from web.accounts.schemas import (
    Credentials,
    Me,
    PageToken,
    RefreshRequest,
    Registration,
    SignedIn,
    SignUpTicket,
    Tokens,
    Verification,
)
from web.accounts.service import AccountService
from web.accounts.sessions import SessionService
from web.core.api import Routes
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("auth")


@routes.post(
    "/auth/register",
    permission=Permission.PUBLIC,
    status=202,
    errors=(TooYoung, UsernameTaken),
    seeds="002 4.1 POST /auth/register, 003 Auth, 001 phase 1 (email OTP)",
)
def register(request: Request, body: Registration) -> SignUpTicket:
    """Ask to join: a six-digit code comes by mail. The answer is the same when the address is known."""
    return request.services[AccountService].register(body)


@routes.post(
    "/auth/verify-email",
    permission=Permission.PUBLIC,
    status=200,
    errors=(InvalidCode, AccountExists, UsernameTaken),
    issues_tokens=True,
    seeds="001 phase 1 (OTP), 002 4.1",
)
def verify_email(request: Request, body: Verification) -> SignedIn:
    """Join with the code that came by mail."""
    member_id = request.services[AccountService].verify(body)
    return request.services[SessionService].sign_in(member_id, request.user_agent)


@routes.post(
    "/auth/login",
    permission=Permission.PUBLIC,
    status=200,
    errors=(InvalidCredentials,),
    issues_tokens=True,
    seeds="002 4.1 POST /auth/login, 003 Auth, 004",
)
def login(request: Request, body: Credentials) -> SignedIn:
    """Sign in with address and password."""
    sessions = request.services[SessionService]
    return sessions.sign_in(sessions.authenticate(body), request.user_agent)


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
    return request.services[SessionService].refresh(body.refresh_token)


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
