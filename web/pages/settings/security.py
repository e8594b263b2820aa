"""Two-step log-in, recovery codes, passkeys, and what happened to the safety of the account."""

from typing import Any
from uuid import UUID

from markupsafe import Markup
from pydantic import BaseModel, Json
from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas import NewPasskey, PasskeyChange, TotpSetup
from web.accounts.schemas.identity import Code
from web.accounts.schemas.passkeys import NewCredential, PasskeyName
from web.accounts.second_factor.service import SecondFactorService, second_factor_of
from web.accounts.second_factor.totp import qr_svg
from web.accounts.sessions import safety
from web.accounts.ways_in.passkeys import PasskeyService, passkeys_of
from web.core.i18n import _
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.settings import require_recent_proof, settings_page
from web.pages.settings.account import NothingMore
from web.pages.views import id_in, page_query, see_other

HERE = "/settings/security"
EVENTS_SHOWN = 15
LONGEST_URI = 300

WHAT_HAPPENED = {
    "logged_in": _("Logged in"),
    "logged_in_new_device": _("Logged in on a new device"),
    "token_reused": _("Session ended for safety"),
    "session_ended": _("Session ended"),
    "password_changed": _("Password changed"),
    "password_reset": _("Password set anew by mail"),
    "email_changed": _("Email address changed"),
    "email_removed": _("Email address removed"),
    "phone_changed": _("Phone number changed"),
    "phone_removed": _("Phone number removed"),
    "google_linked": _("Google account linked"),
    "google_removed": _("Google account removed"),
    "passkey_added": _("Passkey added"),
    "passkey_removed": _("Passkey removed"),
    "second_factor_on": _("Two-step log-in turned on"),
    "second_factor_off": _("Two-step log-in turned off"),
    "recovery_codes_made": _("New recovery codes made"),
    "recovery_code_used": _("Recovery code used"),
    "data_requested": _("Copy of the data requested"),
    "deactivated": _("Account deactivated"),
    "returned": _("Account active again"),
    "deletion_requested": _("Deletion requested"),
    "deletion_cancelled": _("Deletion cancelled"),
    "suspended": _("Account suspended"),
    "suspension_lifted": _("Suspension lifted"),
    "banned": _("Account closed"),
    "ban_lifted": _("Account opened again"),
}


class FirstCode(BaseModel):
    """The first code of a new app, and what the app was set up with, to be shown again after a wrong one."""

    code: Code
    uri: str
    secret: str


class MadePasskey(BaseModel):
    """What a script puts into the form for a new passkey."""

    ticket: UUID
    credential: Json[NewCredential]
    name: PasskeyName | None = None

    @property
    def passkey(self) -> NewPasskey:
        return NewPasskey(ticket=self.ticket, credential=self.credential, name=self.name)


@settings_page("security", template="security")
def security(request: Request) -> dict[str, Any]:
    """All of it at a glance."""
    return _overview(request, Form(request, NothingMore))


def _overview(request: Request, form: Form[Any]) -> dict[str, Any]:
    """What the page shows; ``form`` says why something was refused."""
    query = page_query(request, PageQuery, HERE, limit=EVENTS_SHOWN)
    translate = request.localizer.translate
    return {
        "form": form,
        "state": second_factor_of(request.db, request.member_id),
        "passkeys": passkeys_of(request.db, request.member_id).items,
        "page": safety.security_events_of(request.db, request.member_id, query, translate=translate),
        "what_happened": {kind: translate(text) for kind, text in WHAT_HAPPENED.items()},
    }


@settings_page("two_step", template="two_step")
def ask_two_step(request: Request) -> dict[str, Any]:
    """What two-step log-in is; the secret is made once the member says so."""
    require_recent_proof(request)
    state = second_factor_of(request.db, request.member_id)
    return {"step": "start", "state": state, "form": Form(request, NothingMore)}


@settings_page("two_step", template="two_step", method="POST")
def set_up_two_step(request: Request) -> dict[str, Any]:
    """Show the secret for the app; with ``method=passkey`` turn it on with the passkeys alone."""
    form = Form(request, NothingMore)
    service, caller = request.services[SecondFactorService], request.caller
    if request.POST.get("method") == "passkey":
        made = form.submit(
            lambda _nothing: service.enable(request.member_id, caller.session_id, None, request.device)
        )
        if made:
            return {"step": "codes", "codes": made.codes}
    else:
        setup = form.submit(lambda _nothing: service.setup(request.member_id, caller.session_id))
        if setup:
            return _app_page(Form(request, FirstCode, is_sent=False), setup)
    return {"step": "start", "state": second_factor_of(request.db, request.member_id), "form": form}


@settings_page("enable_two_step", template="two_step", method="POST")
def enable_two_step(request: Request) -> dict[str, Any]:
    """Turn it on with the app's first code; the recovery codes are shown this once."""
    form = Form(request, FirstCode)
    service, caller = request.services[SecondFactorService], request.caller
    made = form.submit(
        lambda given: service.enable(request.member_id, caller.session_id, given.code, request.device)
    )
    if made:
        return {"step": "codes", "codes": made.codes}
    secret, uri = form.values.get("secret") or "", (form.values.get("uri") or "")[:LONGEST_URI]
    return _app_page(form, TotpSetup(secret=secret, uri=uri, qr_svg=qr_svg(uri)))


def _app_page(form: Form[FirstCode], setup: TotpSetup) -> dict[str, Any]:
    return {"step": "app", "setup": setup, "qr": Markup(setup.qr_svg), "form": form}  # noqa: S704 - ours


@settings_page("disable_two_step", method="POST")
def disable_two_step(request: Request) -> HTTPSeeOther:
    """Turn it off."""
    service = request.services[SecondFactorService]
    service.disable(request.member_id, request.caller.session_id, request.device)
    return leave_notice(request, see_other(HERE), "second_factor_off")


@settings_page("recovery_codes", template="two_step", method="POST")
def make_recovery_codes(request: Request) -> dict[str, Any]:
    """Make ten new ones, shown this once."""
    service = request.services[SecondFactorService]
    made = service.new_recovery_codes(request.member_id, request.caller.session_id, request.device)
    return {"step": "codes", "codes": made.codes}


@settings_page("passkeys", template="passkey")
@settings_page("passkeys", template="passkey", method="POST")
def add_passkey(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Add a passkey; a script makes it."""
    require_recent_proof(request)
    form = Form(request, MadePasskey)
    if request.method == "POST":
        add, caller = request.services[PasskeyService].add, request.caller
        form.submit(lambda made: add(request.member_id, caller.session_id, made.passkey, request.device))
        if form.is_done:
            return leave_notice(request, see_other(HERE), "passkey_added")
    return {"form": form}


@settings_page("rename_passkey", template="security", method="POST")
def rename_passkey(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Give a passkey another name."""
    form = Form(request, PasskeyChange)
    rename, passkey_id = request.services[PasskeyService].rename, id_in(request, "passkey_id")
    form.submit(lambda change: rename(request.member_id, passkey_id, change))
    if form.is_done:
        return leave_notice(request, see_other(HERE), "passkey_renamed")
    return _overview(request, form)


@settings_page("remove_passkey", template="security", method="POST")
def remove_passkey(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Remove a passkey."""
    form = Form(request, NothingMore)
    remove, passkey_id = request.services[PasskeyService].remove, id_in(request, "passkey_id")
    form.submit(
        lambda _nothing: remove(request.member_id, request.caller.session_id, passkey_id, request.device)
    )
    if form.is_done:
        return leave_notice(request, see_other(HERE), "passkey_removed")
    return _overview(request, form)
