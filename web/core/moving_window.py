"""How often something happened lately, counted in Valkey in one round trip.

A sliding window counter: two counters, of this window and of the one before, which counts for the part of it
that the window of the last so many seconds still covers.
"""

import math
from typing import NamedTuple

from limits import RateLimitItem

from web.core.signalling import Valkey

# KEYS: the counters of this window and of the one before. ARGV: the limit; the window in milliseconds.
# A counter lives for two windows: as this one, then as the one before.
_HIT = """
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left > 0 and left < window then
    redis.call('RENAME', KEYS[1], KEYS[2])
    left = left + window
    redis.call('SET', KEYS[1], 0, 'PX', left)
end
local current = tonumber(redis.call('GET', KEYS[1])) or 0
local before = tonumber(redis.call('GET', KEYS[2])) or 0
local fading = before > 0 and math.max(redis.call('PTTL', KEYS[2]), 0) or 0
local allowed = math.floor(before * fading / window) + current < limit
if allowed then
    current = current + 1
    if left > 0 then
        redis.call('INCR', KEYS[1])
    else
        left = window * 2
        redis.call('SET', KEYS[1], 1, 'PX', left)
    end
end
return {allowed and 1 or 0, before, fading, current, left}
"""


class Hit(NamedTuple):
    """What came of counting once more.

    Attributes:
        reset_seconds: until one of those that count does so no more.
    """

    allowed: bool
    remaining: int
    reset_seconds: float


class MovingWindow:
    """Counts by limit and name."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._hit = valkey.client.register_script(_HIT)

    def hit(self, limit: RateLimitItem, *name: str) -> Hit:
        """Count once more, unless that were too often.

        Raises:
            redis.RedisError: Valkey is away.
        """
        # Braces: a cluster keeps both counters in one place.
        key = self._valkey.key("limit", "{" + ":".join(name) + "}")
        window = limit.get_expiry() * 1000
        allowed, before, fading, current, left = self._hit((key, f"{key}:before"), (limit.amount, window))
        used = math.floor(before * fading / window + current)
        resets = []
        if before:
            resets.append(fading % (window / before))
        if current:
            resets.append(left - window)
        return Hit(allowed == 1, max(0, limit.amount - used), min(resets, default=0) / 1000)
