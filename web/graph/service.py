"""Following and blocking, and taking either back."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.events import EventLog
from web.core.relations import MemberPolicy
from web.graph import queries
from web.graph.errors import FollowNeedsApproval, SelfBlock, SelfFollow
from web.graph.events import MemberBlocked, MemberFollowed, MemberUnblocked, MemberUnfollowed
from web.graph.models import Block, Follow, Friendship, RelationCount
from web.graph.relations import lock_pair
from web.graph.schemas import Relationship


class GraphService:
    """Relations between members. Raises DomainError subclasses; never commits.

    Lock order: the pair of members (``lock_pair``), rows of relations, counters by member id.
    """

    def __init__(self, session: Session, clock: Clock, events: EventLog, policy: MemberPolicy) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy

    def follow(self, follower_id: UUID, followed_id: UUID) -> Relationship:
        """Follow a member; twice is the same as once.

        Raises:
            SelfFollow, NotFound
            FollowNeedsApproval: the profile is not open to the follower.
        """
        if follower_id == followed_id:
            raise SelfFollow()
        lock_pair(self._session, follower_id, followed_id)
        if not self._policy.may_follow(follower_id, followed_id):
            self._policy.require_sight(follower_id, followed_id)
            return self._followed_before(follower_id, followed_id)
        if self._insert(follower_id, followed_id):
            self._events.emit(MemberFollowed(follower_id=follower_id, followed_id=followed_id))
            self._count(follower_id, followed_id, 1)
        return queries.relationship(self._session, follower_id, followed_id)

    def unfollow(self, follower_id: UUID, followed_id: UUID) -> Relationship:
        """Stop following a member; twice is the same as once.

        Raises:
            NotFound
        """
        self._policy.require_sight(follower_id, followed_id)
        self._end_follow(follower_id, followed_id)
        return queries.relationship(self._session, follower_id, followed_id)

    def block(self, blocker_id: UUID, blocked_id: UUID, reason: str | None = None) -> Relationship:
        """Block a member: neither meets the other any more, follows and friendship end; twice is once.

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
            self._end_friendship(blocker_id, blocked_id)
            for pair in ((blocker_id, blocked_id), (blocked_id, blocker_id)):
                self._end_follow(*pair)
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

    def _followed_before(self, follower_id: UUID, followed_id: UUID) -> Relationship:
        """Followers stay when a profile closes, and following twice is still the same as once."""
        relationship = queries.relationship(self._session, follower_id, followed_id)
        if not relationship.following:
            raise FollowNeedsApproval()
        return relationship

    def _is_blocking(self, blocker_id: UUID, blocked_id: UUID) -> bool:
        return self._session.get(Block, (blocker_id, blocked_id)) is not None

    def _end_follow(self, follower_id: UUID, followed_id: UUID) -> None:
        """End a follow where there is one; whoever ends it, the event is about the follower."""
        if self._delete(follower_id, followed_id):
            self._events.emit(MemberUnfollowed(follower_id=follower_id, followed_id=followed_id))
            self._count(follower_id, followed_id, -1)

    def _end_friendship(self, one: UUID, other: UUID) -> None:
        pair = sa.tuple_(Friendship.member_id, Friendship.friend_id)
        self._session.execute(sa.delete(Friendship).where(pair.in_([(one, other), (other, one)])))

    def _insert(self, follower_id: UUID, followed_id: UUID) -> bool:
        """Insert a follow; False when it was there already."""
        row = {"follower_id": follower_id, "followed_id": followed_id, "created_at": self._clock.now()}
        statement = insert(Follow).on_conflict_do_nothing().returning(Follow.follower_id)
        return self._session.scalar(statement, row) is not None

    def _delete(self, follower_id: UUID, followed_id: UUID) -> bool:
        """Delete a follow; False when there was none."""
        statement = (
            sa.delete(Follow)
            .where(Follow.follower_id == follower_id, Follow.followed_id == followed_id)
            .returning(Follow.follower_id)
        )
        return self._session.scalar(statement) is not None

    def _count(self, follower_id: UUID, followed_id: UUID, change: int) -> None:
        """Adjust both counters, rows in the order of member ids so that two follows never deadlock."""
        gained = max(change, 0)  # a row to insert is checked even where a conflict makes it an update
        rows = [
            {
                "member_id": member_id,
                "follower_count": gained if member_id == followed_id else 0,
                "following_count": gained if member_id == follower_id else 0,
            }
            for member_id in sorted((follower_id, followed_id))
        ]
        is_followed = RelationCount.member_id == followed_id
        followers = RelationCount.follower_count + sa.case((is_followed, change), else_=0)
        following = RelationCount.following_count + sa.case((is_followed, 0), else_=change)
        self._session.execute(
            insert(RelationCount)
            .values(rows)
            .on_conflict_do_update(
                index_elements=["member_id"],
                set_={"follower_count": followers, "following_count": following},
            )
        )
