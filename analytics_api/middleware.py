"""What happens around every request: its id, its log line, its time, and an answer when all else fails."""

import re
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics_api.errors import ApiError, render
from analytics_api.metrics import Metrics

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))
# An API answers data: nothing in it is to be run, framed or guessed at.
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class RequestContext:
    """Gives a request its id, logs and times it, and turns what nobody caught into a 500 in the envelope."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._request_seconds = metrics.request_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        asked_method = scope["method"]
        if asked_method == "HEAD":  # answered like GET; the server, which keeps its own scope, drops the body
            scope = {**scope, "method": "GET"}
        _drop_trailing_slash(scope)
        started = perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception:
                log.exception("request_failed", path=scope["path"])
                if status:  # too late for another answer; the server cuts the connection
                    raise
                await render(ApiError(500), request_id)(scope, receive, send_with_headers)
            finally:
                seconds = perf_counter() - started
                route = getattr(scope.get("route"), "path", "unmatched")
                # Clients may make methods up; what they make up must not become time series.
                method = asked_method if asked_method in _METHODS else "other"
                self._request_seconds.labels(method, route, status).observe(seconds)
                log.info(
                    "request",
                    method=asked_method,
                    path=scope["path"],
                    route=route,
                    status=status,
                    milliseconds=round(seconds * 1000, 2),
                )


class Cors(CORSMiddleware):
    """Cross-origin reading for the configured origins; a refused preflight comes in the envelope too."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == 400:
            refusal = ApiError(400, bytes(response.body).decode() + ".")
            return render(refusal, uuid4().hex)
        return response


def request_id_of(scope: Scope) -> str:
    """The id that the client or the proxy gave the request, or a new one when it gave none that is safe."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _drop_trailing_slash(scope: Scope) -> None:
    """One slash at the end means the same address, without a redirect."""
    if scope["path"] != "/" and scope["path"].endswith("/"):
        scope["path"] = scope["path"][:-1]
        scope["raw_path"] = scope["raw_path"].removesuffix(b"/")
