"""How much a member may ask of others: each request to follow or for friendship is put to a person."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.db import AnySelect
from web.core.throttle import Throttle
from web.graph.errors import TooManyWaiting
from web.graph.models import FollowRequest, FriendRequest

# Of one member, at a time. Those who keep their profiles closed take their time to let somebody in.
MOST_FRIEND_REQUESTS: Final = 100
MOST_FOLLOW_REQUESTS: Final = 500

_asker = sa.bindparam("asker", type_=sa.Uuid())
_count: AnySelect = sa.select(sa.func.count())
# One that was declined waits for who sent it, and so it counts: else its end would be told.
_FRIEND_REQUESTS = _count.where(FriendRequest.sender_id == _asker, FriendRequest.withdrawn_at.is_(None))
_FOLLOW_REQUESTS = _count.where(FollowRequest.requester_id == _asker)


class AskingLimits:
    """Refuses what is asked too often. Raises DomainError subclasses."""

    def __init__(self, session: Session, throttle: Throttle) -> None:
        self._session = session
        self._throttle = throttle

    def count_friend_request(self, asker_id: UUID) -> None:
        """Count a friend request that is about to be made.

        Raises:
            TooManyWaiting: none of them has been answered, or taken back.
            RateLimited: too many requests of both kinds in an hour.
        """
        self._count(asker_id, _FRIEND_REQUESTS, MOST_FRIEND_REQUESTS)

    def count_follow_request(self, asker_id: UUID) -> None:
        """The same for a request to follow."""
        self._count(asker_id, _FOLLOW_REQUESTS, MOST_FOLLOW_REQUESTS)

    def _count(self, asker_id: UUID, waiting: AnySelect, most: int) -> None:
        if self._session.execute(waiting, {"asker": asker_id}).scalar_one() >= most:
            raise TooManyWaiting(most=most)
        self._throttle.count("requests", f"member:{asker_id}")
