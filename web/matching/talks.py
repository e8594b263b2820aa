"""Two strangers talk: what they say passes through, and nothing of it is kept."""

from typing import Any
from uuid import UUID

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.followers import Followers
from web.core.ice import ice_servers
from web.core.ids import new_id
from web.core.settings import Settings
from web.core.topics import Broadcast, Caller
from web.core.wording import TextCheck
from web.matching.errors import MatchOver
from web.matching.events import MatchEnded
from web.matching.line import APART, WaitingLine, wish_from
from web.matching.matches import Match, Matches, Seat, valkey_answers
from web.matching.policy import in_common
from web.matching.proofs import proof
from web.matching.schemas import MatchFacts, NewLine, Revealed, Signal, Typing
from web.matching.signals import passed
from web.messaging.service import MessagingService


class TalkService:
    """What happens between two who were matched. Never commits.

    Frames name nobody: the two are ``a`` and ``b``, until both want to be known.
    """

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        events: EventLog,
        matches: Matches,
        line: WaitingLine,
        broadcast: Broadcast,
        followers: Followers,
        wording: TextCheck,
        messaging: MessagingService,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._events = events
        self._matches = matches
        self._line = line
        self._broadcast = broadcast
        self._followers = followers
        self._wording = wording
        self._messaging = messaging

    def find(self, member_id: UUID, match_id: UUID) -> Match:
        """A match that a member is in, or was in a moment ago.

        Raises:
            NotFound
        """
        match = self._matches.find(match_id, member_id)
        if match is None:
            raise NotFound()
        return match

    def going_on(self, member_id: UUID, match_id: UUID) -> Match:
        """A match that a member is in now.

        Raises:
            NotFound, MatchOver
        """
        match = self.find(member_id, match_id)
        if match.has_ended:
            raise MatchOver()
        return match

    def facts(self, match: Match, member_id: UUID) -> MatchFacts:
        """A match as a member sees it."""
        partner_id = match.partner_of(member_id)
        languages, interests = in_common(*(wish_from(match.wishes[seat]) for seat in Seat))
        return MatchFacts(
            session_id=match.id,
            seat=match.seat_of(member_id).value,
            started_at=match.started_at,
            languages=languages,
            interests=interests,
            direct_calls=self._is_direct(match),
            revealed=member_id in match.shown,
            partner_revealed=partner_id in match.shown,
            # As the match has it and not the hubs, which write it down after the other has told of coming.
            partner_present=partner_id in match.here,
        )

    # Coming and going

    def enter(self, caller: Caller, match_id: UUID) -> dict[str, Any]:
        """A member's socket comes, or gives its sign of life.

        Returns:
            The facts of the match, and what a call needs.

        Raises:
            NotFound
        """
        match = self.find(caller.member_id, match_id)
        if match.has_ended:
            raise NotFound()
        if caller.connection_id and self._matches.enter(match, caller.member_id):
            seat = match.seat_of(caller.member_id)
            self._tell_partner(match, caller.member_id, "match.partner_joined", {"seat": seat})
        policy = "all" if self._is_direct(match) else "relay"
        servers = ice_servers(self._settings, self._clock.now())
        return {
            **self.facts(match, caller.member_id).model_dump(mode="json"),
            "ice": {"policy": policy, "servers": servers},
        }

    def leave(self, member_id: UUID, match_id: UUID) -> None:
        """A member's last socket is gone. The other may wait for them, unless that one is gone, too."""
        match = self._matches.find(match_id, member_id)
        if match is None or not self._matches.leave(match, member_id):
            return
        if self._followers.follows(match.topic, match.partner_of(member_id)):
            facts = {"seat": match.seat_of(member_id), "reason": "disconnected"}
            self._tell_partner(match, member_id, "match.partner_left", facts)
        else:
            self.part(match, "left")

    def part(self, match: Match, reason: str) -> bool:
        """End a match. Those who had enough of each other are kept apart for an hour.

        Args:
            reason: see :class:`MatchEnded`; the other is only told that somebody left.

        Returns:
            False when it was over already.
        """
        if reason != "idle" and not match.has_ended:  # first, or they could find each other again at once
            until = self._clock.now() + APART
            for member_id in match.members.values():
                self._line.keep_apart(member_id, [match.partner_of(member_id)], until)
        if not self._matches.end(match.id):
            return False
        seconds = max(0, round((self._clock.now() - match.started_at).total_seconds()))
        self._events.emit(MatchEnded(seconds=seconds, reason=reason, revealed=len(match.shown) == 2))
        told = {"reason": "idle" if reason == "idle" else "left"}
        self._broadcast.publish(match.topic, "match.ended", told)
        for member_id in match.members.values():
            self._broadcast.dismiss(match.topic, member_id, "over")
        return True

    # Talking

    @valkey_answers()
    def say(self, caller: Caller, match_id: UUID, new: NewLine) -> dict[str, Any]:
        """Pass a message on to the other, and to the member's own other sockets.

        Returns:
            The message, and whether the other was there to get it.

        Raises:
            NotFound, MatchOver, ContentRefused, Unavailable
        """
        match = self.going_on(caller.member_id, match_id)
        self._wording.passed(new.body)
        seat, sent_at = match.seat_of(caller.member_id).value, self._clock.now().isoformat()
        message = {
            "id": new_id(),
            "client_id": new.client_id,
            "seat": seat,
            "body": new.body,
            "sent_at": sent_at,
            "proof": proof(self._settings.secret, match.id, seat, sent_at, new.body),
        }
        self._broadcast.publish(match.topic, "message.new", message, but=caller.connection_id)
        return {"message": message, "delivered": self._is_partner_there(match, caller.member_id)}

    @valkey_answers()
    def show_typing(self, caller: Caller, match_id: UUID, typing: Typing) -> None:
        """Show the other that a member types.

        Raises:
            NotFound, MatchOver, Unavailable
        """
        match = self.going_on(caller.member_id, match_id)
        seat = match.seat_of(caller.member_id)
        # Who it is stays out of the frame.
        self._broadcast.typing(match.topic, caller, is_typing=typing.is_typing, user_id=None, seat=seat)

    @valkey_answers()
    def signal(self, caller: Caller, match_id: UUID, signal: Signal) -> dict[str, Any]:
        """Pass on what two browsers need for a call.

        Raises:
            NotFound, MatchOver, DirectCallRefused, Unavailable
        """
        match = self.going_on(caller.member_id, match_id)
        facts = passed(signal, direct=self._is_direct(match))
        seat = match.seat_of(caller.member_id)
        self._tell_partner(match, caller.member_id, "signal", {"seat": seat, **facts})
        if signal.type in ("answer", "hangup"):  # the member's other windows need not ring any more
            told = {"seat": seat, "type": signal.type}
            own, here = [caller.member_id], caller.connection_id
            self._broadcast.publish(match.topic, "signal", told, only=own, but=here)
        return {"delivered": self._is_partner_there(match, caller.member_id)}

    @valkey_answers()
    def reveal(self, member_id: UUID, match_id: UUID) -> Revealed:
        """A member wants to be known. When both do, they have a direct conversation, whatever their settings.

        Raises:
            NotFound: also when the two may not meet.
            MatchOver, Unavailable
        """
        match = self.going_on(member_id, match_id)
        do_both = self._matches.show(match, member_id)
        if do_both is None:
            raise MatchOver()
        if not do_both:
            if member_id not in match.shown:
                facts = {"seat": match.seat_of(member_id)}
                self._tell_partner(match, member_id, "match.reveal_asked", facts)
            return Revealed(partner_revealed=False, conversation_id=None)
        conversation_id = self._messaging.start_direct(member_id, match.partner_of(member_id), agreed=True)
        self._broadcast.publish(match.topic, "match.revealed", {"conversation_id": conversation_id})
        return Revealed(partner_revealed=True, conversation_id=conversation_id)

    def _is_direct(self, match: Match) -> bool:
        """Whether calls may do without a relay: the installation says so, or both do."""
        return self._settings.webrtc_direct or all(wish_from(wish).direct for wish in match.wishes.values())

    def _is_partner_there(self, match: Match, member_id: UUID) -> bool:
        return self._followers.follows(match.topic, match.partner_of(member_id))

    def _tell_partner(self, match: Match, member_id: UUID, event: str, facts: dict[str, Any]) -> None:
        self._broadcast.publish(match.topic, event, facts, only=[match.partner_of(member_id)])
