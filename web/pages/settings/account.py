"""The account: its ways in at a glance, the password, leaving for a while or for good."""

from typing import Any

from pydantic import BaseModel
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import forget

from web.accounts import queries
from web.accounts.schemas import PasswordChange
from web.accounts.schemas.leaving import DeletionWish
from web.accounts.service import AccountService
from web.accounts.ways_in.google import GoogleService
from web.accounts.ways_in.passwords import PasswordService
from web.core.requests import Request
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.settings import require_recent_proof, settings_page
from web.pages.views import see_other

HERE = "/settings/account"


class NothingMore(BaseModel):
    """A form with nothing but its button."""


@settings_page("account", template="account")
def account(request: Request) -> dict[str, Any]:
    """All ways in, and what can be done with them."""
    return account_page(request, Form(request, NothingMore))


def account_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    """What the page shows; ``form`` says why something was refused."""
    return {"form": form, "me": queries.me(request.db, request.member_id)}


@settings_page("remove_google", template="account", method="POST")
def remove_google(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Take the Google account away as a way in."""
    form = Form(request, NothingMore)
    service = request.services[GoogleService]
    form.submit(lambda _nothing: service.unlink(request.member_id, request.caller.session_id, request.device))
    if form.is_done:
        return leave_notice(request, see_other(HERE), "google_removed")
    return account_page(request, form)


@settings_page("password", template="password")
@settings_page("password", template="password", method="POST")
def password(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change the password, or set the first one."""
    form = Form(request, PasswordChange)
    if request.method == "POST":
        change, caller = request.services[PasswordService].change, request.caller
        form.submit(lambda wish: change(request.member_id, caller.session_id, wish, request.device))
        if form.is_done:
            return leave_notice(request, see_other(HERE), "password_changed")
    me = queries.me(request.db, request.member_id)
    if not me.has_password:
        require_recent_proof(request)
    return {"form": form, "me": me}


@settings_page("deactivate", template="deactivate")
@settings_page("deactivate", template="deactivate", method="POST")
def deactivate(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Leave for a while."""
    require_recent_proof(request)
    if request.method == "POST":
        service = request.services[AccountService]
        service.deactivate(request.member_id, request.caller.session_id, request.device)
        return leave_notice(request, see_other("/", forget(request)), "deactivated")
    return {}


@settings_page("delete_account", template="delete_account")
@settings_page("delete_account", template="delete_account", method="POST")
def delete_account(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Leave for good, in 30 days."""
    require_recent_proof(request)
    form = Form(request, DeletionWish, {"keeps_content": "false"})
    if request.method == "POST":
        service, caller = request.services[AccountService], request.caller
        form.submit(
            lambda wish: service.request_deletion(
                request.member_id, caller.session_id, wish.keeps_content, request.device
            )
        )
        if form.is_done:
            return leave_notice(request, see_other(HERE), "deletion_requested")
    return {"form": form}


@settings_page("stay", method="POST")
def stay(request: Request) -> HTTPSeeOther:
    """Stay after all."""
    request.services[AccountService].cancel_deletion(request.member_id, request.device)
    return leave_notice(request, see_other("/feed"), "deletion_cancelled")
