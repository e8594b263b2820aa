"""Being matched: waiting in line, being found, going on to the next."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.topics import Broadcast
from web.matching.errors import AdultsOnly, MatchingPaused
from web.matching.events import MatchStarted
from web.matching.line import APART_FOR_GOOD, Found, Place, WaitingLine, Wish, wish_from
from web.matching.matches import Match, Matches, valkey_answers
from web.matching.policy import is_adult, paused_until, wish_of
from web.matching.queries import Seeker, apart_from, birth_date, seeker
from web.matching.schemas import MatchingState, NewWish
from web.matching.talks import TalkService

MOST_AT_A_LOOK: Final = 1_000
TOLD_AGAIN_AFTER: Final = timedelta(seconds=5)  # who was matched and does not come


def own_topic(member_id: UUID) -> str:
    """On which topic a member is told of their place, and of a match."""
    return f"matching:{member_id}"


class MatchingService:
    """Who waits, and who is matched. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        line: WaitingLine,
        matches: Matches,
        broadcast: Broadcast,
        talks: TalkService,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._line = line
        self._matches = matches
        self._broadcast = broadcast
        self._talks = talks

    @valkey_answers()
    def state(self, member_id: UUID) -> MatchingState:
        """Where a member is; asking is a sign of life.

        Raises:
            Unavailable
        """
        return self.stay(member_id)

    def stay(self, member_id: UUID) -> MatchingState:
        """The same.

        Raises:
            RedisError: Valkey is away.
        """
        match = self._matches.of(member_id)
        if match is not None:
            return self._matched(match, member_id)
        place = self._line.place(member_id)
        if place is not None:
            self._line.stay(member_id)
        return _state(place)

    @valkey_answers()
    def join(self, member_id: UUID, new: NewWish | None = None) -> MatchingState:
        """Wait for somebody, or go on waiting with another wish; who is in a match stays in it.

        Raises:
            AdultsOnly, MatchingPaused, Unavailable
        """
        now, wanted = self._clock.now(), new or NewWish()
        found = self._adult(member_id, now)
        until = paused_until(found.reporters, found.reported_at)
        if until is not None and until > now:
            raise MatchingPaused(until=until.isoformat())
        wish = wish_of(
            found.speaks if wanted.speaks is None else wanted.speaks,
            found.learns if wanted.learns is None else wanted.learns,
            found.interests if wanted.interests is None else wanted.interests,
            direct=wanted.direct_calls,
        )
        return self._enter(member_id, wish)

    def _enter(self, member_id: UUID, wish: Wish) -> MatchingState:
        match = self._matches.of(member_id)
        if match is None:
            # Whoever blocks whom from now on says so to the line itself (see ``subscribers``).
            apart = apart_from(self._session, member_id)
            self._line.keep_apart(member_id, apart, self._clock.now() + APART_FOR_GOOD)
            found = self._line.enter(member_id, wish)
            if not isinstance(found, Found):
                return _state(found)
            match = self._begin(found, member_id)
        return self._matched(match, member_id) if match else MatchingState(status="idle")

    def _begin(self, found: Found, member_id: UUID) -> Match | None:
        """Tell both of a match, if it is a new one; None when it is over already."""
        if found.is_new:
            self._events.emit(MatchStarted())
        match = self._matches.of(member_id)
        if match is not None and found.is_new:
            for each in match.members.values():
                self._tell_found(match, each)
        return match

    def _adult(self, member_id: UUID, now: datetime) -> Seeker:
        found = seeker(self._session, member_id, now)
        if not is_adult(found.birth_date, now.date()):
            raise AdultsOnly()
        return found

    @valkey_answers()
    def leave(self, member_id: UUID) -> None:
        """Wait no more; twice is the same as once. A match goes on.

        Raises:
            Unavailable
        """
        self._line.leave(member_id)

    @valkey_answers()
    def skip(self, member_id: UUID, match_id: UUID) -> MatchingState:
        """Leave somebody, who will not come again within an hour, and wait for another with the same wish.

        Whoever is paused leaves all the same, and waits for nobody.

        Raises:
            NotFound, AdultsOnly, Unavailable
        """
        match, now = self._talks.find(member_id, match_id), self._clock.now()
        found = self._adult(member_id, now)
        self._talks.part(match, "skipped")
        until = paused_until(found.reporters, found.reported_at)
        if until is not None and until > now:
            return MatchingState(status="idle", paused_until=until)
        return self._enter(member_id, wish_from(match.wishes[match.seat_of(member_id)]))

    @valkey_answers()
    def end(self, member_id: UUID, match_id: UUID) -> None:
        """Leave somebody, and wait for nobody.

        Raises:
            NotFound: also when it is over already.
            Unavailable
        """
        if not self._talks.part(self._talks.find(member_id, match_id), "left"):
            raise NotFound()

    def require_adult(self, member_id: UUID) -> None:
        """Make sure that a member may be here.

        Raises:
            AdultsOnly
        """
        if not is_adult(birth_date(self._session, member_id), self._clock.now().date()):
            raise AdultsOnly()

    def remind(self, member_id: UUID) -> MatchingState:
        """A sign of life of a member's socket; who was matched a while ago and has not come is told again.

        Raises:
            RedisError: Valkey is away.
        """
        state, match = self.stay(member_id), self._matches.of(member_id)
        is_missing = match is not None and member_id not in match.here
        if match and is_missing and self._clock.now() - match.started_at > TOLD_AGAIN_AFTER:
            self._tell_found(match, member_id)
        return state

    def look(self) -> None:
        """Let everybody who waits look again, because patience grows; say where they stand; end what is idle.

        Raises:
            RedisError: Valkey is away.
        """
        for match in self._matches.idle(MOST_AT_A_LOOK):
            self._talks.part(match, "idle")
        for member_id in self._line.waiting(MOST_AT_A_LOOK):
            found = self._line.look(member_id)
            if isinstance(found, Found):
                self._begin(found, member_id)
            elif found is not None:
                self._broadcast.publish(own_topic(member_id), "match.position", found._asdict())

    def forget(self, member_id: UUID) -> None:
        """Let somebody be nowhere, because they are away or shut out.

        Raises:
            RedisError: Valkey is away.
        """
        self._line.leave(member_id)
        match = self._matches.of(member_id)
        if match is not None:
            self._talks.part(match, "left")

    def keep_apart(self, one: UUID, other: UUID) -> None:
        """Let two not be matched, because one has blocked the other; and part them, if they are.

        Raises:
            RedisError: Valkey is away.
        """
        self._line.keep_apart_for_good(one, other)
        match = self._matches.of(one)
        if match is not None and match.partner_of(one) == other:
            self._talks.part(match, "apart")

    def _matched(self, match: Match, member_id: UUID) -> MatchingState:
        return MatchingState(status="matched", match=self._talks.facts(match, member_id))

    def _tell_found(self, match: Match, member_id: UUID) -> None:
        facts = self._talks.facts(match, member_id).model_dump(mode="json")
        self._broadcast.publish(own_topic(member_id), "match.found", facts)


def _state(place: Place | Found | None) -> MatchingState:
    if not isinstance(place, Place):
        return MatchingState(status="idle")
    return MatchingState(status="waiting", position=place.position, waiting=place.waiting)
