"""Routes of who is in a group."""

from web.core.api import Routes
from web.core.errors import NotFound
from web.core.requests import Request
from web.core.security import Permission
from web.messaging.errors import GroupFull, MessagesNotAccepted, NotAGroup, NotGroupAdmin
from web.messaging.groups import GroupService
from web.messaging.queries import conversations as queries
from web.messaging.schemas import (
    ConversationPath,
    NewParticipants,
    Participant,
    ParticipantChange,
    ParticipantPath,
)

routes = Routes("messaging")


@routes.get(
    "/conversations/{conversation_id}/participants",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="002 4.7 participants of GET /conversations",
)
def participants(request: Request, path: ConversationPath) -> list[Participant]:
    """Who is in a conversation, admins first; at most 256."""
    return queries.participants(request.db, path.conversation_id, request.member_id)


@routes.post(
    "/conversations/{conversation_id}/participants",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotAGroup, NotGroupAdmin, GroupFull, MessagesNotAccepted),
    seeds="002 4.7 POST /conversations/:conversationId/participants",
)
def add(request: Request, path: ConversationPath, body: NewParticipants) -> list[Participant]:
    """Let others be in a group. Whoever takes no messages from the caller is asked first."""
    request.services[GroupService].add(request.member_id, path.conversation_id, body.member_ids)
    return queries.participants(request.db, path.conversation_id, request.member_id)


@routes.patch(
    "/conversations/{conversation_id}/participants/{user_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotAGroup, NotGroupAdmin),
    seeds="002 3.5 conversation_participants.role",
)
def set_role(request: Request, path: ParticipantPath, body: ParticipantChange) -> list[Participant]:
    """Let somebody decide about a group, or no longer."""
    request.services[GroupService].set_role(request.member_id, path.conversation_id, path.user_id, body.role)
    return queries.participants(request.db, path.conversation_id, request.member_id)


@routes.delete(
    "/conversations/{conversation_id}/participants/{user_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotAGroup, NotGroupAdmin),
    seeds="002 4.7 DELETE /conversations/:conversationId/participants/:userId",
)
def remove(request: Request, path: ParticipantPath) -> None:
    """Take somebody out of a group; oneself is leaving it. Twice is the same as once."""
    request.services[GroupService].remove(request.member_id, path.conversation_id, path.user_id)
