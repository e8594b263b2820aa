"""Address and phone number: adding, changing and removing them."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas import EmailProof, EmailWish, PhoneConfirmation, PhoneWish
from web.accounts.ways_in.emails import EmailService
from web.accounts.ways_in.phones import PhoneService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.joining import CodeFromMail, LinkFromMail, has_mailbox
from web.pages.notices import leave_notice
from web.pages.settings import require_recent_proof, settings_page
from web.pages.settings.account import HERE, NothingMore, account_page
from web.pages.views import page, see_other


@settings_page("email", template="email")
@settings_page("email", template="email", method="POST")
def change_email(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Name another address; a code goes there."""
    require_recent_proof(request)
    form = Form(request, EmailWish)
    if request.method == "POST":
        service, caller = request.services[EmailService], request.caller
        ticket = form.submit(lambda wish: service.ask_change(request.member_id, caller.session_id, wish))
        if ticket:
            return see_other(f"/settings/account/email/code?ticket={ticket.ticket}")
    return {"form": form}


@settings_page("email_code", template="email_code")
@settings_page("email_code", template="email_code", method="POST")
def confirm_email(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Let the address count with the code that came there."""
    form = Form(request, CodeFromMail, {"ticket": request.GET.get("ticket")})
    if request.method == "POST":
        confirm, member_id = request.services[EmailService].confirm, request.member_id
        form.submit(
            lambda given: confirm(
                EmailProof(ticket=given.ticket, code=given.code), request.device, member_id=member_id
            )
        )
        if form.is_done:
            return leave_notice(request, see_other(HERE), "email_changed")
    return {"form": form, "has_mailbox": has_mailbox(request)}


@settings_page("resend_email_code", template="email_code", method="POST")
def resend_email_code(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Send another code to the address that waits."""
    form = Form(request, NothingMore, {"ticket": request.POST.get("ticket")})
    ticket = form.submit(lambda _nothing: request.services[EmailService].resend(request.member_id))
    if ticket:
        answer = see_other(f"/settings/account/email/code?ticket={ticket.ticket}")
        return leave_notice(request, answer, "code_sent")
    return {"form": form, "has_mailbox": has_mailbox(request)}


@page("confirm_email", Permission.PUBLIC, template="confirm_email")
@page("confirm_email", Permission.PUBLIC, template="confirm_email", method="POST")
def confirm_by_link(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Behind the mail's link: a button, because mail scanners follow links too. It needs no log-in."""
    form = Form(request, LinkFromMail, {"token": request.GET.get("token")})
    if request.method == "POST":
        confirm = request.services[EmailService].confirm
        form.submit(lambda given: confirm(EmailProof(token=given.token), request.device))
        if form.is_done:
            return leave_notice(request, see_other(HERE if request.viewer else "/login"), "email_changed")
    return {"form": form}


@settings_page("remove_email", template="account", method="POST")
def remove_email(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Take the address away."""
    form = Form(request, NothingMore)
    service = request.services[EmailService]
    form.submit(lambda _nothing: service.remove(request.member_id, request.caller.session_id, request.device))
    if form.is_done:
        return leave_notice(request, see_other(HERE), "email_removed")
    return account_page(request, form)


@settings_page("add_phone", template="phone")
@settings_page("add_phone", template="phone", method="POST")
def change_phone(request: Request) -> dict[str, Any]:
    """Name a number; the answer is the page that takes the code, so that no address carries the number."""
    require_recent_proof(request)
    form = Form(request, PhoneWish, locale=request.locale_name)
    if request.method == "POST":
        service, caller = request.services[PhoneService], request.caller
        ticket = form.submit(
            lambda wish: service.add(request.member_id, caller.session_id, wish, request.device)
        )
        if ticket:
            proof = Form(request, PhoneConfirmation, {"phone_number": ticket.phone_number}, is_sent=False)
            return {"form": proof, "step": "code", "has_mailbox": has_mailbox(request)}
    return {"form": form, "step": "number", "has_mailbox": False}


@settings_page("add_phone_code", template="phone", method="POST")
def confirm_phone(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Let the number count with the code that came there."""
    form = Form(request, PhoneConfirmation, locale=request.locale_name)
    service = request.services[PhoneService]
    form.submit(lambda given: service.confirm(request.member_id, given, request.device))
    if form.is_done:
        return leave_notice(request, see_other(HERE), "phone_changed")
    return {"form": form, "step": "code", "has_mailbox": has_mailbox(request)}


@settings_page("remove_phone", template="account", method="POST")
def remove_phone(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Take the number away."""
    form = Form(request, NothingMore)
    service = request.services[PhoneService]
    form.submit(lambda _nothing: service.remove(request.member_id, request.caller.session_id, request.device))
    if form.is_done:
        return leave_notice(request, see_other(HERE), "phone_removed")
    return account_page(request, form)
