"""Messages: the reader's conversations, and one of them with what is said in it.

Scripts send, show and change messages without a reload (``static/js/messages``); the forms here do the same.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel
from pyramid.httpexceptions import HTTPSeeOther

from web.core.errors import NotFound
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import NameDirectory, Permission
from web.media.errors import MediaInUse, MediaNotReady
from web.messaging.errors import MessagesNotAccepted
from web.messaging.leaving import LeavingService
from web.messaging.places import PlaceService
from web.messaging.queries import conversations as conversation_queries
from web.messaging.queries import messages as message_queries
from web.messaging.schemas import (
    Conversation,
    ConversationQuery,
    Message,
    MessageQuery,
    NewMessage,
    SearchQuery,
)
from web.messaging.service import MessagingService
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.views import id_in, member_in, next_page, page, page_query, see_other

Acts = dict[str, Callable[[], object]]

HERE = "/messages"
FOLDERS = ("requests", "archived")  # beside the inbox
MOST_LISTED = 30
MOST_SHOWN = 40  # messages of one page of a conversation
REACTIONS = ("👍", "❤️", "😂", "😮", "😢", "🙏")  # at hand under each message


class Addressee(BaseModel):
    """Whom to write to, by name."""

    username: str


@page("messages", Permission.MESSAGE, template="messages")
def overview(request: Request) -> dict[str, Any]:
    """The reader's conversations: those that go on, requests of strangers, or what was put away."""
    return _overview(request, Form(request, Addressee, {"username": request.GET.get("with", "")}))


@page("messages", Permission.MESSAGE, template="messages", method="POST")
def start(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Open the conversation with the member of a name."""
    form = Form(request, Addressee)
    conversation_id = form.submit(lambda wish: _start(request, wish), mends={NotFound: "username"})
    return see_other(f"{HERE}/{conversation_id}") if conversation_id else _overview(request, form)


@page("write_to", Permission.MESSAGE, method="POST")
def write_to(request: Request) -> HTTPSeeOther:
    """Open the conversation with a member, from their page."""
    conversation_id = request.services[MessagingService].start_direct(request.member_id, member_in(request))
    return see_other(f"{HERE}/{conversation_id}")


@page("conversation", Permission.MESSAGE, template="conversation")
def show(request: Request) -> dict[str, Any]:
    """A conversation: the newest messages, those around one, or those that were searched for."""
    return _shown(request, Form(request, NewMessage))


@page("conversation", Permission.MESSAGE, template="conversation", method="POST")
def send(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Say something."""
    conversation_id, form = id_in(request, "conversation_id"), Form(request, NewMessage)
    service, me = request.services[MessagingService], request.member_id
    refusals = {MessagesNotAccepted: "body", MediaNotReady: "body", MediaInUse: "body"}
    message = form.submit(lambda new: service.send(me, conversation_id, new), mends=refusals)
    return see_other(f"{HERE}/{conversation_id}#m-{message.seq}") if message else _shown(request, form)


@page("change_conversation", Permission.MESSAGE, method="POST")
def change(request: Request) -> HTTPSeeOther:
    """Want a conversation otherwise: muted, pinned, put away, accepted, read, or not at all."""
    conversation_id, me = id_in(request, "conversation_id"), request.member_id
    places, leaving = request.services[PlaceService], request.services[LeavingService]
    now = request.clock.now()
    stays: Acts = {
        "mute": lambda: places.mute(me, conversation_id),
        "mute_hour": lambda: places.mute(me, conversation_id, now + timedelta(hours=1)),
        "mute_8_hours": lambda: places.mute(me, conversation_id, now + timedelta(hours=8)),
        "unmute": lambda: places.unmute(me, conversation_id),
        "pin": lambda: places.pin(me, conversation_id),
        "unpin": lambda: places.pin(me, conversation_id, is_pinned=False),
        "archive": lambda: places.archive(me, conversation_id),
        "unarchive": lambda: places.archive(me, conversation_id, is_archived=False),
        "accept": lambda: places.accept(me, conversation_id),
        "read": lambda: places.read(me, conversation_id),
    }
    goes: Acts = {
        "decline": lambda: leaving.decline(me, conversation_id),
        "leave": lambda: leaving.leave(me, conversation_id),
        "clear": lambda: leaving.clear(me, conversation_id),
    }
    action = request.POST.get("action", "")
    if action in goes:
        goes[action]()
        return leave_notice(request, see_other(HERE), "conversation_left")
    if action not in stays:
        raise NotFound()
    stays[action]()
    return see_other(next_page(request, f"{HERE}/{conversation_id}"))


def listed(request: Request, folder: str = "inbox", **values: Any) -> Page[Conversation]:
    """The reader's conversations for the list that stands beside every conversation."""
    path = HERE if folder == "inbox" else f"{HERE}?show={folder}"
    query = page_query(request, ConversationQuery, path, folder=folder, limit=MOST_LISTED, **values)
    return conversation_queries.conversations(request.db, request.member_id, query)


def _start(request: Request, wish: Addressee) -> UUID:
    """The conversation with the member of that name.

    Raises:
        NotFound: nobody is there for the reader.
        SelfConversation
    """
    try:
        member_id = request.services[NameDirectory].id_of(wish.username.strip().removeprefix("@"))
        return request.services[MessagingService].start_direct(request.member_id, member_id)
    except NotFound as error:
        raise NotFound("Nobody here has this name.") from error


def _overview(request: Request, form: Form[Addressee]) -> dict[str, Any]:
    wanted = request.GET.get("show")
    folder = wanted if wanted in FOLDERS else "inbox"
    sought = request.GET.get("q", "").strip() or None
    return {
        "form": form,
        "folder": folder,
        "sought": sought,
        "listed": listed(request, folder, q=sought),
        "open_id": request.GET.get("open"),
    }


def _shown(request: Request, form: Form[NewMessage]) -> dict[str, Any]:
    """The conversation and a stretch of its messages, oldest first.

    ``before`` and ``after`` in the address are numbers of messages between which the stretch lies; without
    them it is the newest. ``q`` searches instead.
    """
    conversation_id, me = id_in(request, "conversation_id"), request.member_id
    conversation = conversation_queries.conversation(request.db, conversation_id, me)
    sought = request.GET.get("q", "").strip()
    found = _found(request, conversation_id, sought) if sought else _stretch(request, conversation_id)
    messages = found.items if "after" in request.GET or sought else found.items[::-1]
    return {
        "form": form,
        "conversation": conversation,
        "listed": listed(request, cursor=None),
        "names": _names(conversation, messages),
        "messages": messages,
        "found": found,
        "sought": sought,
        "has_older": _has_older(request, found, messages),
        "has_newer": _has_newer(conversation, messages),
        "answered": _one(request, conversation_id, "reply"),
        "edited": _one(request, conversation_id, "edit"),
        "client_id": form.values.get("client_id") or uuid4(),
        "reactions": REACTIONS,
    }


def _names(conversation: Conversation, messages: list[Message]) -> dict[str, str]:
    """Who may be typing, as far as the page knows them."""
    known = [*conversation.participants, *(message.sender for message in messages)]
    return {str(card.id): card.nickname for card in known if card}


def _stretch(request: Request, conversation_id: UUID) -> Page[Message]:
    """The newest messages, or those beside a number."""
    window = {name: request.GET[name] for name in ("before", "after") if name in request.GET}
    query = page_query(request, MessageQuery, cursor=None, limit=MOST_SHOWN, **window)
    return message_queries.messages(request.db, conversation_id, request.member_id, query)


def _has_older(request: Request, found: Page[Message], messages: list[Message]) -> bool:
    """Whether there may be messages before those that are shown."""
    if "after" in request.GET:
        return bool(messages) and messages[0].seq > 1
    return found.next_cursor is not None


def _has_newer(conversation: Conversation, messages: list[Message]) -> bool:
    """Whether there are messages after those that are shown; some may not be for the reader."""
    newest = conversation.last_message
    return bool(messages) and newest is not None and messages[-1].seq < newest.seq


def _found(request: Request, conversation_id: UUID, sought: str) -> Page[Message]:
    query = page_query(request, SearchQuery, f"{request.path_info}?q={sought}", q=sought, limit=MOST_SHOWN)
    return message_queries.search(request.db, conversation_id, request.member_id, query)


def _one(request: Request, conversation_id: UUID, name: str) -> Message | None:
    """The message that the address names as answered or edited."""
    wanted = request.params.get(name)
    if not wanted:
        return None
    try:
        message_id = UUID(wanted)
    except ValueError:
        return None
    return message_queries.message(request.db, conversation_id, message_id, request.member_id)
