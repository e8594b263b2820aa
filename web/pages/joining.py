"""Signing up: the wish, the code or the link from the mail, and what is still missing of an account."""

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import BaseModel
from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas import Registration, ResendWish, Verification
from web.accounts.schemas.identity import Code, LinkToken
from web.accounts.sessions.door import Proof
from web.accounts.ways_in.sign_up import SignUpService
from web.core.mail import OutboxMailer
from web.core.requests import Request
from web.core.security import Permission
from web.pages.entering import enter
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.views import AFTER_LOGIN, page, see_other

# Where readers of a language most likely live; scripts send the zone of the browser instead.
ZONE_OF_LANGUAGE = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo", "es": "Europe/Madrid"}


class CodeFromMail(BaseModel):
    """What the page for the code sends."""

    ticket: UUID
    code: Code


class LinkFromMail(BaseModel):
    """What the button behind the mail's link sends."""

    token: LinkToken


@page("signup", Permission.PUBLIC, template="signup")
@page("signup", Permission.PUBLIC, template="signup", method="POST")
def sign_up(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Ask to join; the code comes by mail."""
    if request.viewer:
        return see_other(AFTER_LOGIN)
    zone = zone_of(request)
    form = Form(request, Registration, locale=request.locale_name, zone=zone)
    if request.method == "POST":
        ticket = form.submit(request.services[SignUpService].register)
        if ticket:
            return see_other(f"/code?ticket={ticket.ticket}")
    return {"form": form, "zone": zone}


def zone_of(request: Request) -> str:
    """The zone that the browser's script filled in; else a guess by language."""
    zone = request.POST.get("zone", "")
    if zone in available_timezones():
        return str(zone)
    return ZONE_OF_LANGUAGE.get(request.locale_name, "UTC")


@page("code", Permission.PUBLIC, template="code")
def ask_for_code(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Where to enter the code; the mail's link shows a button, because mail scanners follow links too."""
    if "token" in request.GET:
        return _link_page(request, Form(request, LinkFromMail, {"token": request.GET["token"]}))
    if "ticket" not in request.GET:
        return see_other("/signup")
    return _code_page(request, Form(request, CodeFromMail, {"ticket": request.GET["ticket"]}))


@page("code", Permission.PUBLIC, template="code", method="POST")
def enter_code(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Join with the code, or with the link, and be signed in."""
    verify = request.services[SignUpService].verify
    if "token" in request.POST:
        link = Form(request, LinkFromMail)
        member_id = link.submit(lambda given: verify(Verification(token=given.token)))
        shown = _link_page(request, link)
    else:
        form = Form(request, CodeFromMail)
        member_id = form.submit(lambda given: verify(Verification(ticket=given.ticket, code=given.code)))
        shown = _code_page(request, form)
    if member_id:
        return enter(request, Proof(member_id, ("pwd", "otp"), complete=True), AFTER_LOGIN)
    return shown


@page("resend_code", Permission.PUBLIC, template="code", method="POST")
def resend_code(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Send another code, a minute after the last one at the earliest."""
    form = Form(request, ResendWish)
    ticket = form.submit(lambda wish: request.services[SignUpService].resend(wish.ticket))
    if ticket:
        return leave_notice(request, see_other(f"/code?ticket={ticket.ticket}"), "code_sent")
    return _code_page(request, form)


def _code_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    return {"form": form, "by_link": False, "has_mailbox": has_mailbox(request)}


def _link_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    return {"form": form, "by_link": True, "has_mailbox": False}


def has_mailbox(request: Request) -> bool:
    """Whether mails and messages are kept here instead of being sent."""
    return not request.settings.is_production and isinstance(request.app.mailer, OutboxMailer)
