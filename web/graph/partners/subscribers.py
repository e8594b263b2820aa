"""What ends a partnership besides its members."""

from web.core.events import Happened
from web.core.services import Services
from web.graph.events import MemberBlocked
from web.graph.partners.service import PartnerService


def end_on_block(services: Services, happened: Happened[MemberBlocked]) -> None:
    """Whoever wants nothing to do with a partner any more is no partner."""
    event = happened.event
    services[PartnerService].end_between(event.blocker_id, event.blocked_id)
