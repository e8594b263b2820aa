"""Who came by: one row per visitor and UTC day, because history cannot be rebuilt later.

A visitor is a member, or a hash of address and browser under a salt that changes daily and is kept nowhere
but in Valkey, so that nobody can be followed from one day to the next. Counts are gathered in memory and
written in batches; a crash loses some seconds of counting and nothing else.
"""

import hashlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

import redis
import sqlalchemy as sa
import structlog
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.response import Response
from sqlalchemy.dialects.postgresql import insert

from web.core.app import App
from web.core.models import Visit
from web.core.requests import Request

log = structlog.get_logger(__name__)

SALT_SECONDS = 2 * 86400

Key = tuple[date, str, str, bool]


class VisitCounter:
    """Counts pages per visitor and writes them now and then."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._pages: Counter[Key] = Counter()
        self._last_flush = time.monotonic()
        self._salts: dict[date, bytes] = {}

    def count(self, request: Request) -> None:
        """Count a page view; a batch is written once the request has given its connection back."""
        day = self._app.clock.now().date()
        credential = request.credential
        identity = request.identity if credential else None
        if identity and identity.member_id:
            visitor, is_member = str(identity.member_id), True
        else:
            salt = self._salt(day)
            seen = f"{request.client_addr}|{request.headers.get('User-Agent', '')}".encode()
            visitor, is_member = hashlib.blake2b(seen, key=salt, digest_size=16).hexdigest(), False
        with self._lock:
            self._pages[day, visitor, device_class(request.headers.get("User-Agent", "")), is_member] += 1
            due = time.monotonic() - self._last_flush >= self._app.settings.notes_seconds
        if due:
            request.add_finished_callback(lambda _: self.flush())

    def flush(self) -> None:
        """Write what was counted; what cannot be written now is kept for the next time."""
        with self._lock:
            pages, self._pages = self._pages, Counter()
            self._last_flush = time.monotonic()
        if not pages:
            return
        statement = insert(Visit)
        statement = statement.on_conflict_do_update(
            index_elements=["day", "visitor", "device"],
            set_={"pages": Visit.pages + statement.excluded.pages},
        )
        rows = [
            {"day": day, "visitor": visitor, "device": device, "is_member": is_member, "pages": count}
            for (day, visitor, device, is_member), count in sorted(pages.items())
        ]
        try:
            with self._app.engines.writes.begin() as connection:
                connection.execute(statement, rows)
        except sa.exc.SQLAlchemyError as error:
            log.warning("visits_not_written", error=str(error))
            with self._lock:
                self._pages.update(pages)

    def _salt(self, day: date) -> bytes:
        """The day's salt, the same in every process; one of this process alone while Valkey is away."""
        if day not in self._salts:
            fresh, key = secrets.token_bytes(32), self._app.valkey.key("visit-salt", day)
            try:
                self._app.valkey.client.set(key, fresh, nx=True, ex=SALT_SECONDS)
                stored = self._app.valkey.client.get(key)
                fresh = stored if isinstance(stored, bytes) else fresh
            except redis.RedisError as error:
                log.warning("visit_salt_local", error=str(error))
            self._salts = {day: fresh}
        return self._salts[day]


def device_class(user_agent: str) -> str:
    """``mobile``, ``bot`` or ``desktop``, roughly."""
    agent = user_agent.lower()
    if any(word in agent for word in ("bot", "crawl", "spider")):
        return "bot"
    return "mobile" if "mobi" in agent or "android" in agent else "desktop"


def visit_tween(handler: Callable[[Request], Response], registry: Registry) -> Callable[[Request], Response]:
    """Count pages that people were shown."""
    counter = registry.visits

    def counted(request: Request) -> Response:
        response = handler(request)
        is_page = request.method == "GET" and response.content_type == "text/html"
        if is_page and response.status_int < 400:
            counter.count(request)
        return response

    return counted


def includeme(config: Configurator) -> None:
    """Install the counter and its tween."""
    config.registry.visits = VisitCounter(config.registry.app)
    config.add_tween("web.core.visits.visit_tween", over="web.core.rate_limits.rate_limit_tween")
