"""Following and blocking, and taking either back."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.events import EventLog
from web.core.relations import MemberPolicy
from web.graph import queries
from web.graph.errors import SelfBlock, SelfFollow
from web.graph.events import MemberBlocked, MemberUnblocked
from web.graph.follow_requests import FollowRequestService
from web.graph.models import Block
from web.graph.relations import lock_pair
from web.graph.schemas import Relationship
from web.graph.ties import Ties


class GraphService:
    """Relations between members. Raises DomainError subclasses; never commits.

    Lock order: the pair of members (``lock_pair``), rows of relations, counters by member id.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        policy: MemberPolicy,
        ties: Ties,
        follow_requests: FollowRequestService,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._ties = ties
        self._follow_requests = follow_requests

    def follow(self, follower_id: UUID, followed_id: UUID) -> Relationship:
        """Follow a member, or ask to, where the profile is not open; twice is the same as once.

        Raises:
            SelfFollow, NotFound
            TooManyWaiting, RateLimited: the member would have to ask, and has asked too many.
        """
        if follower_id == followed_id:
            raise SelfFollow()
        lock_pair(self._session, follower_id, followed_id)
        if self._policy.may_follow(follower_id, followed_id):
            self._ties.follow(follower_id, followed_id)
        else:
            self._policy.require_sight(follower_id, followed_id)
            self._follow_requests.ask(follower_id, followed_id)
        return queries.relationship(self._session, follower_id, followed_id)

    def unfollow(self, follower_id: UUID, followed_id: UUID) -> Relationship:
        """Stop following a member, or take back the request to; twice is the same as once.

        Raises:
            NotFound
        """
        lock_pair(self._session, follower_id, followed_id)
        self._policy.require_sight(follower_id, followed_id)
        self._ties.withdraw_follow_request(follower_id, followed_id)
        self._ties.unfollow(follower_id, followed_id)
        return queries.relationship(self._session, follower_id, followed_id)

    def block(self, blocker_id: UUID, blocked_id: UUID, reason: str | None = None) -> Relationship:
        """Block a member: neither meets the other any more, all that was between them ends; twice is once.

        Raises:
            SelfBlock
            NotFound: nobody is there, or the other side was faster to block.
        """
        if blocker_id == blocked_id:
            raise SelfBlock()
        lock_pair(self._session, blocker_id, blocked_id)
        if not self._is_blocking(blocker_id, blocked_id):
            self._policy.require_sight(blocker_id, blocked_id)
            self._session.execute(
                sa.insert(Block),
                {
                    "blocker_id": blocker_id,
                    "blocked_id": blocked_id,
                    "reason": reason or None,
                    "created_at": self._clock.now(),
                },
            )
            self._events.emit(MemberBlocked(blocker_id=blocker_id, blocked_id=blocked_id))
            self._ties.end_requests(blocker_id, blocked_id)
            self._ties.unfriend(blocker_id, blocked_id)
            self._ties.unfollow(blocker_id, blocked_id)
            self._ties.unfollow(blocked_id, blocker_id)
        return queries.relationship(self._session, blocker_id, blocked_id)

    def unblock(self, blocker_id: UUID, blocked_id: UUID) -> Relationship:
        """Take a block back; twice is the same as once. What the block ended does not come back.

        Raises:
            SelfBlock
            NotFound: there is no block to take back, and nobody to meet.
        """
        if blocker_id == blocked_id:
            raise SelfBlock()
        lock_pair(self._session, blocker_id, blocked_id)
        gone = sa.delete(Block).where(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id)
        if self._session.scalar(gone.returning(Block.blocked_id)) is not None:
            self._events.emit(MemberUnblocked(blocker_id=blocker_id, blocked_id=blocked_id))
        else:
            self._policy.require_sight(blocker_id, blocked_id)
        return queries.relationship(self._session, blocker_id, blocked_id)

    def _is_blocking(self, blocker_id: UUID, blocked_id: UUID) -> bool:
        return self._session.get(Block, (blocker_id, blocked_id)) is not None
