"""Starting conversations, and the list of them."""

from functools import partial
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.crowd import make_members
from tests.web.messaging.conftest import Talk
from tests.web.statements import of_reads, sent
from tests.web.together import together
from web.core.app import App
from web.core.errors import NotFound
from web.messaging.models import Conversation, ConversationMember
from web.messaging.schemas import NewMessage
from web.messaging.service import MessagingService


def start(app: App, one: Person, other: Person) -> UUID:
    """The conversation of two members."""
    with app.work() as services:
        return services[MessagingService].start_direct(one.id, other.id)


def send(app: App, sender: Person, conversation_id: UUID, body: str = "hi") -> int:
    """Send a message and give its number."""
    with app.work() as services:
        new = NewMessage(client_id=uuid4(), body=body)
        return services[MessagingService].send(sender.id, conversation_id, new).seq


def test_two_members_have_one_conversation_whoever_starts_it(api: Api, mina: Person, joon: Person) -> None:
    mine = api.post("/conversations", {"member_id": str(joon.id)}, mina)
    theirs = api.post("/conversations", {"member_id": str(mina.id)}, joon)
    assert mine["id"] == theirs["id"]
    assert (mine["partner"]["username"], theirs["partner"]["username"]) == ("joon", "mina")
    assert (mine["type"], mine["last_seq"], mine["unread"], mine["last_message_at"]) == ("direct", 0, 0, None)
    assert api.get(f"/conversations/{mine['id']}", mina) == mine


def test_starting_at_once_makes_one_conversation(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    starts = [partial(start, app, mina, joon), partial(start, app, joon, mina)] * 4
    assert len(set(together(starts))) == 1
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Conversation)) == 1
        assert connection.scalar(sa.select(sa.func.count()).select_from(ConversationMember)) == 2


def test_a_conversation_needs_somebody_else(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    error = api.post("/conversations", {"member_id": str(mina.id)}, mina, status=422)
    assert error["error"]["code"] == "SELF_CONVERSATION"
    [placeholder] = make_members(owner_engine, 1, kind="placeholder")
    for nobody in (uuid4(), placeholder):
        api.post("/conversations", {"member_id": str(nobody)}, mina, status=404)


def test_a_strangers_conversation_is_not_there(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    conversation_id = start(app, mina, joon)
    message = {"client_id": str(uuid4()), "body": "let me in"}
    for other in (conversation_id, uuid4()):
        api.get(f"/conversations/{other}", sora, status=404)
        api.get(f"/conversations/{other}/messages", sora, status=404)
        api.post(f"/conversations/{other}/messages", message, sora, status=404)
    assert api.get("/conversations", sora)["items"] == []


def test_conversations_need_a_login(api: Api) -> None:
    for path in ("/conversations", f"/conversations/{uuid4()}", f"/conversations/{uuid4()}/messages"):
        api.get(path, status=401)


def test_the_liveliest_conversation_comes_first(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, admin: Person
) -> None:
    with_joon, with_sora = start(app, mina, joon), start(app, mina, sora)
    start(app, mina, admin)  # without a message it is as lively as its beginning
    send(app, joon, with_joon)
    assert [item["partner"]["username"] for item in api.get("/conversations", mina)["items"]] == [
        "joon",
        "admin",
        "sora",
    ]
    send(app, mina, with_sora)
    assert [item["partner"]["username"] for item in api.every_page("/conversations", mina, limit=1)] == [
        "sora",
        "joon",
        "admin",
    ]


def test_nobody_is_shown_a_conversation_that_somebody_has_only_opened(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    conversation_id = start(app, joon, mina)
    assert api.get("/conversations", mina)["items"] == []
    assert len(api.get("/conversations", joon)["items"]) == 1
    send(app, joon, conversation_id)
    assert len(api.get("/conversations", mina)["items"]) == 1


def test_what_others_sent_is_unread_until_answered(app: App, api: Api, mina: Person, joon: Person) -> None:
    conversation_id = start(app, mina, joon)
    for _ in range(3):
        send(app, joon, conversation_id)
    assert unread(api, mina, conversation_id) == 3
    assert unread(api, joon, conversation_id) == 0
    send(app, mina, conversation_id)
    assert unread(api, mina, conversation_id) == 0
    assert unread(api, joon, conversation_id) == 1


def unread(api: Api, who: Person, conversation_id: UUID) -> int:
    """The unread count of a member's conversation, which the list and the conversation itself agree on."""
    count: int = api.get(f"/conversations/{conversation_id}", who)["unread"]
    [listed] = [
        item for item in api.get("/conversations", who)["items"] if item["id"] == str(conversation_id)
    ]
    assert listed["unread"] == count
    return count


def announce(app: App, who: Person, talk: Talk) -> None:
    """Say in a conversation that somebody reached a goal."""
    with app.work() as services:
        services[MessagingService].announce(UUID(talk.id), "goal_reached", by=who.id, facts={"days": 30})


def test_what_a_member_did_elsewhere_is_news_to_the_others(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk
) -> None:
    api.post(f"{direct.path}/leave", None, joon, status=204)
    announce(app, mina, direct)
    [news] = direct.read(joon)
    assert (news["type"], news["sender"], news["notice"]["facts"]) == ("goal_update", None, {"days": 30})
    assert news["notice"]["actor"]["username"] == "mina"
    assert [talk["unread"] for who in (mina, joon) for talk in api.get("/conversations", who)["items"]] == [
        0,
        1,
    ]
    api.put(f"/users/{mina.id}/block", joon)
    with pytest.raises(NotFound):
        announce(app, mina, direct)


@pytest.mark.parametrize("body", [{}, {"member_id": "joon"}, {"member_id": str(uuid4()), "type": "group"}])
def test_what_is_no_wish_for_a_conversation_is_refused(api: Api, mina: Person, body: dict[str, str]) -> None:
    api.post("/conversations", body, mina, status=422)


def test_listing_conversations_is_three_statements_whatever_their_number(
    app: App, api: Api, mina: Person
) -> None:
    partners = [make_person(app, f"partner{number}") for number in range(10)]
    send(app, mina, start(app, mina, partners[0]))
    with sent(app) as for_one:
        assert len(api.get("/conversations", mina)["items"]) == 1
    for partner in partners[1:]:
        send(app, partner, start(app, partner, mina))
    with sent(app) as for_ten:
        assert len(api.get("/conversations", mina)["items"]) == 10
    assert len(of_reads(for_one)) == len(of_reads(for_ten)) == 3
