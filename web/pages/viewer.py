"""Who looks at a page, as its frame shows them."""

from dataclasses import dataclass
from datetime import date

from web.accounts import queries
from web.accounts.schemas import MemberCard
from web.core.errors import NotFound
from web.core.requests import Request
from web.messaging.queries.unread import unread_conversations
from web.notifications.queries import unread_count


@dataclass(frozen=True)
class Viewer:
    """The signed-in member of a page.

    Attributes:
        unread: notifications that were not read.
        unread_conversations: in which something waits to be read.
        erased_on: set while the account waits to be deleted.
    """

    card: MemberCard
    unread: int
    unread_conversations: int
    erased_on: date | None


def viewer_of(request: Request) -> Viewer | None:
    """The member who looks, or None; three queries, once per page."""
    member_id = request.viewer_id
    if member_id is None:
        return None
    try:
        me = queries.me(request.db, member_id)
    except NotFound:
        return None
    card = MemberCard(id=me.id, username=me.username, nickname=me.nickname, avatar_url=me.avatar_url)
    return Viewer(
        card,
        unread=unread_count(request.db, member_id).unread,
        unread_conversations=unread_conversations(request.db, member_id),
        erased_on=me.erased_on,
    )
