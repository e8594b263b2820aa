"""Exchanging keys: how two members agree to write each other what nobody else can read."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import Forbidden, NotFound
from web.core.events import EventLog, Happened
from web.core.ids import new_id
from web.core.refs import Ref
from web.core.relations import MemberPolicy, Sight
from web.core.services import Services
from web.core.throttle import Throttle
from web.graph.events import MemberBlocked
from web.graph.relations import lock_pair
from web.keys.devices import DeviceKeyService
from web.keys.errors import KeyExchangeCompleted, SelfExchange
from web.keys.events import KeyExchangeDone, KeyExchangeEnded, KeyExchangeStarted
from web.keys.models import KeyExchange
from web.messaging.errors import MessagesNotAccepted
from web.messaging.service import direct_key
from web.notifications.service import NotificationService


class KeyExchangeService:
    """Exchanges of keys, one for each pair. Raises DomainError subclasses; never commits.

    An exchange is a request without words: whoever completes it takes sealed messages from the other from
    then on, until it is ended or one blocks the other. Lock order: the pair, then everything else.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        policy: MemberPolicy,
        devices: DeviceKeyService,
        notifications: NotificationService,
        throttle: Throttle,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._devices = devices
        self._notifications = notifications
        self._throttle = throttle

    def initiate(self, member_id: UUID, recipient_id: UUID, public_key: bytes) -> UUID:
        """Ask a member to exchange keys. Twice is the same as once; if the other has asked, this agrees.

        Returns:
            The exchange's id.
        Raises:
            SelfExchange, NotFound, UnknownDeviceKey, KeyExchangeCompleted
            MessagesNotAccepted: the recipient takes no messages from the member, and has not asked either.
            RateLimited: the member asked too often in an hour, this or for something else.
        """
        if member_id == recipient_id:
            raise SelfExchange()
        lock_pair(self._session, member_id, recipient_id)
        self._policy.require_sight(member_id, recipient_id)
        self._devices.require_key(member_id, public_key)
        there = self._session.execute(
            sa.select(*KeyExchange.__table__.columns).where(
                KeyExchange.pair_key == direct_key(member_id, recipient_id)
            )
        ).one_or_none()
        if there is None:
            return self._start(member_id, recipient_id, public_key)
        if there.completed_at is not None:
            raise KeyExchangeCompleted(exchange_id=there.id)
        if there.initiator_id == member_id:
            mine = sa.update(KeyExchange).where(KeyExchange.id == there.id)
            self._session.execute(mine.values(initiator_public_key=public_key, withdrawn_at=None))
        elif there.withdrawn_at is None:
            self._complete(there, public_key)
        else:
            self._session.execute(sa.delete(KeyExchange).where(KeyExchange.id == there.id))
            return self._start(member_id, recipient_id, public_key)
        return UUID(str(there.id))

    def _start(self, member_id: UUID, recipient_id: UUID, public_key: bytes) -> UUID:
        if not self._policy.may_message(member_id, recipient_id):
            raise MessagesNotAccepted()
        self._throttle.count("requests", f"member:{member_id}")
        exchange_id = new_id()
        self._session.execute(
            sa.insert(KeyExchange),
            {
                "id": exchange_id,
                "pair_key": direct_key(member_id, recipient_id),
                "initiator_id": member_id,
                "recipient_id": recipient_id,
                "initiator_public_key": public_key,
                "created_at": self._clock.now(),
            },
        )
        started = KeyExchangeStarted(member_id=member_id, peer_id=recipient_id, exchange_id=exchange_id)
        target = Ref("member", member_id)
        self._notifications.tell(
            recipient_id, "key_exchange_started", about=self._events.emit(started), target=target
        )
        return exchange_id

    def complete(self, member_id: UUID, exchange_id: UUID, public_key: bytes) -> None:
        """Agree to exchange keys, also after having declined.

        Raises:
            NotFound, UnknownDeviceKey, KeyExchangeCompleted
            Forbidden: it was the member who asked.
        """
        there = self._locked(member_id, exchange_id)
        if there.completed_at is not None:
            raise KeyExchangeCompleted(exchange_id=exchange_id)
        if there.initiator_id == member_id:
            raise Forbidden()
        self._devices.require_key(member_id, public_key)
        self._complete(there, public_key)

    def _complete(self, there: Any, public_key: bytes) -> None:
        self._session.execute(
            sa.update(KeyExchange)
            .where(KeyExchange.id == there.id)
            .values(recipient_public_key=public_key, completed_at=self._clock.now(), declined_at=None)
        )
        done = KeyExchangeDone(member_id=there.recipient_id, peer_id=there.initiator_id, exchange_id=there.id)
        target = Ref("member", there.recipient_id)
        self._notifications.tell(
            there.initiator_id, "key_exchange_done", about=self._events.emit(done), target=target
        )

    def end(self, member_id: UUID, exchange_id: UUID) -> None:
        """Take back what one asked, decline what one was asked, or end what both had agreed to.

        Who is declined is not told, and waits; taking it back and asking anew reaches nobody, either.

        Raises:
            NotFound
        """
        there = self._locked(member_id, exchange_id)
        if there.completed_at is None and there.recipient_id == member_id:
            if there.declined_at is not None:
                raise NotFound()
            declined = sa.update(KeyExchange).where(KeyExchange.id == exchange_id)
            self._session.execute(declined.values(declined_at=self._clock.now()))
            return
        if there.declined_at is not None:
            withdrawn = sa.update(KeyExchange).where(KeyExchange.id == exchange_id)
            self._session.execute(withdrawn.values(withdrawn_at=self._clock.now()))
        else:
            self._session.execute(sa.delete(KeyExchange).where(KeyExchange.id == exchange_id))
        if there.completed_at is None:
            self._notifications.take_back(there.recipient_id, "key_exchange_started", member_id)
        else:
            peer_id = there.initiator_id if there.recipient_id == member_id else there.recipient_id
            self._events.emit(KeyExchangeEnded(member_id=member_id, peer_id=peer_id, exchange_id=exchange_id))

    def _locked(self, member_id: UUID, exchange_id: UUID) -> Any:
        """An exchange of the member's, which nobody else changes now.

        Raises:
            NotFound: absent, taken back, somebody else's, or with somebody whom the member may not meet.
        """
        one = sa.select(*KeyExchange.__table__.columns).where(
            KeyExchange.id == exchange_id,
            KeyExchange.withdrawn_at.is_(None),
            sa.or_(KeyExchange.initiator_id == member_id, KeyExchange.recipient_id == member_id),
        )
        found = self._session.execute(one).one_or_none()
        if found is None:
            raise NotFound()
        lock_pair(self._session, found.initiator_id, found.recipient_id)
        peer_id = found.initiator_id if found.recipient_id == member_id else found.recipient_id
        there = self._session.execute(one).one_or_none()  # as it is now
        if there is None or self._policy.sight(member_id, peer_id) is Sight.NOTHING:
            raise NotFound()
        return there


def end_by_block(services: Services, happened: Happened[MemberBlocked]) -> None:
    """A block ends what two members agreed to, as it ends follows and friendships; both may agree anew later.

    The block has locked the pair.
    """
    event = happened.event
    between = KeyExchange.pair_key == direct_key(event.blocker_id, event.blocked_id)
    services[Session].execute(sa.delete(KeyExchange).where(between))
