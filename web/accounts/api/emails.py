"""Routes of the address of an account."""

from web.accounts.errors import AccountExists, InvalidCode, LastWayIn
from web.accounts.schemas import EmailProof, EmailTicket, EmailWish
from web.accounts.ways_in.emails import EmailService
from web.core.api import Routes
from web.core.errors import NotFound, RateLimited, ReauthenticationRequired
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("accounts")


@routes.post(
    "/users/me/email",
    permission=Permission.ACCOUNT,
    status=202,
    errors=(RateLimited, ReauthenticationRequired),
    seeds="002 4.2",
)
def want_email(request: Request, body: EmailWish) -> EmailTicket:
    """Want another address, or a first one: a code goes there, and until it comes back nothing changes."""
    return request.services[EmailService].ask_change(request.member_id, request.caller.session_id, body)


@routes.post(
    "/users/me/email/resend",
    permission=Permission.ACCOUNT,
    status=202,
    errors=(NotFound, RateLimited),
)
def resend_email_code(request: Request) -> EmailTicket:
    """Ask for another code, a minute after the last one at the earliest."""
    return request.services[EmailService].resend(request.member_id)


@routes.post(
    "/users/me/email/verify",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(InvalidCode, AccountExists),
)
def confirm_email(request: Request, body: EmailProof) -> None:
    """Use the new address from now on, by the code or the token of the link that came there."""
    request.services[EmailService].confirm(body, request.device, member_id=request.member_id)


@routes.delete(
    "/users/me/email",
    permission=Permission.ACCOUNT,
    errors=(NotFound, LastWayIn, ReauthenticationRequired),
)
def remove_email(request: Request) -> None:
    """Take the address away, where there is another way in."""
    request.services[EmailService].remove(request.member_id, request.caller.session_id, request.device)
