"""What holds two members together, as rows, events and counters: the one place that begins and ends it.

Rules (who may, who has to be asked) are with the services that use it.
"""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.events import EventLog
from web.graph.events import (
    FollowRequestWithdrawn,
    FriendRequestWithdrawn,
    FriendshipBegan,
    FriendshipEnded,
    MemberFollowed,
    MemberUnfollowed,
)
from web.graph.models import Follow, FollowRequest, FriendRequest, Friendship, RelationCount

Changes = Mapping[str, Mapping[UUID, int]]  # by counter and member


class Ties:
    """Begins and ends follows and friendships; never commits.

    Whoever calls has locked the pair (``lock_pair``). Lock order: the pair, rows of relations, counters by
    member id.
    """

    def __init__(self, session: Session, clock: Clock, events: EventLog) -> None:
        self._session = session
        self._clock = clock
        self._events = events

    def follow(self, follower_id: UUID, followed_id: UUID, *, agreed: bool = False) -> None:
        """Begin a follow where there is none; a request for it has got what it asked for.

        Args:
            agreed: the followed let the follower in.
        """
        self._session.execute(_request_to_follow(follower_id, followed_id))
        row = {"follower_id": follower_id, "followed_id": followed_id, "created_at": self._clock.now()}
        begun = insert(Follow).on_conflict_do_nothing().returning(Follow.follower_id)
        if self._session.scalar(begun, row) is not None:
            event = MemberFollowed(follower_id=follower_id, followed_id=followed_id, agreed=agreed)
            self._events.emit(event)
            self._count({"follower_count": {followed_id: 1}, "following_count": {follower_id: 1}})

    def unfollow(self, follower_id: UUID, followed_id: UUID) -> None:
        """End a follow where there is one; whoever ends it, the event is about the follower."""
        ended = sa.delete(Follow).where(Follow.follower_id == follower_id, Follow.followed_id == followed_id)
        if self._session.scalar(ended.returning(Follow.follower_id)) is not None:
            self._events.emit(MemberUnfollowed(follower_id=follower_id, followed_id=followed_id))
            self._count({"follower_count": {followed_id: -1}, "following_count": {follower_id: -1}})

    def befriend(self, member_id: UUID, friend_id: UUID) -> None:
        """Begin the friendship that one member asked for and another agreed to, where there is none.

        Both follow each other from now on (whatever their profiles say), and nothing waits between them.

        Args:
            member_id: who agreed.
            friend_id: who asked.
        """
        self._session.execute(sa.delete(FriendRequest).where(_friend_requests(member_id, friend_id)))
        now = self._clock.now()
        rows = [
            {"member_id": one, "friend_id": other, "created_at": now}
            for one, other in sorted(((member_id, friend_id), (friend_id, member_id)))
        ]
        begun = insert(Friendship).values(rows).on_conflict_do_nothing().returning(Friendship.member_id)
        if self._session.scalars(begun).all():
            self._events.emit(FriendshipBegan(member_id=member_id, friend_id=friend_id))
            self._count({"friend_count": {member_id: 1, friend_id: 1}})
        self.follow(friend_id, member_id, agreed=True)
        self.follow(member_id, friend_id, agreed=True)

    def unfriend(self, member_id: UUID, friend_id: UUID) -> None:
        """End a friendship where there is one; ``member_id`` is who ends it. Follows stay."""
        pair = sa.tuple_(Friendship.member_id, Friendship.friend_id)
        both = pair.in_([(member_id, friend_id), (friend_id, member_id)])
        ended = sa.delete(Friendship).where(both).returning(Friendship.member_id)
        if self._session.scalars(ended).all():
            self._events.emit(FriendshipEnded(member_id=member_id, friend_id=friend_id))
            self._count({"friend_count": {member_id: -1, friend_id: -1}})

    def end_requests(self, one: UUID, other: UUID) -> None:
        """End what either of two members asked of the other."""
        for requester_id, member_id in ((one, other), (other, one)):
            self.withdraw_follow_request(requester_id, member_id)
        of_both = sa.select(FriendRequest).where(_friend_requests(one, other)).with_for_update()
        for request in self._session.scalars(of_both).all():
            self.withdraw_friend_request(request)

    def withdraw_follow_request(self, requester_id: UUID, member_id: UUID) -> None:
        """End a request to follow where there is one."""
        withdrawn = _request_to_follow(requester_id, member_id).returning(FollowRequest.member_id)
        if self._session.scalar(withdrawn) is not None:
            self._events.emit(FollowRequestWithdrawn(requester_id=requester_id, member_id=member_id))

    def withdraw_friend_request(self, request: FriendRequest) -> None:
        """End a friend request. One that was declined is kept, so that asking anew reaches nobody."""
        if request.declined_at is not None:
            request.withdrawn_at = request.withdrawn_at or self._clock.now()
            self._session.flush()
            return
        self._session.delete(request)
        self._session.flush()
        self._events.emit(
            FriendRequestWithdrawn(
                request_id=request.id, sender_id=request.sender_id, receiver_id=request.receiver_id
            )
        )

    def _count(self, changes: Changes) -> None:
        """Adjust counters, rows in the order of member ids so that two changes never deadlock."""
        members = sorted({member_id for by_member in changes.values() for member_id in by_member})
        # A row to insert is checked even where a conflict makes it an update, so it never has less than 0.
        rows = [
            {"member_id": member_id}
            | {name: max(by_member.get(member_id, 0), 0) for name, by_member in changes.items()}
            for member_id in members
        ]
        counters = {name: getattr(RelationCount, name) for name in changes}
        changed = {
            name: counter + sa.case(dict(changes[name]), value=RelationCount.member_id, else_=0)
            for name, counter in counters.items()
        }
        upsert = insert(RelationCount).values(rows)
        self._session.execute(upsert.on_conflict_do_update(index_elements=["member_id"], set_=changed))


def _request_to_follow(requester_id: UUID, member_id: UUID) -> sa.Delete:
    return sa.delete(FollowRequest).where(
        FollowRequest.requester_id == requester_id, FollowRequest.member_id == member_id
    )


def _friend_requests(one: UUID, other: UUID) -> sa.ColumnElement[bool]:
    """SQL: a friend request between two members, whoever asked."""
    pair = sa.tuple_(FriendRequest.sender_id, FriendRequest.receiver_id)
    return pair.in_([(one, other), (other, one)])
