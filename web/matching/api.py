"""Routes of being matched with a stranger. What is said goes over sockets alone (``topics``)."""

from web.core.api import Routes
from web.core.errors import NotFound, Unavailable
from web.core.requests import Request
from web.core.security import Permission
from web.matching.errors import AdultsOnly, MatchingPaused, MatchOver
from web.matching.reports import MatchReportService
from web.matching.schemas import MatchingState, MatchPath, MatchReport, NewMatchReport, NewWish, Revealed
from web.matching.service import MatchingService
from web.matching.talks import TalkService

routes = Routes("matching")

SEED = "004 anonymous matching-based chat"


@routes.post(
    "/matching/queue",
    permission=Permission.MESSAGE,
    seeds=f"{SEED}: MatchingConsumer",
    status=200,
    errors=(AdultsOnly, MatchingPaused, Unavailable),
    issues_tokens=True,  # no answer is kept that tells who was in which match
)
def join(request: Request, body: NewWish | None = None) -> MatchingState:
    """Wait for somebody to talk with, and be matched at once when somebody fits; only for adults.

    Whoever came first is matched first. One insists on the languages (each speaks what the other learns) and
    an interest in common for 10 seconds, on the languages for 20, on any language in common for 40. Follow
    `matching:<your id>` on a socket to be told of `match.found` and `match.position`, or ask for the state
    again within a minute: whoever gives no sign of life loses the place, and so does who has it for 12 hours.
    """
    return request.services[MatchingService].join(request.member_id, body)


@routes.get(
    "/matching/queue", permission=Permission.MESSAGE, seeds=f"{SEED}: queue position", errors=(Unavailable,)
)
def state(request: Request) -> MatchingState:
    """Where the caller is: nowhere, in line, or in a match. Asking keeps the place in line."""
    return request.services[MatchingService].state(request.member_id)


@routes.delete(
    "/matching/queue", permission=Permission.MESSAGE, seeds=f"{SEED}: stop matching", errors=(Unavailable,)
)
def leave(request: Request) -> None:
    """Wait no more; twice is the same as once. A match goes on."""
    request.services[MatchingService].leave(request.member_id)


@routes.delete(
    "/matching/{session_id}",
    permission=Permission.MESSAGE,
    seeds=f"{SEED}: leave",
    errors=(NotFound, Unavailable),
)
def end(request: Request, path: MatchPath) -> None:
    """Leave the other, and wait for nobody; the two do not meet again within an hour."""
    request.services[MatchingService].end(request.member_id, path.session_id)


@routes.post(
    "/matching/{session_id}/skip",
    permission=Permission.MESSAGE,
    seeds=f"{SEED}: next partner",
    status=200,
    errors=(NotFound, AdultsOnly, Unavailable),
    issues_tokens=True,
)
def skip(request: Request, path: MatchPath) -> MatchingState:
    """Leave the other and wait for the next one with the same wish; also when the other has left already."""
    return request.services[MatchingService].skip(request.member_id, path.session_id)


@routes.post(
    "/matching/{session_id}/reveal",
    permission=Permission.MESSAGE,
    seeds=f"{SEED}: connection request system for revealing identities",
    status=200,
    errors=(NotFound, MatchOver, Unavailable),
    issues_tokens=True,
)
def reveal(request: Request, path: MatchPath) -> Revealed:
    """Want to be known. When both do, they go on in a direct conversation, whatever their settings say."""
    return request.services[TalkService].reveal(request.member_id, path.session_id)


@routes.post(
    "/matching/{session_id}/report",
    permission=Permission.MESSAGE,
    seeds=f"{SEED}; 004 Report (chat)",
    errors=(NotFound, Unavailable),
)
def report(request: Request, path: MatchPath, body: NewMatchReport) -> MatchReport:
    """Report the other, and leave; up to 15 minutes after the end. Twice is the same as once.

    Nothing of what was said is kept, so add what moderators have to see, each message as it came: its `proof`
    shows that it was really said.
    """
    return request.services[MatchReportService].report(request.member_id, path.session_id, body)
