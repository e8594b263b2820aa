"""A forgotten password: asking for a link, and setting a new password with it."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas import NewPassword, ResetWish
from web.accounts.ways_in.passwords import PasswordService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.joining import has_mailbox
from web.pages.notices import leave_notice
from web.pages.views import page, see_other


@page("forgot", Permission.PUBLIC, template="forgot")
@page("forgot", Permission.PUBLIC, template="forgot", method="POST")
def forgot(request: Request) -> dict[str, Any]:
    """Ask for a link; the answer never tells whether the address is known."""
    form = Form(request, ResetWish)
    if request.method == "POST":
        form.submit(lambda wish: request.services[PasswordService].ask_reset(wish, request.device))
    return {"form": form, "has_mailbox": form.is_done and has_mailbox(request)}


@page("reset", Permission.PUBLIC, template="reset")
@page("reset", Permission.PUBLIC, template="reset", method="POST")
def reset(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Set a new password with the link that came by mail."""
    form = Form(request, NewPassword, {"token": request.GET.get("token")})
    if request.method == "POST":
        form.submit(lambda wish: request.services[PasswordService].reset(wish, request.device))
        if form.is_done:
            return leave_notice(request, see_other("/login"), "password_reset")
    return {"form": form}
