"""What callers send and get about their friends."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery

LONGEST_SEARCH = 100


class FriendOrder(StrEnum):
    """How friends can be sorted."""

    RECENT = "recent"
    ALPHABETICAL = "alphabetical"
    ACTIVE = "active"


class FriendsQuery(PageQuery):
    """How to sort the list."""

    sort: FriendOrder = Field(
        default=FriendOrder.RECENT,
        description="recent: newest friendship first; active: who was there last first, as far as shown",
    )


class FriendSearch(PageQuery):
    """What to look for among friends."""

    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_SEARCH)] = (
        Field(description="a part of a friend's nickname, username or full name")
    )


class Friend(MemberCard):
    """A friend of the caller."""

    friends_since: datetime
    is_online: bool | None = Field(description="null where the friend does not show it")
    last_seen_at: datetime | None = Field(
        description="exact to some minutes; null where the friend does not show it"
    )
    mutual_friends_count: int
