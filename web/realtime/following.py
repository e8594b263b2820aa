"""The topics that the sockets of this process follow: who may, for how long, and who hears what is said.

``follow`` has what one socket gets of one topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

import gevent
import structlog
from gevent.event import Event

from web.core import metrics
from web.core.errors import DomainError, NotFound
from web.core.signalling import Valkey
from web.core.topics import Caller, Facts, Published, Topics, frame_of, topic_channel
from web.realtime.errors import TooManyTopics
from web.realtime.follow import Follow
from web.realtime.frames import encode_text
from web.realtime.roll import Roll
from web.realtime.subscription import Subscription
from web.realtime.work import AWAY, Work

if TYPE_CHECKING:
    from web.realtime.connection import Connection

log = structlog.get_logger(__name__)

MOST_TOPICS = 100  # of one socket
CHECK_SECONDS = 30.0
CHECK_PAUSE = 0.005  # between two checks, so that they are spread when there are many
NIL = UUID(int=0)
NOT_ALLOWED = "not_allowed"


class Following:
    """Who follows what in this process."""

    def __init__(
        self, topics: Topics, valkey: Valkey, subscription: Subscription, roll: Roll, work: Work
    ) -> None:
        self._topics = topics
        self._valkey = valkey
        self._subscription = subscription
        self._roll = roll
        self._work = work
        self._followers: dict[str, dict[Connection, Follow]] = {}
        self._check_now = Event()

    # What sockets ask for

    def exists(self, topic: str) -> bool:
        """Whether this is the name of a topic; whether that is there, and for whom, is another question."""
        return self._topics.find(topic) is not None

    def enter(
        self, connection: Connection, topic: str, last_seq: int | None = None, *, is_there: bool = True
    ) -> Facts:
        """Let a socket follow a topic; its frames are held until :meth:`begin`.

        Args:
            last_seq: what the client has already, on a topic with numbers; None to begin with what comes now.
            is_there: the member has the topic open now, which others may know; otherwise the socket listens.
        Returns:
            What the topic tells those who come.
        Raises:
            DomainError: the member may not follow it; ``NotFound`` when there is no such topic.
        """
        found = self._topics.find(topic)
        if found is None:
            raise NotFound()
        kind, topic_id = found
        if topic not in connection.follows and len(connection.follows) >= MOST_TOPICS:
            raise TooManyTopics(most=MOST_TOPICS)
        follow = connection.follows.get(topic) or self._register(
            Follow(connection, kind, topic, topic_id, self._work)
        )
        try:
            with self._work.reading() as services:
                facts = kind.enter(services, connection.caller, topic_id)
        except BaseException:
            self._unregister(connection, topic, at_once=True)
            raise
        self._require(follow)
        if is_there and not follow.is_there:
            follow.is_there = True
            self._roll.add(topic, connection.member_id)
            self._roll.settle()
            self._require(follow)
        follow.hold(facts, last_seq)
        return facts

    @staticmethod
    def _require(follow: Follow) -> None:
        if follow.is_over:  # shown out while it waited
            raise NotFound()

    def begin(self, connection: Connection, topic: str, facts: Facts) -> None:
        """Let frames pass, after those that the client has missed."""
        follow = connection.follows.get(topic)
        if follow is not None:
            follow.begin(facts)

    def step_back(self, connection: Connection, topic: str) -> None:
        """The member has a topic open no longer; the socket goes on listening."""
        follow = connection.follows.get(topic)
        if follow is not None and follow.is_there:
            follow.is_there = False
            self._roll.remove(topic, connection.caller, at_once=True)

    def leave(self, connection: Connection, topic: str) -> bool:
        """End a subscription at the client's wish; False when there was none."""
        if topic not in connection.follows:
            return False
        self._unregister(connection, topic, at_once=True)
        return True

    def leave_all(self, connection: Connection) -> None:
        """A socket is gone; its member may come back in a moment."""
        for topic in list(connection.follows):
            self._unregister(connection, topic, at_once=False)

    # What others publish

    def on_message(self, topic: str, message: bytes) -> None:
        """Pass on what was published; must not wait."""
        followers = self._followers.get(topic)
        if not followers:
            return
        published = Published.from_bytes(message)
        if published.dismissed is not None:
            for connection in list(followers):
                if connection.member_id == published.dismissed:
                    self._show_out(connection, topic, published.reason)
        elif published.frame is not None:
            frame = encode_text(published.frame)
            for follow in list(followers.values()):
                follow.pass_on(published, frame)

    # Watching

    def check_soon(self) -> None:
        """Something may have been missed: compare with what the topics say."""
        self._check_now.set()

    def watch_rights(self) -> None:
        """Ask for ever whether those who follow still may, and whether they have all; body of a greenlet."""
        while True:
            self._check_now.wait(CHECK_SECONDS)
            self._check_now.clear()
            for topic, member_id in list(self._pairs()):
                self.check(topic, member_id)
                gevent.sleep(CHECK_PAUSE)

    def check(self, topic: str, member_id: UUID) -> None:
        """Show a member out of a topic that is not open to them any more; send what they have missed."""
        followers = self._followers.get(topic, {})
        mine = [follow for connection, follow in followers.items() if connection.member_id == member_id]
        if not mine:
            return
        kind, caller = mine[0].kind, mine[0].connection.caller
        try:
            with self._work.reading() as services:
                facts = kind.enter(services, caller, mine[0].topic_id)
        except AWAY as error:  # which says nothing about who may
            log.warning("topic_check_failed", error=str(error).splitlines()[0])
        except DomainError:
            for follow in mine:
                self._show_out(follow.connection, topic, NOT_ALLOWED)
        except Exception as error:  # a broken feature must not end the sockets of the others
            log.error("topic_check_failed", topic=kind.name, exc_info=error)
        else:
            for follow in mine:
                follow.compare(facts)

    def gone(self, topic: str, member_id: UUID, caller: Caller | None) -> None:
        """Tell a topic that a member's last socket on it is gone, wherever it was."""
        found = self._topics.find(topic)
        if found is None or (leave := found[0].leave) is None:
            return
        who = caller or Caller(member_id, NIL, "")
        try:
            self._work.do(lambda services: leave(services, who, found[1]))
        except AWAY as error:
            log.warning("leave_postponed", error=str(error).splitlines()[0])
            gevent.spawn_later(CHECK_SECONDS, self._gone_again, topic, member_id, who)
        except DomainError as error:
            log.info("leave_refused", topic=topic.partition(":")[0], code=error.code)
        except Exception as error:  # a broken feature must not end the sockets of the others
            log.error("leave_failed", topic=topic.partition(":")[0], exc_info=error)

    def _gone_again(self, topic: str, member_id: UUID, caller: Caller) -> None:
        if not self._roll.has(topic, member_id):
            self.gone(topic, member_id, caller)

    def _pairs(self) -> Iterator[tuple[str, UUID]]:
        for topic, followers in list(self._followers.items()):
            for member_id in {connection.member_id for connection in followers}:
                yield topic, member_id

    # Keeping the list

    def _register(self, follow: Follow) -> Follow:
        follow.connection.follows[follow.topic] = follow
        followers = self._followers.setdefault(follow.topic, {})
        followers[follow.connection] = follow
        metrics.TOPICS.set(len(self._followers))
        self._subscription.add(topic_channel(self._valkey, follow.topic))
        return follow

    def _unregister(self, connection: Connection, topic: str, *, at_once: bool) -> None:
        followers = self._followers.get(topic, {})
        follow = connection.follows.pop(topic, None)
        if follow is None:
            return
        del followers[connection]
        if not followers:
            del self._followers[topic]
            self._subscription.remove(topic_channel(self._valkey, topic))
        metrics.TOPICS.set(len(self._followers))
        if follow.is_there:
            self._roll.remove(topic, connection.caller, at_once=at_once)

    def _show_out(self, connection: Connection, topic: str, reason: str) -> None:
        self._unregister(connection, topic, at_once=True)
        connection.send(encode_text(frame_of(topic, "unsubscribed", {"reason": reason})))
