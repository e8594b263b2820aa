"""Routes of getting in and out, and of what a member sees of it."""

from web.accounts import queries
from web.accounts.errors import InvalidCredentials, InvalidRefreshToken
from web.accounts.schemas import (
    Credentials,
    Ended,
    EndQuery,
    Me,
    PageToken,
    RefreshRequest,
    SecondFactorNeeded,
    SecurityEventItem,
    SessionItem,
    SessionPath,
    SignedIn,
    Tokens,
)
from web.accounts.sessions import safety
from web.accounts.sessions.door import Door, Proof
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.passwords import PasswordService
from web.core.api import Routes
from web.core.errors import (
    AccountBanned,
    AccountDeactivated,
    AccountSuspended,
    RateLimited,
    ReauthenticationRequired,
)
from web.core.pagination import Page, PageQuery
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
    errors=(InvalidRefreshToken, *SHUT_OUT),
    issues_tokens=True,
    seeds="002 4.1 POST /auth/refresh, 003 Auth",
)
def refresh(request: Request, body: RefreshRequest) -> Tokens:
    """Trade a refresh token for a new pair; each works once, and using one twice ends the session."""
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


@routes.post(
    "/auth/logout-all",
    permission=Permission.ACCOUNT,
    status=200,
    errors=(ReauthenticationRequired,),
    seeds="002 4.1 POST /auth/logout-all, 003 Auth",
)
def logout_all(request: Request, query: EndQuery) -> Ended:
    """End all other sessions of the caller's, and with `this_too` this one as well."""
    ended = request.services[SessionService].end_others(
        request.member_id,
        current=request.caller.session_id,
        this_too=query.this_too,
        device=request.device,
    )
    return Ended(ended=ended)


@routes.get("/auth/sessions", permission=Permission.ACCOUNT, seeds="003 Auth (sessions)")
def sessions(request: Request, query: PageQuery) -> Page[SessionItem]:
    """The caller's sessions, the newest first: on which device, since when, and when last used."""
    return safety.sessions_of(
        request.db,
        request.member_id,
        query,
        now=request.clock.now(),
        current=request.caller.session_id,
        translate=request.localizer.translate,
    )


@routes.delete(
    "/auth/sessions/{session_id}",
    permission=Permission.ACCOUNT,
    errors=(ReauthenticationRequired,),
    seeds="003 Auth (sessions)",
)
def end_session(request: Request, path: SessionPath) -> None:
    """End a session of the caller's: its tokens and sockets stop within seconds."""
    request.services[SessionService].end_one(
        request.member_id, path.session_id, current=request.caller.session_id, device=request.device
    )


@routes.get("/users/me/security-events", permission=Permission.ACCOUNT)
def security_events(request: Request, query: PageQuery) -> Page[SecurityEventItem]:
    """What happened to the safety of the caller's account in the last 180 days, the newest first."""
    return safety.security_events_of(
        request.db, request.member_id, query, translate=request.localizer.translate
    )
