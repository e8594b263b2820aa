"""What a Socket.IO client is told without asking, because seed 000's clients never ask.

They expect to see who types, and who is online, among those whom they talk with. So they listen to the
conversations that are the liveliest when they come, and to those that messages come from afterwards.

To listen is not to read: only the conversation that a member spoke in last counts as open, so that no
notification tells them of what is said there.
"""

from typing import Any
from uuid import UUID

import gevent
import structlog
from sqlalchemy.orm import Session

from web.core.errors import DomainError
from web.core.topics import frame_of
from web.messaging.queries.conversations import conversations
from web.messaging.schemas import Conversation, ConversationQuery
from web.realtime.frames import encode_text
from web.realtime.hub import Hub
from web.realtime.presence import CHANNEL
from web.realtime.socket_io.connection import SocketIoConnection
from web.realtime.socket_io.words import CONVERSATION
from web.realtime.work import AWAY

log = structlog.get_logger(__name__)

LIVELIEST = 10  # conversations
MOST_NEARBY = 20  # conversations; each is asked for anew every half minute


class Nearby:
    """Looks after what sockets listen to by themselves."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def begin(self, connection: SocketIoConnection) -> None:
        """Listen to the liveliest conversations, and tell who in them is online; body of a greenlet."""
        try:
            lively = self._liveliest(connection.member_id)
            for conversation in lively:
                self._listen(connection, f"{CONVERSATION}{conversation.id}")
            self.tell_online(connection, _people(lively))
        except AWAY as error:  # what messages come from is listened to all the same
            log.warning("nearby_not_found", error=str(error).splitlines()[0])

    def come_closer(self, connection: SocketIoConnection, topic: str) -> None:
        """A message came from there, so listen to what else happens; does not wait for it."""
        if topic not in connection.follows:
            gevent.spawn(self._come_closer, connection, topic)

    def _come_closer(self, connection: SocketIoConnection, topic: str) -> None:
        try:
            self._listen(connection, topic)
        except AWAY as error:  # the next message tries again
            log.warning("nearby_not_heard", error=str(error).splitlines()[0])

    def talk_in(self, connection: SocketIoConnection, topic: str) -> None:
        """The member speaks there, and has no other conversation open any more.

        Raises:
            DomainError: it is not open to them.
        """
        follow = connection.follows.get(topic)
        if follow is not None and follow.is_there:
            return
        facts = self._hub.following.enter(connection, topic)
        self._hub.following.begin(connection, topic, facts)
        before, connection.talks_in = connection.talks_in, topic
        if before is not None and before != topic:
            self._hub.following.step_back(connection, before)
            self._remember(connection, before)
        self._remember(connection, topic)

    def tell_online(self, connection: SocketIoConnection, member_ids: list[UUID]) -> None:
        """Tell how members are now, and what changes of it."""
        for data in self._hub.presence.watch(connection, member_ids):
            connection.send(encode_text(frame_of(CHANNEL, "presence.update", data)))

    def _listen(self, connection: SocketIoConnection, topic: str) -> None:
        if topic in connection.follows or connection.closing:
            return
        try:
            facts = self._hub.following.enter(connection, topic, is_there=False)
        except DomainError as error:  # it was open to them a moment ago, and is not any more
            log.info("nearby_closed", code=error.code)
            return
        self._hub.following.begin(connection, topic, facts)
        self._remember(connection, topic)

    def _remember(self, connection: SocketIoConnection, topic: str) -> None:
        """It listens to this one; let the one be that it has listened to for longest, if there are many."""
        nearby = connection.nearby
        nearby.pop(topic, None)
        nearby[topic] = None
        if len(nearby) > MOST_NEARBY:
            oldest = next(iter(nearby))
            del nearby[oldest]
            follow = connection.follows.get(oldest)
            if follow is not None and not follow.is_there:  # nor did the client ask for it
                self._hub.following.leave(connection, oldest)

    def _liveliest(self, member_id: UUID) -> list[Conversation]:
        with self._hub.work.reading() as services:
            page = conversations(services[Session], member_id, ConversationQuery(limit=LIVELIEST))
        return page.items


def _people(conversations: list[Conversation]) -> list[UUID]:
    """Who is in conversations, each once."""
    people: dict[UUID, Any] = {}
    for conversation in conversations:
        cards = [conversation.partner] if conversation.partner else conversation.participants
        people.update((card.id, None) for card in cards)
    return list(people)
