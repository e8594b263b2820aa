"""Routes of accountability partners."""

from web.core.api import Routes
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.graph.partners import queries
from web.graph.partners.errors import (
    InvitationsNotAccepted,
    NotInvited,
    PartnershipNotActive,
    SelfPartnership,
)
from web.graph.partners.schemas import (
    CheckIn,
    NewCheckIn,
    NewPartnership,
    Partnership,
    PartnershipChange,
    PartnershipPath,
    PartnershipsQuery,
)
from web.graph.partners.service import PartnerService

routes = Routes("partners")
SEEDS = "002 3.2 accountability_partners"


@routes.get("/accountability", permission=Permission.READ, seeds=SEEDS)
def partnerships(request: Request, query: PartnershipsQuery) -> Page[Partnership]:
    """The caller's accountability partners and invitations either way, newest first."""
    return queries.partnerships(request.db, request.services[Clock], request.member_id, query)


@routes.post(
    "/accountability",
    permission=Permission.FOLLOW,
    errors=(SelfPartnership, InvitationsNotAccepted, NotFound),
    seeds=SEEDS,
)
def invite(request: Request, body: NewPartnership) -> Partnership:
    """Ask a member to be accountability partners; where there is something already, that is the answer."""
    partnership_id = request.services[PartnerService].invite(request.member_id, body)
    return queries.partnership(request.db, request.services[Clock], request.member_id, partnership_id)


@routes.patch(
    "/accountability/{partnership_id}",
    permission=Permission.FOLLOW,
    errors=(NotInvited, PartnershipNotActive),
    seeds=SEEDS,
)
def change(request: Request, path: PartnershipPath, body: PartnershipChange) -> Partnership:
    """Accept an invitation, pause or resume, or check in more or less often."""
    request.services[PartnerService].change(request.member_id, path.partnership_id, body)
    return queries.partnership(request.db, request.services[Clock], request.member_id, path.partnership_id)


@routes.delete("/accountability/{partnership_id}", permission=Permission.FOLLOW, seeds=SEEDS)
def end(request: Request, path: PartnershipPath) -> None:
    """End a partnership, decline an invitation or take one back; the other is not told."""
    request.services[PartnerService].end(request.member_id, path.partnership_id)


@routes.post(
    "/accountability/{partnership_id}/check-ins",
    permission=Permission.FOLLOW,
    errors=(PartnershipNotActive,),
    seeds=SEEDS,
)
def check_in(request: Request, path: PartnershipPath, body: NewCheckIn | None) -> CheckIn:
    """Tell the partner how it went. Once on each local day; again on that day, a new note replaces."""
    check_in_id = request.services[PartnerService].check_in(
        request.member_id, path.partnership_id, body or NewCheckIn()
    )
    return queries.check_in(request.db, check_in_id)


@routes.get("/accountability/{partnership_id}/check-ins", permission=Permission.READ, seeds=SEEDS)
def check_ins(request: Request, path: PartnershipPath, query: PageQuery) -> Page[CheckIn]:
    """What both partners told, newest first."""
    return queries.check_ins(request.db, request.member_id, path.partnership_id, query)
