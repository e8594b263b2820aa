"""Routes of the second factor."""

from web.accounts.api.sessions import SHUT_OUT
from web.accounts.errors import (
    InvalidSecondFactor,
    LogInExpired,
    NoSecondFactor,
    SecondFactorAlreadyOn,
    SecondFactorOff,
)
from web.accounts.schemas import (
    RecoveryCodes,
    SecondFactorAnswer,
    SecondFactorNeeded,
    SecondFactorState,
    SecondFactorWish,
    SignedIn,
    TotpSetup,
)
from web.accounts.second_factor.service import SecondFactorService, second_factor_of
from web.accounts.sessions.door import Door
from web.core.api import Routes
from web.core.errors import RateLimited, ReauthenticationRequired
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("auth")


@routes.get("/auth/2fa", permission=Permission.ACCOUNT, seeds="003 2FA")
def second_factor(request: Request) -> SecondFactorState:
    """How the caller's second factor stands."""
    return second_factor_of(request.db, request.member_id)


# These answer secrets, so their answers are not kept for a repeated Idempotency-Key.
@routes.post(
    "/auth/2fa/setup",
    permission=Permission.ACCOUNT,
    status=200,
    errors=(ReauthenticationRequired, SecondFactorAlreadyOn),
    issues_tokens=True,
    seeds="003 2FA",
)
def set_up_second_factor(request: Request) -> TotpSetup:
    """Get a secret for an authenticator app; it counts once enabled with a code of it."""
    return request.services[SecondFactorService].setup(request.member_id, request.caller.session_id)


@routes.post(
    "/auth/2fa/enable",
    permission=Permission.ACCOUNT,
    status=200,
    errors=(ReauthenticationRequired, SecondFactorAlreadyOn, NoSecondFactor, InvalidSecondFactor),
    issues_tokens=True,
    seeds="003 2FA",
)
def enable_second_factor(request: Request, body: SecondFactorWish) -> RecoveryCodes:
    """Turn the second factor on, with the app's first code or with passkeys alone; answers recovery codes."""
    return request.services[SecondFactorService].enable(
        request.member_id, request.caller.session_id, body.code, request.device
    )


@routes.post(
    "/auth/2fa/disable",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(ReauthenticationRequired, SecondFactorOff),
    seeds="003 2FA",
)
def disable_second_factor(request: Request) -> None:
    """Turn the second factor off; the app and the recovery codes are forgotten, passkeys stay."""
    request.services[SecondFactorService].disable(
        request.member_id, request.caller.session_id, request.device
    )


@routes.post(
    "/auth/2fa/recovery-codes",
    permission=Permission.ACCOUNT,
    status=200,
    errors=(ReauthenticationRequired, SecondFactorOff),
    issues_tokens=True,
    seeds="003 2FA",
)
def make_recovery_codes(request: Request) -> RecoveryCodes:
    """Get ten new recovery codes; the ones before stop working."""
    return request.services[SecondFactorService].new_recovery_codes(
        request.member_id, request.caller.session_id, request.device
    )


@routes.post(
    "/auth/2fa/verify",
    permission=Permission.PUBLIC,
    status=200,
    errors=(InvalidSecondFactor, LogInExpired, RateLimited, *SHUT_OUT),
    issues_tokens=True,
    seeds="003 2FA",
)
def verify_second_factor(request: Request, body: SecondFactorAnswer) -> SignedIn | SecondFactorNeeded:
    """Finish a log-in with a code of the authenticator app, or with a recovery code."""
    proof, _ = request.services[SecondFactorService].answer(body, request.device)
    return request.services[Door].sign_in(proof, request.device)
