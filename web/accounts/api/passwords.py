"""Routes of passwords, and of proving once more who one is."""

from web.accounts.errors import (
    InvalidLink,
    InvalidSecondFactor,
    PasswordReused,
    WeakPassword,
    WrongPassword,
)
from web.accounts.schemas import NewPassword, PasswordChange, Reauthentication, ResetWish
from web.accounts.second_factor.service import SecondFactorService
from web.accounts.ways_in.passwords import PasswordService
from web.core.api import Routes
from web.core.errors import RateLimited, ReauthenticationRequired
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("auth")


@routes.post(
    "/auth/forgot-password",
    permission=Permission.PUBLIC,
    status=204,
    errors=(RateLimited,),
    seeds="002 4.1 POST /auth/forgot-password",
)
def forgot_password(request: Request, body: ResetWish) -> None:
    """Want a link mailed that sets a new password. The answer is the same when nobody has the address."""
    request.services[PasswordService].ask_reset(body, request.device)


@routes.post(
    "/auth/reset-password",
    permission=Permission.PUBLIC,
    status=204,
    errors=(InvalidLink, WeakPassword, PasswordReused),
    seeds="002 4.1 POST /auth/reset-password",
)
def reset_password(request: Request, body: NewPassword) -> None:
    """Set a password with the token of the mailed link. All sessions end."""
    request.services[PasswordService].reset(body, request.device)


@routes.post(
    "/auth/reauthenticate",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(WrongPassword, InvalidSecondFactor, RateLimited),
    issues_tokens=True,  # it grants something, so no answer of it may be replayed
)
def reauthenticate(request: Request, body: Reauthentication) -> None:
    """Prove once more who you are, for fifteen minutes of changing ways in and other sensitive things."""
    member_id, session_id = request.member_id, request.caller.session_id
    if body.password is not None:
        request.services[PasswordService].prove(member_id, session_id, body.password, request.device)
    elif body.code is not None:
        request.services[SecondFactorService].prove(member_id, session_id, body.code, request.device)


@routes.put(
    "/users/me/password",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(WrongPassword, WeakPassword, PasswordReused, RateLimited, ReauthenticationRequired),
    seeds="002 4.10 (change password)",
)
def change_password(request: Request, body: PasswordChange) -> None:
    """Set another password; the current one is needed where there is one. All other sessions end."""
    service = request.services[PasswordService]
    service.change(request.member_id, request.caller.session_id, body, request.device)
