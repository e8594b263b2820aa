"""What clients say, answered by the same handlers as on ``/ws``."""

from typing import Any

from web.core.topics import Facts
from web.realtime.connection import Connection
from web.realtime.follow import Follow
from web.realtime.hub import Hub
from web.realtime.protocol import Protocol
from web.realtime.socket_io.connection import SocketIoConnection
from web.realtime.socket_io.nearby import Nearby
from web.realtime.socket_io.packets import Packet
from web.realtime.socket_io.words import CONVERSATION, to_message


class Speech(Protocol):
    """The protocol, for clients that open a conversation by speaking in it."""

    def __init__(self, hub: Hub, nearby: Nearby) -> None:
        super().__init__(hub)
        self._nearby = nearby

    def hear(self, connection: SocketIoConnection, packet: Packet) -> None:
        """Answer an event."""
        name, *arguments = packet.data
        reply_to = None if packet.id is None else str(packet.id)
        message = to_message(name, arguments[0] if arguments else None, reply_to)
        self.answer(connection, lambda: message)

    def _subscribe(self, connection: Connection, channel: str, data: dict[str, Any]) -> Facts:
        """As ever; and what the client asks for stays open until it says otherwise."""
        facts = super()._subscribe(connection, channel, data)
        if isinstance(connection, SocketIoConnection) and connection.talks_in == channel:
            connection.talks_in = None
        return facts

    def followed(self, connection: Connection, channel: str) -> Follow | None:
        """As ever; a conversation is followed from the first word on."""
        if isinstance(connection, SocketIoConnection) and channel.startswith(CONVERSATION):
            self._nearby.talk_in(connection, channel)
        return super().followed(connection, channel)
