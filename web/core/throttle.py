"""Attempts at something worth guessing or flooding, counted in Valkey by whoever the rule names.

The tween of :mod:`web.core.rate_limits` counts requests before any work is done. This counts *attempts* where
a rule knows what they are aimed at: log-ins per account and per address, resets per address, uploads and
requests to others per member.
"""

import math
import time
from dataclasses import dataclass
from typing import Literal

import redis
import structlog
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from web.core import metrics
from web.core.errors import RateLimited, Unavailable
from web.core.settings import Settings
from web.core.signalling import Valkey

log = structlog.get_logger(__name__)

Kind = Literal["login", "reset", "otp", "uploads", "ai", "requests"]
# Guessing must not be possible because a cache is away; the rest goes on.
FAIL_CLOSED: frozenset[Kind] = frozenset({"login", "reset", "otp"})


@dataclass(frozen=True)
class Attempt:
    """An attempt that was counted before it is known whether it succeeds."""

    kind: Kind
    subject: str
    watched: str | None


class Throttle:
    """Counts attempts by kind and subject, each kind within its own window (``Settings.limits``)."""

    def __init__(self, settings: Settings, valkey: Valkey) -> None:
        storage = RedisStorage(
            settings.valkey_url,
            key_prefix=f"{settings.valkey_prefix}throttle",
            wrap_exceptions=True,
            socket_timeout=settings.signalling_timeout,
            socket_connect_timeout=settings.signalling_timeout,
        )
        self._window = MovingWindowRateLimiter(storage)
        self._valkey = valkey
        self._longest_pause = settings.limits.longest_pause
        self._limits: dict[Kind, RateLimitItem] = {
            "login": parse(settings.limits.login),
            "reset": parse(settings.limits.reset),
            "otp": parse(settings.limits.otp),
            "uploads": parse(settings.limits.uploads),
            "ai": parse(settings.limits.ai),
            "requests": parse(settings.limits.requests),
        }

    def count(self, kind: Kind, subject: str, *, watched: str | None = None) -> Attempt:
        """Count an attempt before it is made, so that many at once are no more than many in a row.

        Args:
            subject: what is aimed at (``account:…``); every attempt counts until one succeeds.
            watched: who aims (``ip:…``); only failures count, and another's success clears none of them.
        Raises:
            RateLimited: one of them has none left, or has to pause; ``Retry-After`` says how long.
            Unavailable: attempts of this kind cannot be counted now and are not taken on trust.
        """
        limit = self._limits[kind]
        try:
            for each in filter(None, (subject, watched)):
                pause = self._valkey.client.pttl(self._pause_key(kind, each))
                if pause > 0:
                    headers = self._headers(limit, kind, each)
                    raise RateLimited(headers=headers | {"Retry-After": str(math.ceil(pause / 1000))})
            if watched and not self._window.test(limit, kind, watched):
                raise RateLimited(headers=self._headers(limit, kind, watched))
            if not self._window.hit(limit, kind, subject):
                raise RateLimited(headers=self._headers(limit, kind, subject))
        except (StorageError, redis.RedisError) as error:
            metrics.LIMITS_SKIPPED.labels(kind).inc()
            log.warning("throttle_unchecked", kind=kind, error=str(error))
            if kind in FAIL_CLOSED:
                raise Unavailable(headers={"Retry-After": "5"}) from error
        return Attempt(kind, subject, watched)

    def failed(self, attempt: Attempt) -> None:
        """Let subject and watcher pause before the next attempt: 1 s, 2 s, 4 s … as failures add up."""
        limit = self._limits[attempt.kind]
        try:
            if attempt.watched:
                self._window.hit(limit, attempt.kind, attempt.watched)
            for each in filter(None, (attempt.subject, attempt.watched)):
                used = limit.amount - self._window.get_window_stats(limit, attempt.kind, each).remaining
                pause = min(2 ** max(0, used - 1), self._longest_pause)
                if pause:
                    self._valkey.client.set(self._pause_key(attempt.kind, each), 1, ex=pause)
        except (StorageError, redis.RedisError) as error:
            metrics.LIMITS_SKIPPED.labels(attempt.kind).inc()
            log.warning("throttle_pause_lost", kind=attempt.kind, error=str(error))

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the attempts at the subject: whoever got in was no guesser."""
        try:
            self._window.clear(self._limits[attempt.kind], attempt.kind, attempt.subject)
            self._valkey.client.delete(self._pause_key(attempt.kind, attempt.subject))
        except (StorageError, redis.RedisError) as error:
            log.warning("throttle_not_cleared", kind=attempt.kind, error=str(error))

    def _pause_key(self, kind: Kind, subject: str) -> str:
        return self._valkey.key("throttle", "pause", kind, subject)

    def _headers(self, limit: RateLimitItem, kind: Kind, subject: str) -> dict[str, str]:
        reset_at, remaining = self._window.get_window_stats(limit, kind, subject)
        return {
            "RateLimit-Limit": str(limit.amount),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": (reset := str(max(1, math.ceil(reset_at - time.time())))),
            "Retry-After": reset,
        }
