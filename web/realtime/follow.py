"""One socket on one topic: what it gets of it.

Frames without a number are passed on as they come. Where a topic numbers its frames, the socket gets every
number once and in order: whatever is missing is read again (``TopicKind.replay``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import gevent
import structlog

from web.core.topics import Facts, Published, TopicKind, frame_of
from web.realtime.frames import Encoded, encode_text
from web.realtime.work import AWAY, Work

if TYPE_CHECKING:
    from web.realtime.connection import Connection

log = structlog.get_logger(__name__)

MOST_HELD = 1000  # frames that wait for a replay; whoever needs more starts over


class Follow:
    """One socket on one topic.

    Attributes:
        is_there: its member is written down as having the topic open; others only listen.
    """

    def __init__(
        self, connection: Connection, kind: TopicKind, topic: str, topic_id: UUID, work: Work
    ) -> None:
        self.connection = connection
        self.kind = kind
        self.topic = topic
        self.topic_id = topic_id
        self.is_there = False
        self._work = work
        self._sent: int | None = None  # the last number that was queued; None until it is known
        # Frames that came while others before them are being read again; None when they pass.
        self._held: list[tuple[Published, Encoded]] | None = []
        self._replay: object = None  # which replay is under way; the one before is not continued

    @property
    def is_over(self) -> bool:
        """Whether the socket follows the topic no longer, or anew."""
        return self.connection.follows.get(self.topic) is not self

    # Beginning

    def hold(self, facts: Facts, last_seq: int | None) -> None:
        """The member was let in: hold what comes until :meth:`begin`.

        Args:
            last_seq: what the client has already, on a topic with numbers; None to begin with what comes now.
        """
        self._held = [] if self._held is None else self._held
        self._replay = None
        has_place = last_seq is not None and self.kind.replay is not None
        self._sent = last_seq if has_place else facts.get("seq")

    def begin(self, facts: Facts) -> None:
        """Let frames pass, after those that the client has missed."""
        head = facts.get("seq")
        if self.kind.replay is not None and self._sent is not None and self._sent != head:
            self._catch_up_soon(self._sent if head is None else head)
        else:
            self._release()

    # Going on

    def pass_on(self, published: Published, frame: Encoded) -> None:
        """Send a frame, if it is the next one and meant for this socket; must not wait."""
        if self._held is not None:
            if len(self._held) >= MOST_HELD:
                self._held.clear()  # the replay, or the next number, shows what is missing
            self._held.append((published, frame))
            return
        seq = published.seq if self.kind.replay is not None else None
        if seq is not None:
            if self._sent is not None and seq <= self._sent:
                return
            if self._sent is not None and seq > self._sent + 1:
                self._held = [(published, frame)]
                self._catch_up_soon(seq)
                return
            self._sent = seq
        if published.reaches(self.connection.member_id, self.connection.caller.connection_id):
            self.connection.send(frame)

    def compare(self, facts: Facts) -> None:
        """Look whether something was missed of what the topic has now."""
        head = facts.get("seq")
        if self.kind.replay is None or head is None or self._held is not None:
            return
        if self._sent is not None and self._sent < head:
            self._held = []
            self._catch_up_soon(head)

    def _release(self) -> None:
        """Pass on what was held; it is held again when something before it is missing still."""
        held, self._held = self._held or [], None
        for published, frame in held:
            self.pass_on(published, frame)

    # Reading again

    def _catch_up_soon(self, up_to: int) -> None:
        self._replay = replay = object()
        gevent.spawn(self._catch_up, up_to, replay)

    def _catch_up(self, up_to: int, replay: object) -> None:
        """Send what the topic has beyond what was sent, then what was held meanwhile.

        Args:
            up_to: a number that was given out; what is missing below it, the member may not see.
        """
        try:
            self._send_missed(up_to, replay)
        except AWAY as error:  # the next number, or the next check, finds the gap again
            log.warning("topic_replay_postponed", error=str(error).splitlines()[0])
            if self._replay is replay:
                self._held = [held for held in self._held or () if held[0].seq is None]
        except Exception as error:  # a broken feature must not silence its topic for good
            log.error("topic_replay_failed", topic=self.kind.name, exc_info=error)
            if self._replay is replay:
                self._sent = up_to
        if self._replay is replay and not self.is_over:
            self._release()

    def _send_missed(self, up_to: int, replay: object) -> None:
        after = self._sent or 0
        assert self.kind.replay is not None  # noqa: S101  # nobody else asks for a replay
        connection = self.connection
        with self._work.reading() as services:
            frames = self.kind.replay(services, connection.member_id, self.topic_id, after)
        if self._replay is not replay or self.is_over:
            return
        if frames is None or after > up_to:
            connection.send(encode_text(frame_of(self.topic, "resync", {}, up_to)))
            self._sent = up_to
            return
        for seq, frame in frames:
            connection.send(encode_text(frame_of(self.topic, frame["event"], frame["data"], seq)))
            self._sent = seq
            connection.wait_for_room()
            if self._replay is not replay or self.is_over:  # another one took over, or it was shown out
                return
        self._sent = max(up_to, self._sent or 0)
