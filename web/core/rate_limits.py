"""Rate limits: a moving window per caller in Valkey, told in ``RateLimit-*`` headers.

When Valkey is away, reads go on unlimited and logins are refused: the one must not go down with a cache, the
other must never be open to guessing. Both show in a metric.
"""

from collections.abc import Callable
from math import ceil

import structlog
from limits import RateLimitItem, parse
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.response import Response
from redis import RedisError

from web.core import metrics
from web.core.errors import DomainError, RateLimited, Unavailable
from web.core.moving_window import MovingWindow
from web.core.requests import Request
from web.core.responses import render_error
from web.core.settings import Settings
from web.core.signalling import Valkey

log = structlog.get_logger(__name__)

AUTH_PREFIX = "/api/v1/auth/"
# Reading who you are is no attempt to get in.
_READ_METHODS = ("GET", "HEAD", "OPTIONS")
# What takes a session to ask for is no attempt to get in; pages trade their cookie for a token all the time.
_SESSION_NEEDED = frozenset({"page-token", "logout", "logout-all", "sessions", "2fa", "passkeys"})
_ATTEMPTS_AMONG_THEM = ("2fa/verify", "passkeys/login")
# Pages by the first part of their address where something can be guessed, or mail and messages be sent.
_ATTEMPT_PAGES = frozenset(
    {"login", "signup", "code", "phone", "second-factor", "forgot", "reset", "confirm-email", "prove-it"}
)
# A page shows dozens of pictures; their addresses cannot be guessed.
_UNLIMITED = ("/static/", "/media/", "/healthz", "/readyz", "/metrics", "/.well-known/")


class RateLimits:
    """The limits of one process."""

    def __init__(self, settings: Settings, valkey: Valkey) -> None:
        self._window = MovingWindow(valkey)
        self._limits: dict[str, RateLimitItem] = {
            "auth": parse(settings.limits.auth),
            "reads": parse(settings.limits.reads),
            "writes": parse(settings.limits.writes),
        }

    def check(self, kind: str, caller: str) -> dict[str, str]:
        """Count a request and give the headers that say what is left.

        Raises:
            RateLimited: too many, with ``Retry-After``.
            Unavailable: an ``auth`` request that could not be counted.
        """
        limit = self._limits[kind]
        try:
            hit = self._window.hit(limit, kind, caller)
        except RedisError as error:
            metrics.LIMITS_SKIPPED.labels(kind).inc()
            log.warning("rate_limit_unchecked", kind=kind, error=str(error))
            if kind == "auth":
                raise Unavailable(headers={"Retry-After": "5"}) from error
            return {}
        reset = max(1, ceil(hit.reset_seconds))
        headers = {
            "RateLimit-Limit": str(limit.amount),
            "RateLimit-Remaining": str(hit.remaining),
            "RateLimit-Reset": str(reset),
        }
        if not hit.allowed:
            raise RateLimited(headers={**headers, "Retry-After": str(reset)})
        return headers


def kind_of(request: Request) -> str | None:
    """Which limit a request falls under; None for what is never limited."""
    path = request.path_info
    if path.startswith(_UNLIMITED):
        return None
    if request.method in _READ_METHODS:
        return "reads"
    return "auth" if _is_attempt(path) else "writes"


def _is_attempt(path: str) -> bool:
    """Whether an unsafe request tries to get in; under ``/auth/`` it does, unless it is known not to."""
    if path.startswith(AUTH_PREFIX):
        asked = path.removeprefix(AUTH_PREFIX)
        return asked.startswith(_ATTEMPTS_AMONG_THEM) or asked.split("/")[0] not in _SESSION_NEEDED
    return path.lstrip("/").split("/")[0] in _ATTEMPT_PAGES


def caller_of(request: Request) -> str:
    """Who is counted: the session a request proves to hold, else its address."""
    credential = request.credential
    return f"session:{credential.session_id}" if credential else f"ip:{request.client_addr}"


def rate_limit_tween(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Refuse callers that ask too often, before any work is done for them."""
    limits = RateLimits(registry.app.settings, registry.app.valkey)

    def limited(request: Request) -> Response:
        kind = kind_of(request)
        if kind is None:
            return handler(request)
        # Guesses are counted by address even when a session comes along.
        caller = f"ip:{request.client_addr}" if kind == "auth" else caller_of(request)
        try:
            headers = limits.check(kind, caller)
        except DomainError as error:
            return render_error(error, request)
        response = handler(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)  # a rule's own limit says more than the general one
        return response

    return limited


def includeme(config: Configurator) -> None:
    """Install the tween outside the transaction: a refused request costs the database nothing."""
    config.add_tween("web.core.rate_limits.rate_limit_tween", over="pyramid_tm.tm_tween_factory")
