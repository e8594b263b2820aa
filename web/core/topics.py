"""Topics: named things that several members follow at once on their sockets, such as ``room:<id>``.

Features say who may follow one and what clients may say on it; hubs carry it out. What is published is gone
when nobody listens: what must not be lost goes to the members' own channels (``App.channels``), or is found
again by the topic's own numbers (``TopicKind.replay``).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import redis
import transaction
from sqlalchemy.orm import Session

from web.core.db import MANAGER
from web.core.services import Services
from web.core.signalling import Valkey

TYPING_SECONDS = 5  # until clients forget that somebody types
TYPING_PAUSE_MS = 2000  # between two signs that the same member types


@dataclass(frozen=True)
class Caller:
    """Who speaks on a socket.

    Attributes:
        connection_id: of one socket; frames can leave out the one that caused them.
    """

    member_id: UUID
    session_id: UUID
    connection_id: str


Facts = dict[str, Any]
Enter = Callable[[Services, Caller, UUID], Facts]
Handler = Callable[[Services, Caller, UUID, dict[str, Any]], Facts | None]
Leave = Callable[[Services, Caller, UUID], None]
Replay = Callable[[Services, UUID, UUID, int], Sequence[tuple[int, dict[str, Any]]] | None]


@dataclass(frozen=True)
class TopicKind:
    """Topics of one kind.

    Attributes:
        name: what stands before the colon.
        enter: whether the caller may follow the topic of this id, and what it is told then; raises a
            DomainError. Runs in a reading unit of work, at subscribing and every half minute from then on.
            A kind with ``replay`` puts the topic's last number under ``seq``. Before the upgrade of a socket
            whose address names the topic, it is asked with an empty ``connection_id``.
        handlers: what clients may say on it, by event; each in a writing unit of work, only for callers who
            follow the topic. Gets ``data`` unchecked, and returns what ``ok`` answers.
        leave: the member's last socket on the topic is gone, wherever it was, whatever the reason; in a
            writing unit of work, a few seconds later unless the member is back by then. The caller's session
            and connection are nil when they died with their hub.
        replay: for topics that number their frames, without holes. Gets member, topic and a number; returns
            the frames after it that this member may see, oldest first, as ``(seq, {"event", "data"})``, or
            None when there are too many.
    """

    name: str
    enter: Enter
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    leave: Leave | None = None
    replay: Replay | None = None


class Topics:
    """The kinds of topics that the features declare."""

    def __init__(self) -> None:
        self._kinds: dict[str, TopicKind] = {}

    def add(self, kind: TopicKind) -> None:
        """Declare a kind."""
        if kind.name in self._kinds:
            raise ValueError(f"topics {kind.name} exist already")
        self._kinds[kind.name] = kind

    def __getitem__(self, name: str) -> TopicKind:
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def find(self, topic: str) -> tuple[TopicKind, UUID] | None:
        """The kind and the id in a name such as ``room:<id>``; None when it is no name of a topic."""
        name, _, given = topic.partition(":")
        kind = self._kinds.get(name)
        try:
            topic_id = UUID(given)
        except ValueError:
            return None
        # Only the usual spelling, or one topic would have several names.
        return (kind, topic_id) if kind and str(topic_id) == given else None


@dataclass(frozen=True)
class Published:
    """What hubs are sent about a topic.

    Attributes:
        frame: JSON for the clients; None when a member is shown out.
        seq: the frame's number, where its topic numbers them.
        but: the connection that does not get it.
        only: the members who get it; None is everybody.
        hidden_from: the members who do not get it.
        dismissed: the member who is shown out.
        reason: why.
    """

    frame: bytes | None = None
    seq: int | None = None
    but: str | None = None
    only: frozenset[UUID] | None = None
    hidden_from: frozenset[UUID] = frozenset()
    dismissed: UUID | None = None
    reason: str = ""

    def reaches(self, member_id: UUID, connection_id: str) -> bool:
        """Whether a socket gets the frame."""
        return (
            connection_id != self.but
            and (self.only is None or member_id in self.only)
            and member_id not in self.hidden_from
        )

    def to_bytes(self) -> bytes:
        """As it travels: a line of JSON about it, empty when there is nothing to say, then the frame."""
        about: dict[str, Any] = {}
        if self.seq is not None:
            about["seq"] = self.seq
        if self.but is not None:
            about["but"] = self.but
        if self.only is not None:
            about["only"] = list(self.only)
        if self.hidden_from:
            about["hidden_from"] = list(self.hidden_from)
        if self.dismissed is not None:
            about |= {"dismissed": self.dismissed, "reason": self.reason}
        return (orjson.dumps(about) if about else b"") + b"\n" + (self.frame or b"")

    @classmethod
    def from_bytes(cls, message: bytes) -> "Published":
        """What :meth:`to_bytes` made."""
        line, _, frame = message.partition(b"\n")
        about: dict[str, Any] = orjson.loads(line) if line else {}
        only = about.get("only")
        dismissed = about.get("dismissed")
        return cls(
            frame=frame or None,
            seq=about.get("seq"),
            but=about.get("but"),
            only=None if only is None else frozenset(map(UUID, only)),
            hidden_from=frozenset(map(UUID, about.get("hidden_from", ()))),
            dismissed=UUID(dismissed) if dismissed else None,
            reason=about.get("reason", ""),
        )


def topic_channel(valkey: Valkey, topic: str) -> str:
    """The name in Valkey under which a topic's frames are published."""
    return valkey.key("topic", topic)


def frame_of(topic: str, event: str, data: Mapping[str, Any], seq: int | None = None) -> bytes:
    """The JSON of a frame."""
    frame: dict[str, Any] = {"event": event, "channel": topic}
    if seq is not None:
        frame["seq"] = seq
    return orjson.dumps(frame | {"data": data}, default=str)


class Broadcast:
    """Speaks to those who follow a topic: after the commit, at once where there is none to come.

    Best effort: what nobody hears, and what is said while Valkey is away, is gone.
    """

    def __init__(self, session: Session, valkey: Valkey) -> None:
        self._manager: transaction.TransactionManager | None = session.info.get(MANAGER)
        self._valkey = valkey
        self._transaction: object = None
        self._waiting: list[tuple[str, bytes]] = []

    def publish(
        self,
        topic: str,
        event: str,
        data: Mapping[str, Any],
        *,
        seq: int | None = None,
        but: str | None = None,
        only: Collection[UUID] | None = None,
        hidden_from: Collection[UUID] = (),
    ) -> None:
        """Send a frame; it is rendered once, here, and framed once in each hub.

        Args:
            topic: such as ``room:<id>``.
            data: ready for JSON; ids and times may stay what they are.
            seq: the frame's number, where the topic numbers them.
            but: a ``connection_id`` that does not get it.
            only: the members who get it; all who follow the topic otherwise.
            hidden_from: members who do not get it, such as those who are blocked by its author.
        """
        published = Published(
            frame_of(topic, event, data, seq),
            seq,
            but,
            None if only is None else frozenset(only),
            frozenset(hidden_from),
        )
        self._send(topic, published)

    def dismiss(self, topic: str, member_id: UUID, reason: str) -> None:
        """End a member's subscriptions of a topic in every process; their clients get ``unsubscribed``.

        Args:
            reason: a code for programs, such as ``kicked``.
        """
        self._send(topic, Published(dismissed=member_id, reason=reason))

    def typing(
        self,
        topic: str,
        caller: Caller,
        *,
        is_typing: bool = True,
        hidden_from: Collection[UUID] = (),
        **facts: Any,
    ) -> None:
        """Show the others that a caller types, or stopped to; signs that come too often are dropped.

        Clients forget a sign after ``expires_in`` seconds, so whoever goes on typing says so again.

        Args:
            hidden_from: as in :meth:`publish`; the caller's own other sockets get nothing anyway.
            facts: more for the frame's data, such as a name.
        """
        key = self._valkey.key("typing", topic, caller.member_id)
        try:
            if not is_typing:
                self._valkey.client.delete(key)
            elif not self._valkey.client.set(key, b"1", nx=True, px=TYPING_PAUSE_MS):
                return
        except redis.RedisError:
            return  # nor could the frame be published
        data = {"user_id": caller.member_id, "is_typing": is_typing, "expires_in": TYPING_SECONDS, **facts}
        self.publish(topic, "typing", data, hidden_from=(caller.member_id, *hidden_from))

    def _send(self, topic: str, published: Published) -> None:
        message = (topic_channel(self._valkey, topic), published.to_bytes())
        if self._manager is None:
            self._valkey.publish_all([message])
            return
        current = self._manager.get()
        if current is not self._transaction:  # another than before: that one was undone
            self._transaction, self._waiting = current, []
            current.addAfterCommitHook(self._after_commit, args=(self._waiting,))
        self._waiting.append(message)

    def _after_commit(self, is_committed: bool, messages: list[tuple[str, bytes]]) -> None:
        if is_committed:
            self._valkey.publish_all(messages)
