"""The yardstick: bare loops on gevent-websocket (``python -m tests.benchmarks.bare_echo PORT``).

``/`` says back what it is told; what is said on ``/all`` is sent to everybody there, one after the other.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402 - nothing may be imported before the patch, here and below
from typing import Any  # noqa: E402

from gevent.pywsgi import WSGIServer  # noqa: E402
from geventwebsocket.handler import WebSocketHandler  # noqa: E402

everybody: set[Any] = set()


def serve(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Talk until there is nothing more."""
    if (client := environ.get("wsgi.websocket")) is None:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ready"]
    is_for_all = environ["PATH_INFO"] == "/all"
    if is_for_all:
        everybody.add(client)
    while (message := client.receive()) is not None:
        for receiver in list(everybody) if is_for_all else (client,):
            receiver.send(message)
    everybody.discard(client)
    return []


if __name__ == "__main__":
    server = WSGIServer(("127.0.0.1", int(sys.argv[1])), serve, handler_class=WebSocketHandler, log=None)
    server.serve_forever()
