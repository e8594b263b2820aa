"""Routes of Google: getting in with it, and linking it."""

from web.accounts.api.sessions import SHUT_OUT
from web.accounts.errors import (
    AccountExists,
    AnotherGoogleLinked,
    GoogleAccountNotVerified,
    GoogleNotConfigured,
    GoogleTaken,
    InvalidGoogleToken,
    LastWayIn,
)
from web.accounts.schemas import GoogleSignIn, GoogleToken, SecondFactorNeeded, SignedIn
from web.accounts.sessions.door import Door
from web.accounts.ways_in.google import GoogleService
from web.core.api import Routes
from web.core.errors import NotFound, ReauthenticationRequired, Unavailable
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("auth")

TOKEN_REFUSED = (GoogleNotConfigured, InvalidGoogleToken, Unavailable)


@routes.post(
    "/auth/google",
    permission=Permission.PUBLIC,
    status=200,
    errors=(*TOKEN_REFUSED, GoogleAccountNotVerified, AnotherGoogleLinked, AccountExists, *SHUT_OUT),
    issues_tokens=True,
    seeds="000 POST /auth/google",
)
def google(request: Request, body: GoogleSignIn) -> SignedIn | SecondFactorNeeded:
    """Sign in with an id_token of Google, which works once; somebody new gets an account.

    Who has an account with the address that Google verified gets into that one, and is told by mail.
    """
    arrival = request.services[GoogleService].sign_in(body, request.device)
    return request.services[Door].sign_in(arrival.proof("fed"), request.device, is_new_user=arrival.is_new)


@routes.post(
    "/users/me/google",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(ReauthenticationRequired, *TOKEN_REFUSED, GoogleTaken, AnotherGoogleLinked),
    seeds="000 User.google_id",
)
def link_google(request: Request, body: GoogleToken) -> None:
    """Make a Google account a way into the caller's."""
    request.services[GoogleService].link(request.member_id, request.caller.session_id, body, request.device)


@routes.delete(
    "/users/me/google",
    permission=Permission.ACCOUNT,
    errors=(NotFound, ReauthenticationRequired, LastWayIn),
    seeds="000 User.google_id",
)
def unlink_google(request: Request) -> None:
    """Forget the caller's Google account, unless it is the only way in."""
    request.services[GoogleService].unlink(request.member_id, request.caller.session_id, request.device)
