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
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any, cast  # noqa: E402

import gevent  # noqa: E402
import psycopg.waiting  # noqa: E402
from gevent.pywsgi import LoggingLogAdapter, WSGIHandler, WSGIServer  # noqa: E402
from websockets.utils import accept_key  # noqa: E402

from web.core.upgrades import CONVERSATION  # noqa: E402

BACKLOG = 1024
HANDSHAKE = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %s\r\n"
    b"\r\n"
)
STOP_SECONDS = 5.0
LINGER_SECONDS = 1.0  # for requests that are on their way on connections kept open
GARBAGE = 10_000  # objects more than before; a page of a feed makes some thousands, and drops them at once


class SocketHandler(WSGIHandler):
    """Asks the application before it upgrades, so that a refusal is an ordinary response.

    The application agrees by leaving a function in ``environ[CONVERSATION]``; its response is then put aside
    and the function called with the open socket. By then the request has ended, with all that it held.
    """

    def run_application(self) -> None:
        """Answer a request, or hold a conversation."""
        server = cast("Server", self.server)
        server.busy += 1
        try:
            self._answer()
        finally:
            server.busy -= 1

    def finalize_headers(self) -> None:
        """Let the proxy know when this process stops, or it would send the next request in vain."""
        super().finalize_headers()
        if not self.server.started:
            self.close_connection = True
            headers = cast("list[tuple[bytes, bytes]]", self.response_headers)
            headers.append((b"Connection", b"close"))

    def _answer(self) -> None:
        environ = self.environ or {}
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            super().run_application()
            return
        answer: list[Any] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answer[:] = status, headers
            return self.write

        self.result = self.server.application(environ, hold)
        converse = environ.get(CONVERSATION)
        if converse is None:
            if answer:
                self.start_response(*answer)
                self.process_result()
            else:  # it has answered on the socket itself
                self.close_connection = True
            return
        accept = accept_key(environ["HTTP_SEC_WEBSOCKET_KEY"].strip())
        self._free_request()
        environ.clear()
        self.socket.sendall(HANDSHAKE % accept.encode())
        early = self._early()
        sock = self.socket
        self.socket = None  # type: ignore[assignment]  # not to be read from by this handler any more
        converse(sock, early)

    def _free_request(self) -> None:
        """Let go of what a request needs and a socket does not: there may be thousands of them, for hours."""
        self.close_connection = True
        self.headers_sent, self.response_length = True, 1  # or an error would be answered with a page
        self.result = None
        self.environ = {}

    def _early(self) -> bytes:
        """What the client has sent without waiting; the request's buffer is not read from after this."""
        self.socket.setblocking(False)
        try:
            early: bytes = self.rfile.peek()
        except BlockingIOError:
            early = b""
        finally:
            self.socket.setblocking(True)
        self.rfile.close()
        return early

    def log_request(self) -> None:
        """Nothing: the application logs requests, without the query strings that may hold tokens."""


class Server(WSGIServer):
    """A server that answers what it was asked before it ends; gevent's own stops waiting at once.

    Attributes:
        busy: how many requests are being answered.
    """

    busy = 0

    def begin_to_stop(self) -> None:
        """Take the connections that wait, whose requests may have been sent already, and none after them."""
        self.stop_accepting()
        while connection := cast("tuple[Any, ...] | None", self.do_read()):
            self.do_handle(*connection)
        # At once: gevent closes with the loop's next turn, and would cut off who connects meanwhile.
        os.close(self.socket.detach())
        self.close()

    def stop(self, timeout: float | None = None) -> None:
        """Accept no more connections, and return when requests are answered, or after ``timeout`` seconds."""
        self.close()
        began = time.monotonic()
        gevent.sleep(LINGER_SECONDS)
        while self.busy and time.monotonic() - began < (timeout or STOP_SECONDS):
            gevent.sleep(0.05)


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
        server = Server(listener, application, handler_class=SocketHandler, log=None)
        server.error_log = LoggingLogAdapter(logging.getLogger("gevent.pywsgi"))

        def stop() -> None:
            on_stop = getattr(application, "on_stop", None)
            if on_stop is not None:
                on_stop()
            server.begin_to_stop()  # which ends serve_forever below, by way of stop

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
