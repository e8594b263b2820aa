"""Two strangers who were matched. What is known of them is in Valkey alone, and is gone soon after they part.

No table says who met whom, and what they say is nowhere at all: it passes from one socket to the other.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import redis

from web.core.clock import Clock
from web.core.errors import Unavailable
from web.core.signalling import Valkey

IDLE: Final = timedelta(minutes=2)  # since both were there; hubs give a sign of life each 30 s
KEPT_SECONDS: Final = 3600  # a match that was forgotten by all who could end it
REMEMBERED_SECONDS: Final = 15 * 60  # after the end, for who has something to report

# KEYS: the match, open matches; ARGV: its id, the member, when it is idle (ms), here | gone, seconds
# Answers 0 when it is over, 2 when the member was not there before, otherwise 1. Only the signs of two who
# are both there keep a match: nobody waits for ever for one who does not come, or not come back.
_TOUCH = """
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[5])
local is_new = 0
if ARGV[4] == 'here' then is_new = redis.call('HSETNX', KEYS[1], 'here:' .. ARGV[2], '1') end
local one, other = unpack(redis.call('HMGET', KEYS[1], 'one', 'other'))
if redis.call('HEXISTS', KEYS[1], 'here:' .. one) + redis.call('HEXISTS', KEYS[1], 'here:' .. other) == 2 then
  redis.call('ZADD', KEYS[2], 'GT', ARGV[3], ARGV[1])
end
if ARGV[4] == 'gone' then redis.call('HDEL', KEYS[1], 'here:' .. ARGV[2]) end
return 1 + is_new
"""

# KEYS: the match, open matches, seats; ARGV: its id, now (ms), seconds
# Answers 1 to the one of many who ends it. A seat that is another match's by now is left alone.
_END = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
if redis.call('HSETNX', KEYS[1], 'ended', ARGV[2]) == 0 then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
for _, member in ipairs(redis.call('HMGET', KEYS[1], 'one', 'other')) do
  if redis.call('HGET', KEYS[3], member) == ARGV[1] then redis.call('HDEL', KEYS[3], member) end
end
return 1
"""

# KEYS: the match; ARGV: the member, the partner
# Answers 0 when it is over, 1 while the member alone wants to be known, 2 when both do.
_SHOW = """
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'shown:' .. ARGV[1], '1')
return 1 + redis.call('HEXISTS', KEYS[1], 'shown:' .. ARGV[2])
"""

# KEYS: seats; ARGV: the member, a match that is not there any more
_FREE = "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end"


@contextmanager
def valkey_answers() -> Iterator[None]:
    """Refuse what needs Valkey while it is away.

    Raises:
        Unavailable
    """
    try:
        yield
    except redis.RedisError as error:
        raise Unavailable(headers={"Retry-After": "5"}) from error


class Seat(StrEnum):
    """How the two are called while nobody is named."""

    A = "a"
    B = "b"


@dataclass(frozen=True)
class Match:
    """Two members who talk.

    Attributes:
        members: by their seats.
        wishes: JSON of what each wished for, by their seats.
        shown: who wants to be known to the other.
        here: whose sockets were there when last seen.
    """

    id: UUID
    members: Mapping[Seat, UUID]
    wishes: Mapping[Seat, bytes]
    started_at: datetime
    has_ended: bool
    shown: frozenset[UUID]
    here: frozenset[UUID]

    def seat_of(self, member_id: UUID) -> Seat:
        """Where a member sits; they are one of the two."""
        return Seat.A if self.members[Seat.A] == member_id else Seat.B

    def partner_of(self, member_id: UUID) -> UUID:
        """Who sits opposite."""
        return self.members[Seat.B if self.seat_of(member_id) is Seat.A else Seat.A]

    @property
    def topic(self) -> str:
        """What both follow on their sockets."""
        return f"match:{self.id}"


class Matches:
    """The matches of now and of the last minutes.

    Attributes:
        seats: the name of a hash: where each member sits.
        open: the name of a sorted set: matches by the time when they count as idle, ms.
    """

    def __init__(self, valkey: Valkey, clock: Clock) -> None:
        self._valkey = valkey
        self._client = valkey.client
        self._clock = clock
        self.seats = valkey.key("matching", "seats")
        self.open = valkey.key("matching", "open")
        self._touch = valkey.client.register_script(_TOUCH)
        self._end = valkey.client.register_script(_END)
        self._show = valkey.client.register_script(_SHOW)
        self._free = valkey.client.register_script(_FREE)

    def key(self, match_id: UUID) -> str:
        """The name of a match in Valkey."""
        return self._valkey.key("matching", "match", match_id)

    def find(self, match_id: UUID, member_id: UUID) -> Match | None:
        """A match that the member is in, or was in a moment ago."""
        match = self._read(match_id)
        return match if match and member_id in match.members.values() else None

    def of(self, member_id: UUID) -> Match | None:
        """The match that a member is in now."""
        seat: Any = self._client.hget(self.seats, str(member_id))
        if seat is None:
            return None
        match = self._read(UUID(seat.decode()))
        if match is None or match.has_ended:
            self._free(keys=[self.seats], args=[str(member_id), seat])
            return None
        return match

    def enter(self, match: Match, member_id: UUID) -> bool:
        """A member's socket is there; whether none was before."""
        return self._sign(match, member_id, "here") == 2

    def leave(self, match: Match, member_id: UUID) -> bool:
        """A member's last socket is gone; False when the match is over anyway."""
        return self._sign(match, member_id, "gone") > 0

    def _sign(self, match: Match, member_id: UUID, what: str) -> int:
        idle_at = _ms(self._clock.now() + IDLE)
        arguments: list[str | int] = [str(match.id), str(member_id), idle_at, what, KEPT_SECONDS]
        answer: Any = self._touch(keys=[self.key(match.id), self.open], args=arguments)
        return int(answer)

    def show(self, match: Match, member_id: UUID) -> bool | None:
        """A member wants to be known: whether both do now; None when the match is over."""
        arguments = [str(member_id), str(match.partner_of(member_id))]
        answer: Any = self._show(keys=[self.key(match.id)], args=arguments)
        return None if answer == 0 else answer == 2

    def end(self, match_id: UUID) -> bool:
        """End a match; True for the one of many who does."""
        keys = [self.key(match_id), self.open, self.seats]
        arguments: list[str | int] = [str(match_id), _ms(self._clock.now()), REMEMBERED_SECONDS]
        answer: Any = self._end(keys=keys, args=arguments)
        return bool(answer == 1)

    def idle(self, most: int) -> list[Match]:
        """Open matches whose two were not both there for too long."""
        found: Any = self._client.zrange(
            self.open, "-inf", _ms(self._clock.now()), byscore=True, offset=0, num=most
        )
        idle = []
        for each in found:
            match_id = UUID(each.decode())
            match = self._read(match_id)
            if match is None:  # lost: only its place in the list is left
                self.end(match_id)
            else:
                idle.append(match)
        return idle

    def _read(self, match_id: UUID) -> Match | None:
        facts: Any = self._client.hgetall(self.key(match_id))
        if not facts:
            return None
        members = {Seat.A: facts[b"one"], Seat.B: facts[b"other"]}
        names = [name.decode() for name in facts]
        return Match(
            id=match_id,
            members={seat: UUID(member.decode()) for seat, member in members.items()},
            wishes={Seat.A: facts[b"one_wish"], Seat.B: facts[b"other_wish"]},
            started_at=datetime.fromtimestamp(int(facts[b"started"]) / 1000, UTC),
            has_ended=b"ended" in facts,
            shown=_named(names, "shown:"),
            here=_named(names, "here:"),
        )


def _named(names: list[str], prefix: str) -> frozenset[UUID]:
    return frozenset(UUID(name.removeprefix(prefix)) for name in names if name.startswith(prefix))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
