"""Pages of other origins that may call the JSON API from a browser (Fetch standard, "HTTP CORS protocol").

They are those of ``PLAZA_CORS_ORIGINS`` and nobody else. They send access tokens; cookies are never taken
from them.
"""

from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.response import Response

from web.core.requests import Request

PREFIX = "/api/"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
EXPOSED_HEADERS = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
PREFLIGHT_SECONDS = 7200  # as long as Chromium remembers one


def cors_tween(handler: Callable[[Request], Response], registry: Registry) -> Callable[[Request], Response]:
    """Answer preflights, and let allowed origins read what the API answers, refusals among it."""
    allowed = frozenset(registry.app.settings.cors_origins)
    if not allowed:
        return handler

    def cors(request: Request) -> Response:
        if not request.path_info.startswith(PREFIX):
            return handler(request)
        origin = request.headers.get("Origin")
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if is_preflight and origin in allowed:
            response = Response(status=204)
            response.headers["Access-Control-Allow-Methods"] = METHODS
            response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
            del response.content_type
        else:
            response = handler(request)
        if origin in allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        # Also where nothing was allowed: a cache must not show that answer to an origin that may read it.
        response.vary = (*(response.vary or ()), "Origin")
        return response

    return cors


def includeme(config: Configurator) -> None:
    """Install the tween over the rate limits: a preflight is no request yet, and refusals can be read."""
    config.add_tween(
        "web.core.cors.cors_tween",
        under="web.core.requests.observe_tween",
        over="web.core.visits.visit_tween",
    )
