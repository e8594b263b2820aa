"""The server of both Pyramid apps: ``egg:plaza#gevent``.

``pserve`` loads the server before the app, so the standard library is patched here before psycopg, Valkey's
client or anything else of ours is imported; psycopg imported earlier would block the whole process in C.
"""

from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402 - nothing may be imported before the patch
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
import psycopg.waiting  # noqa: E402
from gevent.pywsgi import LoggingLogAdapter, WSGIHandler, WSGIServer  # noqa: E402
from geventwebsocket.handler import WebSocketHandler  # noqa: E402

from web.core.upgrades import CONVERSATION  # noqa: E402

BACKLOG = 1024
STOP_SECONDS = 5.0
GARBAGE = 10_000  # objects more than before; a page of a feed makes some thousands, and drops them at once


class SocketHandler(WebSocketHandler):  # type: ignore[misc]  # the library has no types
    """Asks the application before it upgrades, so that a refusal is an ordinary response.

    The application agrees by leaving a function in ``environ[CONVERSATION]``; its response is then put aside
    and the function called with the open socket. By then the request has ended, with all that it held.
    """

    def run_application(self) -> None:
        """Answer a request, or hold a conversation."""
        if self.environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            WSGIHandler.run_application(self)
            return
        answer: list[Any] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answer[:] = status, headers
            return self.write

        self.result = self.application(self.environ, hold)
        converse = self.environ.get(CONVERSATION)
        if converse is None:
            self.start_response(*answer)
        else:
            self.upgrade_websocket()
            self.result = []
        self.process_result()  # the answer, the handshake, or what the library finds wrong with it
        if converse is not None and "wsgi.websocket" in self.environ:
            self.environ.clear()
            try:
                converse(self.socket, self.rfile.read)
            finally:
                self.websocket.closed = True  # or the library would write a second close frame

    def log_request(self) -> None:
        """Nothing: the application logs requests, without the query strings that may hold tokens."""


class BootError(RuntimeError):
    """The server must not start like this."""


def gevent_server(
    global_config: dict[str, str],
    host: str = "127.0.0.1",
    port_variable: str = "PLAZA_WEB_PORT",
    port: str = "8000",
) -> Callable[[Any], None]:
    """A server for ``pserve``.

    Args:
        port_variable: environment variable with the port; ``port`` is its default.
    Raises:
        BootError: when psycopg was imported before the patch.
    """
    if psycopg.waiting.wait is getattr(psycopg.waiting, "wait_c", None):
        raise BootError("psycopg was imported before gevent patched the standard library")
    address = (os.environ.get("PLAZA_HOST", host), int(os.environ.get(port_variable, port)))

    def serve(application: Any) -> None:
        listener = _listen(address)
        server = WSGIServer(listener, application, handler_class=SocketHandler, log=None)
        server.error_log = LoggingLogAdapter(logging.getLogger("gevent.pywsgi"))

        def stop() -> None:
            on_stop = getattr(application, "on_stop", None)
            if on_stop is not None:
                on_stop()
            server.stop(timeout=STOP_SECONDS)

        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, stop)
        # What was made until now stays: collections need not walk through it with each page.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE)
        sys.stderr.write(f"serving on http://{address[0]}:{address[1]}\n")
        server.serve_forever(stop_timeout=STOP_SECONDS)

    return serve


def _listen(address: tuple[str, int]) -> socket.socket:
    """A listening socket without Nagle's algorithm, which stalls keep-alive answers by 40 ms."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
    listener.bind(address)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
