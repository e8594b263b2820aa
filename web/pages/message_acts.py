"""What can be done with a message: answering with an emoji, changing, taking back, passing on."""

from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from pyramid.httpexceptions import HTTPSeeOther

from web.core.errors import NotFound
from web.core.requests import Request
from web.core.security import Permission
from web.messaging.changing import ChangingService
from web.messaging.queries.messages import messages_for
from web.messaging.schemas import Message, MessageChange, NewMessage, ReactionPath
from web.messaging.service import MessagingService
from web.pages.messages import HERE, listed
from web.pages.notices import leave_notice
from web.pages.views import id_from, id_in, page, see_other


@page("message", Permission.MESSAGE, method="POST")
def act(request: Request) -> HTTPSeeOther:
    """Put an emoji under a message or take it away, let it say something else, or take it back."""
    service, me, sent = request.services[ChangingService], request.member_id, request.POST
    conversation_id, message_id = id_in(request, "conversation_id"), id_in(request, "message_id")
    back = see_other(f"{HERE}/{conversation_id}")
    if "delete" in sent:
        service.delete(me, conversation_id, message_id)
        return back
    if "body" in sent:
        body = str(sent["body"]).replace("\r\n", "\n")
        change = _valid(MessageChange, body=body)
        message = service.edit(me, conversation_id, message_id, change.body)
    else:
        is_added = "react" in sent
        emoji = sent.get("react" if is_added else "unreact", "")
        path = _valid(ReactionPath, conversation_id=conversation_id, message_id=message_id, emoji=emoji)
        change_reaction = service.react if is_added else service.unreact
        message = change_reaction(me, conversation_id, message_id, path.emoji)
    return see_other(f"{HERE}/{conversation_id}?before={message.seq + 10}#m-{message.seq}")


@page("forward", Permission.MESSAGE, template="forward_message")
def forward_form(request: Request) -> dict[str, Any]:
    """The message, and the conversations that it can be passed on to: all of them, or those of a name."""
    sought = request.GET.get("q", "").strip() or None
    return {
        "message": _readable(request),
        "page": listed(request, q=sought),
        "sought": sought,
        "client_id": uuid4(),
    }


@page("forward", Permission.MESSAGE, method="POST")
def forward(request: Request) -> HTTPSeeOther:
    """Pass the message on."""
    conversation_id = id_from(request.POST.get("conversation_id", ""))
    sent = request.POST.get("client_id", "")
    new = _valid(NewMessage, client_id=sent, forward_of=id_in(request, "message_id"))
    request.services[MessagingService].send(request.member_id, conversation_id, new)
    return leave_notice(request, see_other(f"{HERE}/{conversation_id}"), "forwarded")


def _readable(request: Request) -> Message:
    asked = (request.member_id, id_in(request, "message_id"))
    found = messages_for(request.db, [asked]).get(asked)
    if found is None or found.is_deleted or found.notice:
        raise NotFound()
    return found


def _valid(model: Any, **values: Any) -> Any:
    """What a button sent, checked as the API does.

    Raises:
        NotFound: no page sends such a thing.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise NotFound() from error
