"""Accountability partners: inviting, agreeing, telling each other how it goes."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pyramid.httpexceptions import HTTPSeeOther

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import NameDirectory, Permission
from web.graph.partners import queries
from web.graph.partners.errors import InvitationsNotAccepted
from web.graph.partners.schemas import (
    Frequency,
    NewCheckIn,
    NewPartnership,
    PartnershipChange,
    PartnershipsQuery,
)
from web.graph.partners.service import PartnerService
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.views import id_in, page, page_query, see_other

HERE = "/accountability"
# What the buttons of a partnership do.
_CHANGES = {
    "accept": PartnershipChange(status="active"),
    "pause": PartnershipChange(status="paused"),
    "resume": PartnershipChange(status="active"),
    "daily": PartnershipChange(frequency="daily"),
    "weekly": PartnershipChange(frequency="weekly"),
}


class Invitation(BaseModel):
    """Whom to ask, by name, and how often both want to check in."""

    username: str
    frequency: Frequency = "daily"


@page("partners", Permission.READ, template="accountability")
def partners(request: Request) -> dict[str, Any]:
    """Partners, invitations either way, and a place to invite somebody."""
    empty = {"username": request.GET.get("with", ""), "frequency": "daily"}
    return _overview(request, Form(request, Invitation, empty))


@page("partners", Permission.FOLLOW, template="accountability", method="POST")
def invite(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Ask a member to be partners."""
    form = Form(request, Invitation)
    form.submit(
        lambda wish: _invite(request, wish), mends={NotFound: "username", InvitationsNotAccepted: "username"}
    )
    if form.is_done:
        return leave_notice(request, see_other(HERE), "asked")
    return _overview(request, form)


@page("partner", Permission.READ, template="partner")
def partner(request: Request) -> dict[str, Any]:
    """One partnership with what both told."""
    return _one(request, id_in(request, "partnership_id"), Form(request, NewCheckIn))


@page("partner", Permission.FOLLOW, template="partner", method="POST")
def check_in(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Tell the partner how it went."""
    partnership_id, form = id_in(request, "partnership_id"), Form(request, NewCheckIn)
    service = request.services[PartnerService]
    form.submit(lambda new: service.check_in(request.member_id, partnership_id, new))
    if form.is_done:
        return leave_notice(request, see_other(f"{HERE}/{partnership_id}"), "checked_in")
    return _one(request, partnership_id, form)


@page("change_partnership", Permission.FOLLOW, method="POST")
def change(request: Request) -> HTTPSeeOther:
    """Accept, pause or go on, check in more or less often, or end it."""
    service, partnership_id = request.services[PartnerService], id_in(request, "partnership_id")
    action = request.POST.get("action", "")
    if action == "end":
        service.end(request.member_id, partnership_id)
        return leave_notice(request, see_other(HERE), "partnership_ended")
    if action not in _CHANGES:
        raise NotFound()
    service.change(request.member_id, partnership_id, _CHANGES[action])
    return see_other(f"{HERE}/{partnership_id}")


def _invite(request: Request, wish: Invitation) -> UUID:
    """Ask the member of that name.

    Raises:
        NotFound: nobody is there for the reader.
        SelfPartnership, InvitationsNotAccepted
    """
    name = wish.username.strip().removeprefix("@")
    try:
        partner_id = request.services[NameDirectory].id_of(name)
        new = NewPartnership(partner_id=partner_id, frequency=wish.frequency)
        return request.services[PartnerService].invite(request.member_id, new)
    except NotFound as error:
        raise NotFound("Nobody here has this name.") from error


def _overview(request: Request, form: Form[Invitation]) -> dict[str, Any]:
    ended = request.GET.get("show") == "ended"
    path = f"{HERE}?show=ended" if ended else HERE
    query = page_query(request, PartnershipsQuery, path, status="ended" if ended else None)
    found = queries.partnerships(request.db, request.services[Clock], request.member_id, query)
    return {"form": form, "page": found, "shown": "ended" if ended else "now"}


def _one(request: Request, partnership_id: UUID, form: Form[NewCheckIn]) -> dict[str, Any]:
    me = request.member_id
    query = page_query(request, PageQuery)
    return {
        "form": form,
        "partnership": queries.partnership(request.db, request.services[Clock], me, partnership_id),
        "page": queries.check_ins(request.db, me, partnership_id, query),
    }
