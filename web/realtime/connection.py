"""A member's socket: who it belongs to, how far it has been told, and what it follows."""

import socket
import time
from uuid import UUID

from web.core.ids import new_id
from web.core.topics import Caller
from web.realtime.follow import Follow
from web.realtime.stream import Stream

LARGEST_MESSAGE = 16 * 1024  # bytes that a client may send in one message
MESSAGES_PER_SECOND = 20.0
MOST_MESSAGES_AT_ONCE = 100.0

SIGNED_OUT = 4001


class Connection(Stream):
    """A member's socket.

    Args:
        home: the channel that messages without one are meant for.

    Attributes:
        sent: the last ``seq`` of the member's own channel that was queued; the hub gives every frame once and
            in order.
        catching_up: a replay is under way, so live frames have to wait for it.
        behind: something came meanwhile that the replay has to look for.
        follows: the topics it follows, by name.
        watches: the members whose presence it is told.
    """

    def __init__(
        self, sock: socket.socket, early: bytes, member_id: UUID, session_id: UUID, home: str = "user:me"
    ) -> None:
        super().__init__(sock, early, LARGEST_MESSAGE)
        self.caller = Caller(member_id, session_id, str(new_id()))
        self.home = home
        self.sent = 0
        self.catching_up = True  # until the hub has greeted
        self.behind = False
        self.follows: dict[str, Follow] = {}
        self.watches: frozenset[UUID] = frozenset()
        self._allowance = MOST_MESSAGES_AT_ONCE
        self._allowed_at = self.heard_at

    @property
    def member_id(self) -> UUID:
        """Whose it is."""
        return self.caller.member_id

    @property
    def session_id(self) -> UUID:
        """The session that it was opened with."""
        return self.caller.session_id

    @property
    def channel(self) -> str:
        """The name of the member's own channel."""
        return f"user:{self.member_id}"

    def offer(self, seq: int, frame: bytes | None) -> bool:
        """Queue a durable frame if it is the next one; None passes its number over.

        Returns:
            False when frames before it are missing. One that was sent already is dropped.
        """
        if seq > self.sent + 1:
            return False
        if seq == self.sent + 1:
            self.sent = seq
            if frame is not None:
                self.send(frame)
        return True

    def may_speak(self) -> bool:
        """Count a message of the client; False when they come too fast (a token bucket)."""
        now = time.monotonic()
        earned = (now - self._allowed_at) * MESSAGES_PER_SECOND
        self._allowance = min(MOST_MESSAGES_AT_ONCE, self._allowance + earned)
        self._allowed_at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True
