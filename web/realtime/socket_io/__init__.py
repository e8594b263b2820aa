"""``/socket.io``: the same sockets for clients of Socket.IO, such as the stock ``socket.io-client``.

A translation and nothing else: what such a client says becomes a message of our own protocol (``words``),
is handled by the same handlers, and what it is told is the same frames under the names that it knows. So
everything that holds for ``/ws`` holds here: who may come, limits, bounded queues, replay, heartbeats.

``packets`` reads and writes the wire with python-socketio's packets. Its server is not used: that keeps an
unbounded queue and three greenlets for each socket, and would bring a second WebSocket implementation.

Engine.IO 4 with the transport ``websocket`` only: the requests of long polling would have to find the process
that they began with, and clients without WebSocket have ``GET /api/v1/events``.

    const socket = io("https://plaza.example", {auth: {token}, transports: ["websocket"]});
    socket.on("message", (message, meta) => …);
    socket.emit("message", {conversationId, message: "Hi"}, ({ok, error}) => …);
"""

from pyramid.config import Configurator

from web.core.security import Permission
from web.realtime.socket_io.door import Door, open_socket


def includeme(config: Configurator) -> None:
    """The one route; ``web.realtime.main`` has made the hub."""
    config.registry.socket_io = Door(config.registry.hub, config.registry.app)
    config.add_route("socket_io", "/socket.io{slash:/?}")
    config.add_view(
        open_socket, route_name="socket_io", permission=Permission.PUBLIC.value, require_csrf=False
    )
