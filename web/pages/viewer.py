"""Who looks at a page, as its frame shows them."""

from dataclasses import dataclass

from web.accounts.queries import cards
from web.accounts.schemas import MemberCard
from web.core.requests import Request
from web.notifications.queries import unread_count


@dataclass(frozen=True)
class Viewer:
    """The signed-in member of a page."""

    card: MemberCard
    unread: int


def viewer_of(request: Request) -> Viewer | None:
    """The member who looks, or None; two queries, once per page."""
    member_id = request.viewer_id
    card = cards(request.db, [member_id]).get(member_id) if member_id else None
    if member_id is None or card is None:
        return None
    return Viewer(card, unread_count(request.db, member_id).unread)
