"""Routes of joining."""

from web.accounts.errors import AccountExists, InvalidCode, TooYoung, UsernameTaken
from web.accounts.schemas import (
    Registration,
    ResendWish,
    SecondFactorNeeded,
    SignedIn,
    SignUpTicket,
    Verification,
)
from web.accounts.sessions.door import Door, Proof
from web.accounts.ways_in.sign_up import SignUpService
from web.core.api import Routes
from web.core.errors import RateLimited
from web.core.requests import Request
from web.core.security import Permission
from web.core.wording import ContentRefused

routes = Routes("auth")


@routes.post(
    "/auth/register",
    permission=Permission.PUBLIC,
    status=202,
    errors=(TooYoung, UsernameTaken, ContentRefused),
    seeds="002 4.1 POST /auth/register, 003 Auth, 001 phase 1 (email OTP)",
)
def register(request: Request, body: Registration) -> SignUpTicket:
    """Ask to join: a six-digit code comes by mail. The answer is the same when the address is known."""
    return request.services[SignUpService].register(body)


@routes.post(
    "/auth/resend-verification",
    permission=Permission.PUBLIC,
    status=202,
    errors=(RateLimited,),
    seeds="002 4.1 POST /auth/resend-verification",
)
def resend_verification(request: Request, body: ResendWish) -> SignUpTicket:
    """Ask for another code, a minute after the last one at the earliest."""
    return request.services[SignUpService].resend(body.ticket)


@routes.post(
    "/auth/verify-email",
    permission=Permission.PUBLIC,
    status=200,
    errors=(InvalidCode, AccountExists, UsernameTaken),
    issues_tokens=True,
    seeds="001 phase 1 (OTP), 002 4.1",
)
def verify_email(request: Request, body: Verification) -> SignedIn | SecondFactorNeeded:
    """Join with the code, or the token of the link, that came by mail."""
    member_id = request.services[SignUpService].verify(body)
    proof = Proof(member_id, ("pwd", "otp"), complete=True)
    return request.services[Door].sign_in(proof, request.device, is_new_user=True)
