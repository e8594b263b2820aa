"""Proving once more who one is, before something sensitive is changed."""

from typing import Any

from pydantic import BaseModel, Field
from pyramid.httpexceptions import HTTPSeeOther

from web.accounts import queries
from web.accounts.schemas.identity import LONGEST_PASSWORD
from web.accounts.schemas.second_factor import SecondFactorCode
from web.accounts.second_factor.service import SecondFactorService
from web.accounts.ways_in.passkeys import PasskeyService
from web.accounts.ways_in.passwords import PasswordService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.second_factors import SignedByPasskey
from web.pages.views import next_page, page, see_other

DEFAULT = "/settings/account"


class PasswordProof(BaseModel):
    """The password."""

    password: str = Field(max_length=LONGEST_PASSWORD)


class CodeProof(BaseModel):
    """A code of the authenticator app, or a recovery code."""

    code: SecondFactorCode


@page("prove_it", Permission.ACCOUNT, template="prove_it")
@page("prove_it", Permission.ACCOUNT, template="prove_it", method="POST")
def prove_it(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Prove it with the password or with a code, and go on to the page that wanted the proof."""
    member_id, session_id = request.member_id, request.caller.session_id
    if "code" in request.POST:
        by_code = Form(request, CodeProof)
        service = request.services[SecondFactorService]
        by_code.submit(lambda given: service.prove(member_id, session_id, given.code, request.device))
        return _answer(request, by_code)
    form = Form(request, PasswordProof)
    if request.method == "POST":
        passwords = request.services[PasswordService]
        form.submit(lambda given: passwords.prove(member_id, session_id, given.password, request.device))
    return _answer(request, form)


@page("prove_it_passkey", Permission.ACCOUNT, template="prove_it", method="POST")
def prove_it_by_passkey(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Prove it with a passkey."""
    form = Form(request, SignedByPasskey)
    member_id, session_id = request.member_id, request.caller.session_id
    service = request.services[PasskeyService]
    form.submit(lambda signed: service.prove(member_id, session_id, signed.answer, request.device))
    return _answer(request, form)


def _answer(request: Request, form: Form[Any]) -> dict[str, Any] | HTTPSeeOther:
    wanted = next_page(request, DEFAULT)
    if form.is_done:
        return see_other(wanted)
    return {"form": form, "me": queries.me(request.db, request.member_id), "next": wanted}
