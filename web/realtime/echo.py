"""``/ws/echo``: says back what it is told, through the code that all sockets go through.

For test suites of the protocol and for measuring; served only with ``PLAZA_WS_ECHO=1``, to anybody.
"""

import socket

from pyramid.config import Configurator
from pyramid.response import Response
from websockets.frames import BINARY, TEXT

from web.core.requests import Request
from web.core.security import Permission
from web.core.upgrades import CONVERSATION
from web.realtime.frames import encode
from web.realtime.stream import Stream
from web.realtime.upgrade import require_handshake

LARGEST_MESSAGE = 16 * 1024 * 1024  # bytes


def open_echo(request: Request) -> Response:
    """Agree to an upgrade.

    Raises:
        UpgradeRequired, MethodNotAllowed, BadRequest: not an upgrade.
    """
    require_handshake(request)
    request.environ[CONVERSATION] = _echo
    return Response(status=101)


def _echo(sock: socket.socket, early: bytes) -> None:
    stream = Stream(sock, early, LARGEST_MESSAGE)

    def say_back(message: str | bytes) -> None:
        if isinstance(message, str):
            stream.send(encode(TEXT, message.encode()))
        else:
            stream.send(encode(BINARY, message))

    stream.start(say_back, lambda: None)


def includeme(config: Configurator) -> None:
    """The one route."""
    config.add_route("echo", "/ws/echo{slash:/?}")
    config.add_view(open_echo, route_name="echo", permission=Permission.PUBLIC.value, require_csrf=False)
