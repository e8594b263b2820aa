"""Signing up, in and out."""

from typing import Any
from zoneinfo import available_timezones

from pyramid.csrf import new_csrf_token
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import forget, remember

from web.accounts.door import Door, Proof
from web.accounts.passwords import PasswordService
from web.accounts.schemas import Credentials, Registration, SecondFactorNeeded, Verification
from web.accounts.sessions import SessionService
from web.accounts.sign_up import SignUpService
from web.core.mail import OutboxMailer
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.views import AFTER_LOGIN, next_page, page, see_other

# Where readers of a language most likely live; scripts send the zone of the browser instead.
ZONE_OF_LANGUAGE = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo", "es": "Europe/Madrid"}


@page("signup", Permission.PUBLIC, template="signup")
@page("signup", Permission.PUBLIC, template="signup", method="POST")
def sign_up(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Ask to join; the code comes by mail."""
    if request.viewer:
        return see_other(AFTER_LOGIN)
    zone = _zone(request)
    form = Form(request, Registration, locale=request.locale_name, zone=zone)
    if request.method == "POST":
        ticket = form.submit(request.services[SignUpService].register)
        if ticket:
            return see_other(f"/code?ticket={ticket.ticket}")
    return {"form": form, "zone": zone}


def _zone(request: Request) -> str:
    """The zone that the browser's script filled in; else a guess by language."""
    zone = request.POST.get("zone", "")
    if zone in available_timezones():
        return str(zone)
    return ZONE_OF_LANGUAGE.get(request.locale_name, "UTC")


@page("code", Permission.PUBLIC, template="code")
@page("code", Permission.PUBLIC, template="code", method="POST")
def enter_code(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Join with the code that came by mail, and be signed in."""
    form = Form(request, Verification, {"ticket": request.GET.get("ticket", "")})
    if request.method == "POST":
        member_id = form.submit(request.services[SignUpService].verify)
        if member_id:
            return _enter(request, Proof(member_id, ("pwd", "otp"), complete=True), AFTER_LOGIN)
    has_mailbox = not request.settings.is_production and isinstance(request.app.mailer, OutboxMailer)
    return {"form": form, "has_mailbox": has_mailbox}


@page("login", Permission.PUBLIC, template="login")
@page("login", Permission.PUBLIC, template="login", method="POST")
def log_in(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Sign in with address and password."""
    if request.method == "GET" and request.viewer:
        return see_other(next_page(request))
    form = Form(request, Credentials)
    if request.method == "POST":
        passwords = request.services[PasswordService]
        member_id = form.submit(lambda given: passwords.authenticate(given, request.device))
        if member_id:
            return _enter(request, Proof(member_id, ("pwd",)), next_page(request))
    return {"form": form, "next": next_page(request)}


@page("logout", Permission.PUBLIC, method="POST")
def log_out(request: Request) -> HTTPSeeOther:
    """End the session; without one there is nothing to do."""
    if request.identity:
        request.services[SessionService].revoke(request.caller.session_id)
    return see_other("/", forget(request))


def _enter(request: Request, proof: Proof, location: str) -> HTTPSeeOther:
    entry = request.services[Door].enter(proof, client="web", device=request.device)
    if isinstance(entry, SecondFactorNeeded):
        return see_other(f"/second-factor?ticket={entry.ticket}")
    new_csrf_token(request)  # one that was known before login is worth nothing after it
    return see_other(location, remember(request, str(entry.session_id)))
