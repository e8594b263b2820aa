"""What every request carries (id, services, caller), and what is noted about it when it ends."""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import pyramid.request
import sqlalchemy as sa
import structlog
from pyramid.config import Configurator
from pyramid.interfaces import ISecurityPolicy
from pyramid.registry import Registry
from pyramid.response import Response
from sqlalchemy.orm import Session

from web.core import metrics
from web.core.app import App
from web.core.clock import Clock
from web.core.db import Engines
from web.core.devices import Device
from web.core.errors import Forbidden
from web.core.ids import new_id
from web.core.security import Credential, Identity, SecurityPolicy
from web.core.services import Services
from web.core.settings import Settings

log = structlog.get_logger(__name__)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_REQUEST_ID = re.compile(r"[\w\-]{8,64}")

# For what is no page: a browser that is made to show it anyway runs, loads and frames nothing.
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NO_DEVICES = "geolocation=(), microphone=(), camera=()"  # a page that needs one says so itself


class Request(pyramid.request.Request):  # type: ignore[misc]  # Pyramid ships no types
    """A request, with the typed properties that views use."""

    @cached_property
    def request_id(self) -> str:
        """The proxy's id when it looks like one, else a new one; it is in logs and in every answer."""
        given: str = self.headers.get("X-Request-Id", "")
        return given if _REQUEST_ID.fullmatch(given) else str(new_id())

    @cached_property
    def csp_nonce(self) -> str:
        """What marks the scripts and styles of this response as ours; each response has its own."""
        return secrets.token_urlsafe(16)

    @cached_property
    def services(self) -> Services:
        """The services of this request: on the read-only pool for safe methods, else in its transaction."""
        app = self.app
        make_session = app.reading_session if self.is_safe else lambda: app.writing_session(self.tm)
        services = app.services(make_session)
        self.add_finished_callback(lambda _: services.close())
        return services

    @property
    def is_safe(self) -> bool:
        """Whether the method promises to change nothing."""
        return self.method in SAFE_METHODS

    @property
    def app(self) -> App:
        """The application of this process."""
        app: App = self.registry.app
        return app

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return self.app.settings

    @property
    def clock(self) -> Clock:
        """The time, as this process sees it."""
        return self.app.clock

    @property
    def db(self) -> Session:
        """The request's one database session."""
        return self.services[Session]

    @property
    def credential(self) -> Credential | None:
        """The session that the caller proves to hold, by signature alone; maybe revoked."""
        policy: SecurityPolicy = self.registry.getUtility(ISecurityPolicy)
        return policy.credential(self)

    @property
    def caller(self) -> Identity:
        """Who is asking, on routes that need a login."""
        identity: Identity = self.identity
        return identity

    @property
    def member_id(self) -> UUID:
        """The caller's member id, on routes whose permission needs a member."""
        member_id = self.caller.member_id
        if member_id is None:
            raise Forbidden()
        return member_id

    @property
    def viewer_id(self) -> UUID | None:
        """The caller's member id on routes that anyone may use; None without login."""
        identity: Identity | None = self.identity
        return identity.member_id if identity and identity.roles else None

    @property
    def device(self) -> Device:
        """What the caller's browser or app says it is, and the address it comes from."""
        return Device(self.user_agent, self.client_addr)


@dataclass
class QueryTally:
    """The statements that a unit of work sent."""

    seconds: float = 0.0
    statements: list[str] = field(default_factory=list)


_tally: ContextVar[QueryTally | None] = ContextVar("query_tally", default=None)


@contextmanager
def tally_queries() -> Iterator[QueryTally]:
    """Count the statements sent inside the block by this greenlet."""
    tally = QueryTally()
    token = _tally.set(tally)
    try:
        yield tally
    finally:
        _tally.reset(token)


def watch_queries(engines: Engines) -> None:
    """Note each statement and its time in the tally of whoever sends it."""

    def before(connection: sa.Connection, *_: Any) -> None:
        connection.info["plaza.started"] = time.perf_counter()

    def after(connection: sa.Connection, cursor: Any, statement: str, *_: Any) -> None:
        tally = _tally.get()
        if tally is not None:
            tally.seconds += time.perf_counter() - connection.info["plaza.started"]
            tally.statements.append(statement)

    for name, engine in (("reads", engines.reads), ("writes", engines.writes)):
        sa.event.listen(engine, "before_cursor_execute", before)
        sa.event.listen(engine, "after_cursor_execute", after)
        pool = engine.pool
        metrics.POOL_IN_USE.labels(name).set_function(pool.checkedout)  # type: ignore[attr-defined]  # QueuePool


def observe_tween(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Log and measure each request, and add the headers that every response has."""
    settings = registry.app.settings

    def observed(request: Request) -> Response:
        started = time.perf_counter()
        if settings.is_secure:
            # TLS ends at the proxy. All that comes from outside came over it, which the origin check of
            # unsafe requests and absolute addresses have to know.
            request.scheme = "https"
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        with tally_queries() as tally:
            response = handler(request)
        route = request.matched_route.name if getattr(request, "matched_route", None) else "none"
        seconds = time.perf_counter() - started
        metrics.REQUEST_SECONDS.labels(request.method, route, response.status_int).observe(seconds)
        metrics.DATABASE_SECONDS.labels(route).observe(tally.seconds)
        metrics.QUERIES.labels(route).observe(len(tally.statements))
        response.headers.update(SECURITY_HEADERS)
        response.headers.setdefault("Permissions-Policy", NO_DEVICES)
        response.headers["X-Request-Id"] = request.request_id
        is_page = response.content_type == "text/html"
        response.headers["Content-Security-Policy"] = (
            content_security_policy(settings, request.csp_nonce) if is_page else NOTHING_RUNS
        )
        if settings.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.path_info.startswith("/api/") and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        log.info(
            "request",
            method=request.method,
            path=_noted_path(request),
            status=response.status_int,
            milliseconds=round(seconds * 1000, 1),
            queries=len(tally.statements),
        )
        return response

    return observed


def _noted_path(request: Request) -> str:
    """A path as it is logged: never the query string, which may hold tokens; nor the ids of sessions.

    Two requests beside the id of one anonymous session would tell who met whom.
    """
    path = str(request.path_info)
    session_id = (getattr(request, "matchdict", None) or {}).get("session_id")
    return path.replace(session_id, "*") if session_id else path


def content_security_policy(settings: Settings, nonce: str) -> str:
    """Only scripts that carry the nonce and what they load; connections to our own services only.

    Level 3 of the standard: with ``strict-dynamic`` a place on this site is no reason to run a script.
    """
    # A policy's http: source does not cover ws:, so the sockets' address is named under its own scheme.
    sockets = settings.realtime_url and "ws" + settings.realtime_url.removeprefix("http")
    connect = " ".join(filter(None, ("'self'", settings.analytics_url, sockets)))
    # Media are asked for here and fetched from where that redirects to; blob: is one's own, not sent yet.
    media = f"'self' blob: {settings.bucket.origin}" if settings.bucket else "'self' blob:"
    return (
        f"default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'; "
        f"style-src 'self' 'nonce-{nonce}'; connect-src {connect}; img-src {media} data:; media-src {media}; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )


def needs_transaction(request: Request) -> bool:
    """Hook of pyramid_tm: only unsafe methods get a transaction."""
    return not request.is_safe


def includeme(config: Configurator) -> None:
    """Install the request class and the outermost tween."""
    config.set_request_factory(Request)
    watch_queries(config.registry.app.engines)
    # Outermost: in the web app over the visits, in the socket app over the exception views.
    outermost_of_others = ("web.core.visits.visit_tween", "pyramid.tweens.excview_tween_factory")
    config.add_tween("web.core.requests.observe_tween", over=outermost_of_others)
