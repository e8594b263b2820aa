"""The line of those who wait for somebody to talk with. It is in Valkey alone; losing it, they ask again.

Entering, looking and being matched is one script, which Valkey runs as a whole: of many who look at once,
nobody is matched twice, with themselves, or with somebody whom they are kept apart from.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from pydantic import BaseModel

from web.core.clock import Clock
from web.core.ids import new_id
from web.core.signalling import Valkey
from web.matching.matches import IDLE, KEPT_SECONDS, Matches

STAYS: Final = timedelta(seconds=75)  # in line without a sign of life; hubs and clients give one each 30 s
LONGEST: Final = timedelta(hours=12)  # in line, until one has to enter anew
APART: Final = timedelta(hours=1)  # of those who had enough of each other
# Of those who block or reported each other: in Valkey. Looked up anew whenever somebody enters the line, so
# it has to be more than LONGEST.
APART_FOR_GOOD: Final = timedelta(days=1)
# How long one insists: on the languages and an interest in common; then on the languages, each speaking what
# the other learns; then on any language in common. After that anybody will do.
INSISTS: Final = (timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40))
MOST_LOOKED_AT: Final = 250  # those who came first; a look costs Valkey at most a millisecond or two

# KEYS: the line, signs of life, wishes, seats, open matches, who the member is kept apart from, a new match
# ARGV: the member; now, ms; the member's wish, '' to look again only; until when a sign of life counts, ms;
#       the new match; when it is idle, ms; how many to look at; three times for which one insists, ms;
#       the seconds after which a match that nobody ends is gone; how long one may wait, ms
# Who came first is looked at first, and the first who fits is taken: both have to be content, each by how
# long they have waited themselves.
_LOOK = """
local line, alive, wishes, seats, open, apart, match = unpack(KEYS)
local me, now, given = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local function leave(member)
  redis.call('ZREM', line, member)
  redis.call('ZREM', alive, member)
  redis.call('HDEL', wishes, member)
end

local seat = redis.call('HGET', seats, me)
if seat then return {'matched', seat} end
if given ~= '' then
  redis.call('ZADD', line, 'NX', now, me)
  redis.call('ZADD', alive, ARGV[4], me)
  redis.call('HSET', wishes, me, given)
end
local since = redis.call('ZSCORE', line, me)
if not since then return {'away'} end
local is_too_old = given == '' and now - tonumber(since) > tonumber(ARGV[12])
if is_too_old or tonumber(redis.call('ZSCORE', alive, me) or 0) < now then
  leave(me)
  return {'away'}
end

local function some(a, b)
  for _, x in ipairs(a) do
    for _, y in ipairs(b) do
      if x == y then return true end
    end
  end
  return false
end

-- The patience that a pair takes: 0 for all that both wish, 3 for nothing of it.
local function patience(a, b)
  local can_talk = some(a.speaks, b.speaks) or some(a.learns, b.speaks) or some(a.speaks, b.learns)
    or #a.speaks == 0 or #b.speaks == 0
  if not can_talk then return 3 end
  local a_learns = #a.learns == 0 or some(a.learns, b.speaks)
  local b_learns = #b.learns == 0 or some(b.learns, a.speaks)
  if not (a_learns and b_learns) then return 2 end
  local is_alike = #a.interests == 0 or #b.interests == 0 or some(a.interests, b.interests)
  return is_alike and 0 or 1
end

local function patience_of(score)
  local waited = now - tonumber(score)
  for step = 8, 10 do
    if waited < tonumber(ARGV[step]) then return step - 8 end
  end
  return 3
end

local my_wish = cjson.decode(redis.call('HGET', wishes, me))
local my_patience = patience_of(since)
local others = redis.call('ZRANGE', line, 0, tonumber(ARGV[7]) - 1)
if #others > 0 then
  local scores = redis.call('ZMSCORE', line, unpack(others))
  local signs = redis.call('ZMSCORE', alive, unpack(others))
  local wanted = redis.call('HMGET', wishes, unpack(others))
  for i, other in ipairs(others) do
    if other ~= me then
      if not wanted[i] or tonumber(signs[i] or 0) < now then
        leave(other)
      elseif patience(my_wish, cjson.decode(wanted[i])) <= math.min(my_patience, patience_of(scores[i]))
        and tonumber(redis.call('ZSCORE', apart, other) or 0) <= now
      then
        redis.call('HSET', match, 'one', other, 'other', me, 'started', ARGV[2],
          'one_wish', wanted[i], 'other_wish', redis.call('HGET', wishes, me))
        redis.call('EXPIRE', match, ARGV[11])
        redis.call('ZADD', open, ARGV[6], ARGV[5])
        redis.call('HSET', seats, me, ARGV[5], other, ARGV[5])
        leave(me)
        leave(other)
        return {'new', ARGV[5]}
      end
    end
  end
end
return {'waiting', redis.call('ZRANK', line, me) + 1, redis.call('ZCARD', line)}
"""


class Wish(BaseModel):
    """Whom somebody would like to talk with.

    Attributes:
        speaks: languages, without script and region.
        learns: languages; none is no wish.
        interests: tags; none is no wish.
        direct: a call may go straight to the other's address.
    """

    speaks: list[str] = []
    learns: list[str] = []
    interests: list[str] = []
    direct: bool = False


class Place(NamedTuple):
    """A place in the line, counted from 1, and how many wait."""

    position: int
    waiting: int


class Found(NamedTuple):
    """A match; new, if this look made it."""

    match_id: UUID
    is_new: bool


class WaitingLine:
    """Those who wait, first come first."""

    def __init__(self, valkey: Valkey, clock: Clock, matches: Matches) -> None:
        self._client = valkey.client
        self._valkey = valkey
        self._clock = clock
        self._matches = matches
        self._look = valkey.client.register_script(_LOOK)
        self._line, self._alive, self._wishes = (
            valkey.key("matching", name) for name in ("line", "alive", "wishes")
        )

    def enter(self, member_id: UUID, wish: Wish) -> Found | Place | None:
        """Wait, or go on waiting with another wish, and look for somebody at once."""
        return self._search(member_id, wish.model_dump_json())

    def look(self, member_id: UUID) -> Found | Place | None:
        """Look again; None when the member does not wait."""
        return self._search(member_id, "")

    def _search(self, member_id: UUID, wish: str) -> Found | Place | None:
        now, match_id = self._clock.now(), new_id()
        keys = [
            self._line,
            self._alive,
            self._wishes,
            self._matches.seats,
            self._matches.open,
            self._apart(member_id),
            self._matches.key(match_id),
        ]
        arguments: list[Any] = [
            str(member_id),
            _ms(now),
            wish,
            _ms(now + STAYS),
            str(match_id),
            _ms(now + IDLE),
            MOST_LOOKED_AT,
            *(int(each.total_seconds() * 1000) for each in INSISTS),
            KEPT_SECONDS,
            int(LONGEST.total_seconds() * 1000),
        ]
        answer: Any = self._look(keys=keys, args=arguments)
        what = answer[0].decode()
        if what == "away":
            return None
        if what == "waiting":
            return Place(answer[1], answer[2])
        return Found(UUID(answer[1].decode()), what == "new")

    def place(self, member_id: UUID) -> Place | None:
        """Where a member stands in the line; None: nowhere, or not any more."""
        member = str(member_id)
        pipeline = self._client.pipeline(transaction=False)
        pipeline.zrank(self._line, member)
        pipeline.zcard(self._line)
        pipeline.zscore(self._alive, member)
        rank, waiting, until = pipeline.execute()
        is_there = rank is not None and until is not None and until >= _ms(self._clock.now())
        return Place(rank + 1, waiting) if is_there else None

    def stay(self, member_id: UUID) -> None:
        """Give a sign of life for a member, if they wait."""
        until = _ms(self._clock.now() + STAYS)
        self._client.zadd(self._alive, {str(member_id): until}, xx=True)

    def leave(self, member_id: UUID) -> None:
        """Wait no more."""
        member = str(member_id)
        pipeline = self._client.pipeline()
        pipeline.zrem(self._line, member)
        pipeline.zrem(self._alive, member)
        pipeline.hdel(self._wishes, member)
        pipeline.execute()

    def waiting(self, most: int) -> list[UUID]:
        """Those who wait, who came first before the others."""
        found: Any = self._client.zrange(self._line, 0, most - 1)
        return [UUID(member.decode()) for member in found]

    def keep_apart(self, member_id: UUID, others: Collection[UUID], until: datetime) -> None:
        """Let none of the member's looks find one of these until a moment, or longer, if it was so."""
        if not others:
            return
        key, ends = self._apart(member_id), _ms(until)
        pipeline = self._client.pipeline()
        pipeline.zadd(key, {str(other): ends for other in others}, gt=True)
        pipeline.pexpireat(key, ends, nx=True)
        pipeline.pexpireat(key, ends, gt=True)
        pipeline.execute()

    def keep_apart_for_good(self, one: UUID, other: UUID) -> None:
        """Let neither of two find the other, who block or reported them, as long as they may wait."""
        until = self._clock.now() + APART_FOR_GOOD
        self.keep_apart(one, [other], until)
        self.keep_apart(other, [one], until)

    def _apart(self, member_id: UUID) -> str:
        return self._valkey.key("matching", "apart", member_id)


def wish_from(text: bytes | str) -> Wish:
    """The wish that was kept in Valkey."""
    return Wish.model_validate(orjson.loads(text))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
