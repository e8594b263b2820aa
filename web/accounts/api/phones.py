"""Routes of phone numbers: getting in with one, and having one."""

from web.accounts.api.sessions import SHUT_OUT
from web.accounts.errors import InvalidCode, LastWayIn, PhoneTaken
from web.accounts.schemas import (
    PhoneConfirmation,
    PhoneProof,
    PhoneTicket,
    PhoneWish,
    SecondFactorNeeded,
    SignedIn,
)
from web.accounts.sessions.door import Door
from web.accounts.ways_in.phones import PhoneService
from web.core.api import Routes
from web.core.errors import NotFound, RateLimited, ReauthenticationRequired, Unavailable
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("auth")


@routes.post(
    "/auth/send-otp",
    permission=Permission.PUBLIC,
    status=202,
    errors=(RateLimited, Unavailable),
    seeds="000 POST /auth/send-otp, 3.2 AuthViewSet.send_otp",
)
def send_otp(request: Request, body: PhoneWish) -> PhoneTicket:
    """Ask for a six-digit code by text message, once a minute at most, good for ten.

    The answer is the same whether or not the number is known.
    """
    return request.services[PhoneService].send_code(body, request.device)


@routes.post(
    "/auth/verify-otp",
    permission=Permission.PUBLIC,
    status=200,
    errors=(InvalidCode, PhoneTaken, *SHUT_OUT),
    issues_tokens=True,
    seeds="000 POST /auth/verify-otp, 3.2 AuthViewSet.verify_otp",
)
def verify_otp(request: Request, body: PhoneProof) -> SignedIn | SecondFactorNeeded:
    """Sign in with the newest code, in three tries; a number that is new makes an account."""
    arrival = request.services[PhoneService].verify(body)
    return request.services[Door].sign_in(arrival.proof("sms"), request.device, is_new_user=arrival.is_new)


@routes.post(
    "/users/me/phone",
    permission=Permission.ACCOUNT,
    status=202,
    errors=(ReauthenticationRequired, RateLimited, Unavailable),
    seeds="000 User.phone_number",
)
def add_phone(request: Request, body: PhoneWish) -> PhoneTicket:
    """Add or change the caller's number: a code comes to it. Until it is confirmed the old one counts."""
    return request.services[PhoneService].add(
        request.member_id, request.caller.session_id, body, request.device
    )


@routes.post(
    "/users/me/phone/verify",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(InvalidCode, PhoneTaken),
    seeds="000 User.is_phone_verified",
)
def verify_phone(request: Request, body: PhoneConfirmation) -> None:
    """Confirm the caller's new number with the code that came to it."""
    request.services[PhoneService].confirm(request.member_id, body, request.device)


@routes.delete(
    "/users/me/phone",
    permission=Permission.ACCOUNT,
    errors=(NotFound, ReauthenticationRequired, LastWayIn),
    seeds="000 User.phone_number",
)
def remove_phone(request: Request) -> None:
    """Remove the caller's number, unless it is the only way in."""
    request.services[PhoneService].remove(request.member_id, request.caller.session_id, request.device)
