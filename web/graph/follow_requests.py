"""Asking to follow members whose profiles are not open, and their answers.

A member who opens their profile lets nobody in by that: each request was put to a person, who still answers
it. Whoever asked follows at once by following again, because then nobody has to be asked. Likewise, followers
stay when a profile closes.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.relations import MemberPolicy
from web.graph import queries
from web.graph.asking import AskingLimits
from web.graph.events import FollowApproved, FollowDeclined, FollowRequested
from web.graph.models import Follow, FollowRequest
from web.graph.relations import lock_pair
from web.graph.schemas import Relationship
from web.graph.ties import Ties


class FollowRequestService:
    """Requests to follow. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        policy: MemberPolicy,
        ties: Ties,
        limits: AskingLimits,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._ties = ties
        self._limits = limits

    def ask(self, requester_id: UUID, member_id: UUID) -> None:
        """Ask a member to be let in, unless that has happened already; the caller has locked the pair.

        Raises:
            TooManyWaiting, RateLimited
        """
        if self._is_following(requester_id, member_id) or self._is_asking(requester_id, member_id):
            return
        self._limits.count_follow_request(requester_id)
        row = {"requester_id": requester_id, "member_id": member_id, "created_at": self._clock.now()}
        self._session.execute(sa.insert(FollowRequest), row)
        self._events.emit(FollowRequested(requester_id=requester_id, member_id=member_id))

    def approve(self, member_id: UUID, requester_id: UUID) -> Relationship:
        """Let somebody in who asked to follow; twice is the same as once.

        Raises:
            NotFound: nobody asks, or whoever does is out of sight.
        """
        lock_pair(self._session, member_id, requester_id)
        self._policy.require_sight(member_id, requester_id)
        if self._end(member_id, requester_id):
            self._events.emit(FollowApproved(member_id=member_id, requester_id=requester_id))
            self._ties.follow(requester_id, member_id, agreed=True)
        elif not self._is_following(requester_id, member_id):
            raise NotFound()
        return queries.relationship(self._session, member_id, requester_id)

    def decline(self, member_id: UUID, requester_id: UUID) -> Relationship:
        """Do not let somebody in, who is not told and may ask again; twice is the same as once.

        Raises:
            NotFound: nobody is there.
        """
        lock_pair(self._session, member_id, requester_id)
        self._policy.require_sight(member_id, requester_id)
        if self._end(member_id, requester_id):
            self._events.emit(FollowDeclined(member_id=member_id, requester_id=requester_id))
        return queries.relationship(self._session, member_id, requester_id)

    def _end(self, member_id: UUID, requester_id: UUID) -> bool:
        """Delete a request; False when there was none."""
        ended = sa.delete(FollowRequest).where(
            FollowRequest.requester_id == requester_id, FollowRequest.member_id == member_id
        )
        return self._session.scalar(ended.returning(FollowRequest.member_id)) is not None

    def _is_asking(self, requester_id: UUID, member_id: UUID) -> bool:
        asking = sa.exists().where(
            FollowRequest.requester_id == requester_id, FollowRequest.member_id == member_id
        )
        return bool(self._session.scalar(sa.select(asking)))

    def _is_following(self, follower_id: UUID, followed_id: UUID) -> bool:
        follow = sa.exists().where(Follow.follower_id == follower_id, Follow.followed_id == followed_id)
        return bool(self._session.scalar(sa.select(follow)))
