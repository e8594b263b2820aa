"""Routes of conversations and of the caller's place in them."""

from uuid import UUID

from web.core.api import Routes
from web.core.errors import NotFound
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import Permission
from web.media.errors import MediaInUse, MediaNotReady
from web.messaging.errors import GroupFull, NotAGroup, NotGroupAdmin, SelfConversation, WrongMedium
from web.messaging.groups import GroupService
from web.messaging.leaving import LeavingService
from web.messaging.places import PlaceService
from web.messaging.queries import conversations as queries
from web.messaging.schemas import (
    Conversation,
    ConversationChange,
    ConversationPath,
    ConversationQuery,
    Muting,
    NewConversation,
    ReadMark,
)
from web.messaging.service import MessagingService

routes = Routes("messaging")

_IMAGE_ERRORS = (MediaNotReady, MediaInUse, WrongMedium)


@routes.post(
    "/conversations",
    permission=Permission.MESSAGE,
    errors=(SelfConversation, GroupFull, NotFound, *_IMAGE_ERRORS),
    seeds="000 POST /conversations/, 002 4.7 POST /conversations, 004 chat",
)
def start(request: Request, body: NewConversation) -> Conversation:
    """Start a conversation. Where there is a direct one already, that one is the answer.

    Whoever takes no messages from the caller is asked first: it waits among their requests.
    """
    if body.member_id is not None:
        conversation_id = request.services[MessagingService].start_direct(request.member_id, body.member_id)
    else:
        conversation_id = request.services[GroupService].start(request.member_id, body)
    return _shown(request, conversation_id)


@routes.get(
    "/conversations",
    permission=Permission.MESSAGE,
    seeds="000 GET /conversations/, 002 4.7 GET /conversations, 004 chat list",
)
def conversations(request: Request, query: ConversationQuery) -> Page[Conversation]:
    """The caller's conversations: the pinned ones, then the others, the liveliest first."""
    return queries.conversations(request.db, request.member_id, query)


@routes.get(
    "/conversations/{conversation_id}",
    permission=Permission.MESSAGE,
    seeds="000 GET /conversations/{id}/, 002 4.7 GET /conversations/:conversationId",
)
def conversation(request: Request, path: ConversationPath) -> Conversation:
    """One of the caller's conversations."""
    return _shown(request, path.conversation_id)


@routes.patch(
    "/conversations/{conversation_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotAGroup, NotGroupAdmin, *_IMAGE_ERRORS),
    seeds="002 3.5 conversations.name and image_url",
)
def change(request: Request, path: ConversationPath, body: ConversationChange) -> Conversation:
    """Name a group, or show an image with it."""
    request.services[GroupService].change(request.member_id, path.conversation_id, body)
    return _shown(request, path.conversation_id)


@routes.delete(
    "/conversations/{conversation_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="002 4.7 DELETE /conversations/:conversationId",
)
def clear(request: Request, path: ConversationPath) -> None:
    """Leave a conversation, and its history; the others keep theirs."""
    request.services[LeavingService].clear(request.member_id, path.conversation_id)


@routes.post(
    "/conversations/{conversation_id}/leave",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    status=204,
    seeds="002 4.7 DELETE /conversations/:conversationId/participants/:userId (oneself), 004 left_at",
)
def leave(request: Request, path: ConversationPath) -> None:
    """Leave a conversation. The next message brings one back into a direct one, and is unread then."""
    request.services[LeavingService].leave(request.member_id, path.conversation_id)


@routes.put(
    "/conversations/{conversation_id}/read",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="000 PATCH /conversations/{id}/read/, 002 4.7 POST /conversations/:conversationId/read",
)
def read(request: Request, path: ConversationPath, body: ReadMark | None) -> Conversation:
    """Note that the caller has read up to a message; marks never go back."""
    seq = body.seq if body else None
    request.services[PlaceService].read(request.member_id, path.conversation_id, seq)
    return _shown(request, path.conversation_id)


@routes.put(
    "/conversations/{conversation_id}/delivered",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    status=204,
    seeds="003 component 6 delivered, for conversations",
)
def delivered(request: Request, path: ConversationPath, body: ReadMark | None) -> None:
    """Note that a device of the caller has the messages up to one; marks never go back."""
    seq = body.seq if body else None
    request.services[PlaceService].deliver(request.member_id, path.conversation_id, seq)


@routes.put(
    "/conversations/{conversation_id}/mute",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="002 3.5 conversation_participants.is_muted",
)
def mute(request: Request, path: ConversationPath, body: Muting | None) -> Conversation:
    """Not be called when something is said, until a moment or for good."""
    until = body.until if body else None
    request.services[PlaceService].mute(request.member_id, path.conversation_id, until)
    return _shown(request, path.conversation_id)


@routes.delete(
    "/conversations/{conversation_id}/mute",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    status=200,
    seeds="002 3.5 conversation_participants.is_muted",
)
def unmute(request: Request, path: ConversationPath) -> Conversation:
    """Be called again; twice is the same as once."""
    request.services[PlaceService].unmute(request.member_id, path.conversation_id)
    return _shown(request, path.conversation_id)


@routes.put(
    "/conversations/{conversation_id}/archive",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="002 3.5 conversation_participants.is_archived",
)
def archive(request: Request, path: ConversationPath) -> Conversation:
    """Put a conversation away; twice is the same as once."""
    request.services[PlaceService].archive(request.member_id, path.conversation_id)
    return _shown(request, path.conversation_id)


@routes.delete(
    "/conversations/{conversation_id}/archive",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    status=200,
    seeds="002 3.5 conversation_participants.is_archived",
)
def unarchive(request: Request, path: ConversationPath) -> Conversation:
    """Put a conversation back; twice is the same as once."""
    request.services[PlaceService].archive(request.member_id, path.conversation_id, is_archived=False)
    return _shown(request, path.conversation_id)


@routes.put(
    "/conversations/{conversation_id}/pin",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="002 4.7",
)
def pin(request: Request, path: ConversationPath) -> Conversation:
    """Keep a conversation at the top; twice is the same as once."""
    request.services[PlaceService].pin(request.member_id, path.conversation_id)
    return _shown(request, path.conversation_id)


@routes.delete(
    "/conversations/{conversation_id}/pin",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    status=200,
    seeds="002 4.7",
)
def unpin(request: Request, path: ConversationPath) -> Conversation:
    """Let a conversation be among the others; twice is the same as once."""
    request.services[PlaceService].pin(request.member_id, path.conversation_id, is_pinned=False)
    return _shown(request, path.conversation_id)


@routes.put(
    "/conversations/{conversation_id}/accept",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="002 4.10 who can send messages",
)
def accept(request: Request, path: ConversationPath) -> Conversation:
    """Take what a stranger sent, and what else they send; twice is the same as once."""
    request.services[PlaceService].accept(request.member_id, path.conversation_id)
    return _shown(request, path.conversation_id)


@routes.put(
    "/conversations/{conversation_id}/decline",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    status=204,
    seeds="002 4.10 who can send messages",
)
def decline(request: Request, path: ConversationPath) -> None:
    """Do not take what a stranger sent, and what else they send; they are not told."""
    request.services[LeavingService].decline(request.member_id, path.conversation_id)


def _shown(request: Request, conversation_id: UUID) -> Conversation:
    return queries.conversation(request.db, conversation_id, request.member_id)
