"""Routes of messages."""

from web.core.api import Routes
from web.core.errors import NotFound, NotOwner
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import Permission
from web.media.errors import MediaInUse, MediaNotReady
from web.messaging.changing import ChangingService
from web.messaging.errors import MessagesNotAccepted, NotEditable, TooManyReactions, WrongMedium
from web.messaging.queries import messages as queries
from web.messaging.schemas import (
    ConversationPath,
    Message,
    MessageChange,
    MessagePath,
    MessageQuery,
    NewMessage,
    ReactionPath,
    SearchQuery,
)
from web.messaging.service import MessagingService

routes = Routes("messaging")


@routes.get(
    "/conversations/{conversation_id}/messages",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="000 GET /conversations/{id}/messages/, 002 4.7 GET /conversations/:conversationId/messages",
)
def messages(request: Request, path: ConversationPath, query: MessageQuery) -> Page[Message]:
    """The messages of a conversation: newest first, or after one, oldest first."""
    return queries.messages(request.db, path.conversation_id, request.member_id, query)


@routes.post(
    "/conversations/{conversation_id}/messages",
    permission=Permission.MESSAGE,
    errors=(NotFound, MessagesNotAccepted, MediaNotReady, MediaInUse, WrongMedium),
    seeds="000 POST /conversations/{id}/messages/, 002 4.7 POST /conversations/:conversationId/messages",
)
def send(request: Request, path: ConversationPath, body: NewMessage) -> Message:
    """Send a message; the same ``client_id`` again is the same message."""
    return request.services[MessagingService].send(request.member_id, path.conversation_id, body)


@routes.get(
    "/conversations/{conversation_id}/search",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="002 4.11 search, inside a conversation",
)
def search(request: Request, path: ConversationPath, query: SearchQuery) -> Page[Message]:
    """The messages of a conversation in which all of some words occur, newest first."""
    return queries.search(request.db, path.conversation_id, request.member_id, query)


@routes.patch(
    "/conversations/{conversation_id}/messages/{message_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotOwner, NotEditable),
    seeds="002 4.7 PUT /conversations/:conversationId/messages/:messageId",
)
def edit(request: Request, path: MessagePath, body: MessageChange) -> Message:
    """Let one's message say something else; that it was changed is shown."""
    return request.services[ChangingService].edit(
        request.member_id, path.conversation_id, path.message_id, body.body
    )


@routes.delete(
    "/conversations/{conversation_id}/messages/{message_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotOwner),
    seeds="002 4.7 DELETE /conversations/:conversationId/messages/:messageId",
)
def delete(request: Request, path: MessagePath) -> None:
    """Take a message back for everybody; admins of a group may do that with anybody's."""
    request.services[ChangingService].delete(request.member_id, path.conversation_id, path.message_id)


@routes.put(
    "/conversations/{conversation_id}/messages/{message_id}/reactions/{emoji}",
    permission=Permission.MESSAGE,
    errors=(NotFound, TooManyReactions),
    seeds="002 4.7",
)
def react(request: Request, path: ReactionPath) -> Message:
    """Put an emoji under a message; twice is the same as once."""
    return request.services[ChangingService].react(
        request.member_id, path.conversation_id, path.message_id, path.emoji
    )


@routes.delete(
    "/conversations/{conversation_id}/messages/{message_id}/reactions/{emoji}",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    status=200,
    seeds="002 4.7",
)
def unreact(request: Request, path: ReactionPath) -> Message:
    """Take an emoji away; twice is the same as once."""
    return request.services[ChangingService].unreact(
        request.member_id, path.conversation_id, path.message_id, path.emoji
    )
