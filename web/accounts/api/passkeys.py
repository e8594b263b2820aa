"""Routes of passkeys."""

from uuid import UUID

from pydantic import BaseModel

from web.accounts.api.sessions import SHUT_OUT
from web.accounts.errors import LastSecondFactor, LastWayIn, LogInExpired, PasskeyRefused, TooManyPasskeys
from web.accounts.schemas import (
    CreationChallenge,
    NewPasskey,
    PasskeyAnswer,
    PasskeyCard,
    PasskeyChange,
    Passkeys,
    PasskeyWish,
    RequestChallenge,
    SecondFactorNeeded,
    SignedIn,
)
from web.accounts.sessions.door import Door
from web.accounts.ways_in.passkeys import PasskeyService, passkeys_of
from web.core.api import Routes
from web.core.errors import ReauthenticationRequired
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("auth")

SEEDS = "003 2FA (passkeys)"


class PasskeyPath(BaseModel):
    """One of the caller's passkeys."""

    passkey_id: UUID


@routes.get("/auth/passkeys", permission=Permission.ACCOUNT, seeds=SEEDS)
def passkeys(request: Request) -> Passkeys:
    """The caller's passkeys, oldest first."""
    return passkeys_of(request.db, request.member_id)


@routes.get("/users/me/passkeys", permission=Permission.ACCOUNT, seeds=SEEDS)
def my_passkeys(request: Request) -> Passkeys:
    """The caller's passkeys, beside the other ways in."""
    return passkeys(request)


@routes.post(
    "/auth/passkeys/options",
    permission=Permission.ACCOUNT,
    status=200,
    errors=(ReauthenticationRequired, TooManyPasskeys),
    seeds=SEEDS,
)
def passkey_options(request: Request) -> CreationChallenge:
    """Get what ``navigator.credentials.create()`` needs to make a passkey."""
    return request.services[PasskeyService].creation_options(request.member_id, request.caller.session_id)


@routes.post(
    "/auth/passkeys",
    permission=Permission.ACCOUNT,
    errors=(ReauthenticationRequired, LogInExpired, PasskeyRefused, TooManyPasskeys),
    seeds=SEEDS,
)
def add_passkey(request: Request, body: NewPasskey) -> PasskeyCard:
    """Add the passkey that was made for a ticket."""
    return request.services[PasskeyService].add(
        request.member_id, request.caller.session_id, body, request.device
    )


@routes.patch("/auth/passkeys/{passkey_id}", permission=Permission.ACCOUNT, seeds=SEEDS)
def rename_passkey(request: Request, path: PasskeyPath, body: PasskeyChange) -> PasskeyCard:
    """Give a passkey another name."""
    return request.services[PasskeyService].rename(request.member_id, path.passkey_id, body)


@routes.delete(
    "/auth/passkeys/{passkey_id}",
    permission=Permission.ACCOUNT,
    errors=(ReauthenticationRequired, LastWayIn, LastSecondFactor),
    seeds=SEEDS,
)
def remove_passkey(request: Request, path: PasskeyPath) -> None:
    """Remove a passkey."""
    request.services[PasskeyService].remove(
        request.member_id, request.caller.session_id, path.passkey_id, request.device
    )


@routes.delete(
    "/users/me/passkeys/{passkey_id}",
    permission=Permission.ACCOUNT,
    errors=(ReauthenticationRequired, LastWayIn, LastSecondFactor),
    seeds=SEEDS,
)
def remove_my_passkey(request: Request, path: PasskeyPath) -> None:
    """Remove a passkey, as any other way in."""
    remove_passkey(request, path)


@routes.post(
    "/auth/passkeys/login/options",
    permission=Permission.PUBLIC,
    status=200,
    errors=(LogInExpired, PasskeyRefused),
    seeds=SEEDS,
)
def passkey_login_options(request: Request, body: PasskeyWish) -> RequestChallenge:
    """Get what ``navigator.credentials.get()`` needs; without a ticket the same for everybody."""
    return request.services[PasskeyService].request_options(body.ticket)


@routes.post(
    "/auth/passkeys/login",
    permission=Permission.PUBLIC,
    status=200,
    errors=(LogInExpired, PasskeyRefused, *SHUT_OUT),
    issues_tokens=True,
    seeds=SEEDS,
)
def passkey_login(request: Request, body: PasskeyAnswer) -> SignedIn | SecondFactorNeeded:
    """Log in with nothing but a passkey, or finish a log-in with one as the second factor."""
    proof = request.services[PasskeyService].answer(body, request.device)
    return request.services[Door].sign_in(proof, request.device)


@routes.post(
    "/auth/passkeys/prove/options",
    permission=Permission.ACCOUNT,
    status=200,
    errors=(PasskeyRefused,),
    seeds=SEEDS,
)
def passkey_proof_options(request: Request) -> RequestChallenge:
    """Get what ``navigator.credentials.get()`` needs to prove once more that it is you."""
    return request.services[PasskeyService].proof_options(request.member_id)


@routes.post(
    "/auth/passkeys/prove",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(LogInExpired, PasskeyRefused),
    issues_tokens=True,  # it grants something, so no answer of it may be replayed
    seeds=SEEDS,
)
def prove_with_passkey(request: Request, body: PasskeyAnswer) -> None:
    """Prove once more that it is you, as sensitive changes ask for."""
    request.services[PasskeyService].prove(request.member_id, request.caller.session_id, body, request.device)
