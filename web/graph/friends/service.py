"""Asking for friendship, answering, and ending it (decision 5: friendship is mutual, by request)."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.relations import MemberPolicy, Relations
from web.graph import queries
from web.graph.asking import AskingLimits
from web.graph.events import FriendRequestDeclined, FriendRequested
from web.graph.friends.errors import AlreadyFriends, FriendRequestNotAllowed, SelfFriend
from web.graph.friends.queries import request_item
from web.graph.friends.schemas import Direction, FriendRequestItem, RequestStatus
from web.graph.models import FriendRequest
from web.graph.relations import lock_pair
from web.graph.schemas import Relationship
from web.graph.ties import Ties


class FriendService:
    """Friend requests and what becomes of them. Raises DomainError subclasses; never commits.

    Who asks is not told of a decline: for them the request waits, and asking again is the same as once.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        policy: MemberPolicy,
        relations: Relations,
        ties: Ties,
        limits: AskingLimits,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._relations = relations
        self._ties = ties
        self._limits = limits

    def ask(self, sender_id: UUID, receiver_id: UUID) -> FriendRequestItem:
        """Ask a member for friendship; twice is the same as once.

        Where the member has asked first, this is the answer: both are friends now, also if that request was
        declined before.

        Raises:
            SelfFriend, NotFound, AlreadyFriends
            FriendRequestNotAllowed: the member does not want to be asked by the sender.
            TooManyWaiting, RateLimited: the sender has asked too many.
        """
        if sender_id == receiver_id:
            raise SelfFriend()
        lock_pair(self._session, sender_id, receiver_id)
        self._policy.require_sight(sender_id, receiver_id)
        if self._relations.between(sender_id, receiver_id).friends:
            raise AlreadyFriends()
        theirs = self._request(receiver_id, sender_id)
        if theirs is not None and theirs.withdrawn_at is None:
            self._ties.befriend(sender_id, receiver_id)
            return request_item(self._session, theirs, Direction.RECEIVED, RequestStatus.ACCEPTED)
        mine = self._request(sender_id, receiver_id)
        if mine is None or mine.withdrawn_at is not None:
            if not self._policy.may_befriend(sender_id, receiver_id):
                raise FriendRequestNotAllowed()
            self._limits.count_friend_request(sender_id)
            mine = self._ask_anew(mine) if mine else self._insert(sender_id, receiver_id)
        return request_item(self._session, mine, Direction.SENT, RequestStatus.PENDING)

    def accept(self, receiver_id: UUID, request_id: UUID) -> Relationship:
        """Agree to a friend request; both follow each other from now on.

        Raises:
            NotFound: there is no such request to the receiver any more, or whoever sent it is out of sight.
        """
        request = self._received(receiver_id, request_id)
        self._ties.befriend(receiver_id, request.sender_id)
        return queries.relationship(self._session, receiver_id, request.sender_id)

    def decline(self, receiver_id: UUID, request_id: UUID) -> None:
        """Turn a friend request down, of which who sent it is not told; twice is the same as once.

        Raises:
            NotFound: there is no such request to the receiver any more, or whoever sent it is out of sight.
        """
        request = self._received(receiver_id, request_id)
        if request.declined_at is None:
            request.declined_at = self._clock.now()
            self._session.flush()
            self._events.emit(
                FriendRequestDeclined(
                    request_id=request.id, sender_id=request.sender_id, receiver_id=receiver_id
                )
            )

    def withdraw(self, sender_id: UUID, request_id: UUID) -> None:
        """Take a friend request back.

        Raises:
            NotFound: the sender has no such request any more.
        """
        receiver_id = self._session.scalar(
            sa.select(FriendRequest.receiver_id).where(
                FriendRequest.id == request_id, FriendRequest.sender_id == sender_id
            )
        )
        if receiver_id is None:
            raise NotFound()
        lock_pair(self._session, sender_id, receiver_id)
        request = self._request(sender_id, receiver_id)
        if request is None or request.id != request_id or request.withdrawn_at is not None:
            raise NotFound()
        self._ties.withdraw_friend_request(request)

    def unfriend(self, member_id: UUID, friend_id: UUID) -> Relationship:
        """End a friendship; the follows stay, and twice is the same as once.

        Raises:
            NotFound: nobody is there.
        """
        lock_pair(self._session, member_id, friend_id)
        self._policy.require_sight(member_id, friend_id)
        self._ties.unfriend(member_id, friend_id)
        return queries.relationship(self._session, member_id, friend_id)

    def _received(self, receiver_id: UUID, request_id: UUID) -> FriendRequest:
        """A request to the receiver, its pair locked first, as it is then."""
        sender_id = self._session.scalar(
            sa.select(FriendRequest.sender_id).where(
                FriendRequest.id == request_id, FriendRequest.receiver_id == receiver_id
            )
        )
        if sender_id is None:
            raise NotFound()
        lock_pair(self._session, receiver_id, sender_id)
        self._policy.require_sight(receiver_id, sender_id)
        request = self._request(sender_id, receiver_id)
        if request is None or request.id != request_id or request.withdrawn_at is not None:
            raise NotFound()
        return request

    def _request(self, sender_id: UUID, receiver_id: UUID) -> FriendRequest | None:
        return self._session.scalar(
            sa.select(FriendRequest).where(
                FriendRequest.sender_id == sender_id, FriendRequest.receiver_id == receiver_id
            )
        )

    def _insert(self, sender_id: UUID, receiver_id: UUID) -> FriendRequest:
        request = FriendRequest(
            id=new_id(), sender_id=sender_id, receiver_id=receiver_id, created_at=self._clock.now()
        )
        self._session.add(request)
        self._session.flush()
        self._events.emit(
            FriendRequested(request_id=request.id, sender_id=sender_id, receiver_id=receiver_id)
        )
        return request

    def _ask_anew(self, request: FriendRequest) -> FriendRequest:
        """One that was declined and taken back waits again for who sent it, and reaches nobody."""
        request.withdrawn_at, request.created_at = None, self._clock.now()
        self._session.flush()
        return request
