"""The second step of a log-in, and logging in with nothing but a passkey."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Json
from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas import PasskeyAnswer, SecondFactorAnswer
from web.accounts.schemas.passkeys import SignedCredential
from web.accounts.second_factor.service import SecondFactorService
from web.accounts.ways_in.passkeys import PasskeyService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.entering import enter, log_in_page
from web.pages.forms import Form
from web.pages.views import next_page, page


class SignedByPasskey(BaseModel):
    """What a script puts into a form: the ticket of the challenge, and what the browser gave for it."""

    ticket: UUID
    credential: Json[SignedCredential]

    @property
    def answer(self) -> PasskeyAnswer:
        return PasskeyAnswer(ticket=self.ticket, credential=self.credential)


@page("second_factor", Permission.PUBLIC, template="second_factor")
@page("second_factor", Permission.PUBLIC, template="second_factor", method="POST")
def second_factor(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Finish a log-in with a code of the app, or with a recovery code."""
    form = Form(request, SecondFactorAnswer, {"ticket": request.params.get("ticket")})
    if request.method == "POST":
        service = request.services[SecondFactorService]
        found = form.submit(lambda given: service.answer(given, request.device))
        if found:
            return enter(request, found[0], next_page(request))
    return {"form": form, "next": next_page(request)}


@page("second_factor_passkey", Permission.PUBLIC, template="second_factor", method="POST")
def second_factor_by_passkey(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Finish a log-in with a passkey."""
    form = Form(request, SignedByPasskey)
    return _by_passkey(request, form) or {"form": form, "next": next_page(request)}


@page("login_passkey", Permission.PUBLIC, template="login", method="POST")
def log_in_by_passkey(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Log in with a passkey alone."""
    form = Form(request, SignedByPasskey)
    return _by_passkey(request, form) or log_in_page(request, form)


def _by_passkey(request: Request, form: Form[SignedByPasskey]) -> HTTPSeeOther | None:
    service = request.services[PasskeyService]
    proof = form.submit(lambda signed: service.answer(signed.answer, request.device))
    return enter(request, proof, next_page(request)) if proof else None
