"""Following and unfollowing."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.queries import require_member
from web.core.clock import Clock
from web.core.events import EventLog
from web.graph import queries
from web.graph.errors import SelfFollow
from web.graph.events import MemberFollowed, MemberUnfollowed
from web.graph.models import Follow, RelationCount
from web.graph.schemas import Relationship


class GraphService:
    """Relations between members. Raises DomainError subclasses; never commits."""

    def __init__(self, session: Session, clock: Clock, events: EventLog) -> None:
        self._session = session
        self._clock = clock
        self._events = events

    def follow(self, follower_id: UUID, followed_id: UUID) -> Relationship:
        """Follow a member; twice is the same as once.

        Raises:
            SelfFollow, NotFound
        """
        if follower_id == followed_id:
            raise SelfFollow()
        require_member(self._session, followed_id)
        if self._insert(follower_id, followed_id):
            self._events.emit(MemberFollowed(follower_id=follower_id, followed_id=followed_id))
            self._count(follower_id, followed_id, 1)
        return queries.relationship(self._session, follower_id, followed_id)

    def unfollow(self, follower_id: UUID, followed_id: UUID) -> Relationship:
        """Stop following a member; twice is the same as once.

        Raises:
            NotFound
        """
        require_member(self._session, followed_id)
        if self._delete(follower_id, followed_id):
            self._events.emit(MemberUnfollowed(follower_id=follower_id, followed_id=followed_id))
            self._count(follower_id, followed_id, -1)
        return queries.relationship(self._session, follower_id, followed_id)

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
