"""Getting in and out."""

from typing import Any
from urllib.parse import quote

from pyramid.csrf import new_csrf_token
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import forget, remember

from web.accounts.schemas import Credentials, SecondFactorNeeded
from web.accounts.sessions.door import Door, Proof
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.passwords import PasswordService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.views import next_page, page, see_other


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
            return enter(request, Proof(member_id, ("pwd",)), next_page(request))
    return log_in_page(request, form)


def log_in_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    """What the page shows; ``form`` may be that of another way in that was refused."""
    return {"form": form, "next": next_page(request)}


@page("logout", Permission.PUBLIC, method="POST")
def log_out(request: Request) -> HTTPSeeOther:
    """End the session; without one there is nothing to do."""
    if request.identity:
        request.services[SessionService].revoke(request.caller.session_id)
    return see_other("/", forget(request))


def enter(request: Request, proof: Proof, location: str) -> HTTPSeeOther:
    """Let somebody in who proved who they are, to the page that they wanted."""
    entry = request.services[Door].enter(proof, client="web", device=request.device)
    if isinstance(entry, SecondFactorNeeded):
        return see_other(f"/second-factor?ticket={entry.ticket}&next={quote(location)}")
    new_csrf_token(request)  # one that was known before login is worth nothing after it
    answer = see_other(location, remember(request, str(entry.session_id)))
    return leave_notice(request, answer, "welcome_back") if entry.has_returned else answer
