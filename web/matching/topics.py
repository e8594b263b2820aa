"""Being matched, as topics of sockets: one's own place in the line, and a match.

What is told on them is told to who is there, and nowhere else.
"""

from typing import Any, Final
from uuid import UUID

from web.core.errors import NotFound
from web.core.services import Services
from web.core.topics import Caller, Facts, TopicKind, Topics
from web.matching.schemas import NewLine, Signal, Typing
from web.matching.service import MatchingService
from web.matching.talks import TalkService

PLACE: Final = "matching"  # matching:<the member's own id>: match.position, match.found
MATCH: Final = "match"


def register(topics: Topics) -> None:
    """Declare both."""
    topics.add(TopicKind(PLACE, enter=enter_line, leave=leave_line))
    handlers = {"message": say, "typing": show_typing, "signal": signal}
    topics.add(TopicKind(MATCH, enter=enter, handlers=handlers, leave=leave))


def enter_line(services: Services, caller: Caller, member_id: UUID) -> Facts:
    """Everybody who is old enough may follow their own place.

    Raises:
        NotFound: it is somebody else's.
        AdultsOnly
    """
    if member_id != caller.member_id:
        raise NotFound()
    matching = services[MatchingService]
    matching.require_adult(member_id)
    return matching.remind(member_id).model_dump(mode="json")


def leave_line(services: Services, caller: Caller, member_id: UUID) -> None:
    """Whoever has closed everything does not wait any more."""
    services[MatchingService].leave(member_id)


def enter(services: Services, caller: Caller, match_id: UUID) -> Facts:
    """Let the two of a match follow it.

    Raises:
        NotFound: nobody else; nor when it is over.
    """
    return services[TalkService].enter(caller, match_id)


def leave(services: Services, caller: Caller, match_id: UUID) -> None:
    """Somebody's last socket is gone."""
    services[TalkService].leave(caller.member_id, match_id)


def say(services: Services, caller: Caller, match_id: UUID, data: dict[str, Any]) -> Facts:
    """Say something; it is kept nowhere."""
    return services[TalkService].say(caller, match_id, NewLine.model_validate(data))


def show_typing(services: Services, caller: Caller, match_id: UUID, data: dict[str, Any]) -> None:
    """Show that the caller types."""
    services[TalkService].show_typing(caller, match_id, Typing.model_validate(data))


def signal(services: Services, caller: Caller, match_id: UUID, data: dict[str, Any]) -> Facts:
    """Pass on what a call needs."""
    return services[TalkService].signal(caller, match_id, Signal.model_validate(data))
