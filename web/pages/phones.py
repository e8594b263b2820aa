"""Getting in with a phone number. The number is never part of an address, which histories and logs keep."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas import PhoneProof, PhoneWish
from web.accounts.ways_in.phones import PhoneService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.entering import enter
from web.pages.forms import Form
from web.pages.joining import has_mailbox, zone_of
from web.pages.views import next_page, page, see_other


@page("phone", Permission.PUBLIC, template="phone")
def ask_number(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Where to give the number."""
    if request.viewer:
        return see_other(next_page(request))
    return _number_page(request, Form(request, PhoneWish))


@page("phone", Permission.PUBLIC, template="phone", method="POST")
def send_code(request: Request) -> dict[str, Any]:
    """Send a code to the number; the answer is the page that takes it."""
    form = Form(request, PhoneWish, locale=request.locale_name)
    ticket = form.submit(lambda wish: request.services[PhoneService].send_code(wish, request.device))
    if ticket is None:
        return _number_page(request, form)
    proof = Form(request, PhoneProof, {"phone_number": ticket.phone_number}, is_sent=False)
    return _code_page(request, proof)


@page("phone_code", Permission.PUBLIC, template="phone", method="POST")
def enter_code(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Come in with the code; a number that nobody has gets an account."""
    form = Form(request, PhoneProof, locale=request.locale_name, zone=zone_of(request))
    arrival = form.submit(request.services[PhoneService].verify)
    if arrival is None:
        return _code_page(request, form)
    wanted = next_page(request)
    return enter(request, arrival.proof("sms"), f"/birth-date?next={wanted}" if arrival.is_new else wanted)


def _number_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    return {"form": form, "step": "number", "next": next_page(request), "has_mailbox": False}


def _code_page(request: Request, form: Form[Any]) -> dict[str, Any]:
    return {
        "form": form,
        "step": "code",
        "next": next_page(request),
        "zone": zone_of(request),
        "has_mailbox": has_mailbox(request),
    }
