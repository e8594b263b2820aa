"""A socket whose client speaks Socket.IO."""

import socket
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
import structlog
from engineio.packet import PING

from web.core.tickets import Holder
from web.core.topics import Caller
from web.realtime.connection import SIGNED_OUT, Connection
from web.realtime.frames import encode_text, text_of
from web.realtime.socket_io import packets
from web.realtime.socket_io.words import CONVERSATION, to_event

log = structlog.get_logger(__name__)

NOBODY = UUID(int=0)


class SocketIoConnection(Connection):
    """Belongs to nobody until :meth:`admit`.

    Attributes:
        place: the namespace that the client came in by; None until then.
        nearby: the conversations that it listens to without having asked for them, oldest first.
        talks_in: the conversation that it has spoken in last, if it has not asked for it besides.
        on_message_from: called with the topic of a conversation that a message came from; must not wait.
    """

    def __init__(self, sock: socket.socket, early: bytes) -> None:
        super().__init__(sock, early, NOBODY, NOBODY)
        self.place: str | None = None
        self.nearby: dict[str, None] = {}
        self.talks_in: str | None = None
        self.on_message_from: Callable[[str], None] = lambda _: None
        self._from: int | None = None

    def admit(self, holder: Holder, place: str, last_seq: int | None) -> None:
        """It is a member's now.

        Args:
            last_seq: what the client has already.
        """
        self.caller = Caller(holder.member_id, holder.session_id, self.caller.connection_id)
        self.place, self._from = place, last_seq
        # Numbers are the member's, so a place that was another member's must not count.
        self.say(packets.connected(place, self.caller.connection_id, str(holder.member_id)))

    def say(self, packet: bytes) -> None:
        """Send a packet."""
        super().send(encode_text(packet))

    def send(self, frame: bytes) -> None:
        """Tell the client what a frame of our own protocol says."""
        text = text_of(frame)
        if text is None:
            super().send(frame)
        elif self.place is not None:
            message = orjson.loads(text)
            try:
                self._tell(self.place, message)
            except Exception as error:  # whoever passes a frame on passes it to others, too
                log.error("frame_not_translated", socket_event=message.get("event"), exc_info=error)

    def ping(self) -> None:
        """Ask for a sign of life, as Engine.IO does; clients that miss it believe the server to be gone."""
        self.say(packets.engine_text(PING))

    def close(self, code: int, reason: str = "") -> None:
        """As any socket; whose session ended is told not to come back by itself."""
        if code == SIGNED_OUT and self.place is not None and not self.closing:
            self.say(packets.disconnected(self.place))
        super().close(code, reason)

    def _tell(self, place: str, frame: Mapping[str, Any]) -> None:
        if "reply_to" not in frame:
            event = to_event(frame)
            if (offset := self._offset(frame)) is not None:
                event.append(offset)
            self.say(packets.event(place, event))
            if frame["event"] == "message.new" and frame["channel"] == self.channel:
                self.on_message_from(f"{CONVERSATION}{frame['data']['conversation_id']}")
        elif frame["reply_to"] is not None:
            said = {key: frame[key] for key in frame if key != "reply_to"}
            self.say(packets.answer(place, int(frame["reply_to"]), said))
        elif "error" in frame:
            self.say(packets.event(place, ["error", frame["error"]]))

    def _offset(self, frame: Mapping[str, Any]) -> str | None:
        """Where the client goes on if this frame is the last that it gets.

        With the greeting that is where it begins: what it has missed comes only then.
        """
        if frame["channel"] != self.channel or "seq" not in frame:
            return None
        is_greeting = frame["event"] == "connected" and self._from is not None
        return str(self._from if is_greeting else frame["seq"])
