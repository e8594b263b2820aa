"""Groups: starting one, what it is called, who is in it, who decides."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from pyramid.httpexceptions import HTTPSeeOther

from web.core.errors import NotFound
from web.core.requests import Request
from web.core.security import NameDirectory, Permission
from web.messaging.errors import GroupFull, MessagesNotAccepted
from web.messaging.groups import GroupService
from web.messaging.queries import conversations as queries
from web.messaging.schemas import LARGEST_GROUP, ConversationChange, GroupName, NewConversation
from web.pages.forms import Form
from web.pages.messages import HERE
from web.pages.views import id_in, member_in, page, see_other


class NewGroup(BaseModel):
    """What a group is called, and who is in it, by their names."""

    name: GroupName
    usernames: list[str] = Field(default=[], max_length=LARGEST_GROUP - 1)


class Invited(BaseModel):
    """Who is to be in it, too."""

    usernames: list[str] = Field(min_length=1, max_length=LARGEST_GROUP)


class Naming(BaseModel):
    """What a group is to be called."""

    name: GroupName


@page("new_group", Permission.MESSAGE, template="new_group")
def new_form(request: Request) -> dict[str, Any]:
    """An empty form."""
    return {"form": Form(request, NewGroup)}


@page("new_group", Permission.MESSAGE, template="new_group", method="POST")
def start(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Start a group."""
    form = Form(request, NewGroup)
    conversation_id = form.submit(lambda new: _start(request, new), mends={NotFound: "usernames"})
    return see_other(f"{HERE}/{conversation_id}") if conversation_id else {"form": _spelled(form)}


@page("group", Permission.MESSAGE, template="group")
def show(request: Request) -> dict[str, Any]:
    """The group and everybody in it."""
    return _shown(request, Form(request, Invited))


@page("group", Permission.MESSAGE, template="group", method="POST")
def change(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Call the group otherwise, take its picture away, or let others be in it."""
    conversation_id, me = id_in(request, "conversation_id"), request.member_id
    service, action = request.services[GroupService], request.POST.get("action", "")
    invited = Form(request, Invited, is_sent=action == "add")
    naming = Form(request, Naming, is_sent=action == "name")
    if action == "add":
        refusals = {NotFound: "usernames", MessagesNotAccepted: "usernames", GroupFull: "usernames"}
        invited.submit(
            lambda new: service.add(me, conversation_id, _ids(request, new.usernames)), mends=refusals
        )
    elif action == "name":
        naming.submit(lambda new: service.change(me, conversation_id, ConversationChange(name=new.name)))
    elif action == "remove_image":
        service.change(me, conversation_id, ConversationChange(image_id=None))
    else:
        raise NotFound()
    if invited.errors or naming.errors:
        return _shown(request, invited, naming)
    return see_other(f"{HERE}/{conversation_id}/group")


@page("group_member", Permission.MESSAGE, method="POST")
def change_member(request: Request) -> HTTPSeeOther:
    """Let somebody decide about the group or no longer, or take them out of it."""
    conversation_id, member_id = id_in(request, "conversation_id"), member_in(request)
    service, action = request.services[GroupService], request.POST.get("action", "")
    if action == "remove":
        service.remove(request.member_id, conversation_id, member_id)
    elif action in ("admin", "member"):
        service.set_role(request.member_id, conversation_id, member_id, action)
    else:
        raise NotFound()
    return see_other(f"{HERE}/{conversation_id}/group")


def _start(request: Request, new: NewGroup) -> UUID:
    """Start a group of the members of these names.

    Raises:
        NotFound: one of them is nobody.
        GroupFull
    """
    try:
        wanted = NewConversation(type="group", name=new.name, member_ids=_ids(request, new.usernames))
        return request.services[GroupService].start(request.member_id, wanted)
    except NotFound as error:
        raise NotFound("Not everybody here has one of these names.") from error


def _spelled(form: Form[Any]) -> Form[Any]:
    """The form with its names as they are written, with commas between them."""
    form.values["usernames"] = ", ".join(form.values.get("usernames", ()))
    return form


def _ids(request: Request, usernames: Sequence[str]) -> list[UUID]:
    names, me = request.services[NameDirectory], request.member_id
    found = dict.fromkeys(names.id_of(each.removeprefix("@")) for each in usernames)
    return [each for each in found if each != me]


def _shown(request: Request, invited: Form[Invited], naming: Form[Naming] | None = None) -> dict[str, Any]:
    conversation_id, me = id_in(request, "conversation_id"), request.member_id
    conversation = queries.conversation(request.db, conversation_id, me)
    if conversation.type != "group":
        raise NotFound()
    return {
        "conversation": conversation,
        "people": queries.participants(request.db, conversation_id, me),
        "form": _spelled(invited),
        "naming": naming or Form(request, Naming, {"name": conversation.name}, is_sent=False),
    }
