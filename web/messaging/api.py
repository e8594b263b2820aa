"""Routes of conversations."""

from web.core.api import Routes
from web.core.errors import NotFound
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.messaging import queries
from web.messaging.errors import MessagesNotAccepted, SelfConversation
from web.messaging.schemas import Conversation, ConversationPath, Message, NewConversation, NewMessage
from web.messaging.service import MessagingService

routes = Routes("messaging")


@routes.post(
    "/conversations",
    permission=Permission.MESSAGE,
    errors=(SelfConversation, MessagesNotAccepted, NotFound),
    seeds="002 4.7 POST /conversations, 000 chat, 004",
)
def start(request: Request, body: NewConversation) -> Conversation:
    """Start a direct conversation; where there is one already, that one is the answer."""
    conversation_id = request.services[MessagingService].start_direct(request.member_id, body.member_id)
    return queries.conversation(request.db, conversation_id, request.member_id)


@routes.get("/conversations", permission=Permission.MESSAGE, seeds="002 4.7 GET /conversations, 000, 004")
def conversations(request: Request, query: PageQuery) -> Page[Conversation]:
    """The caller's conversations, the liveliest first."""
    return queries.conversations(request.db, request.member_id, query)


@routes.get("/conversations/{conversation_id}", permission=Permission.MESSAGE, seeds="002 4.7")
def conversation(request: Request, path: ConversationPath) -> Conversation:
    """One of the caller's conversations."""
    return queries.conversation(request.db, path.conversation_id, request.member_id)


@routes.get("/conversations/{conversation_id}/messages", permission=Permission.MESSAGE, seeds="002 4.7, 000")
def messages(request: Request, path: ConversationPath, query: PageQuery) -> Page[Message]:
    """The messages of a conversation, newest first."""
    return queries.messages(request.db, path.conversation_id, request.member_id, query)


@routes.post(
    "/conversations/{conversation_id}/messages",
    permission=Permission.MESSAGE,
    errors=(MessagesNotAccepted,),
    seeds="002 4.7, 000",
)
def send(request: Request, path: ConversationPath, body: NewMessage) -> Message:
    """Send a message; the same ``client_id`` again is the same message."""
    return request.services[MessagingService].send(request.member_id, path.conversation_id, body)
