"""The copy of one's mailbox, and what stays of who is erased."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.messaging.conftest import Talk
from web.core.app import App
from web.messaging import my_data
from web.messaging.models import Conversation, ConversationMember, MessageReaction


def mailbox(app: App, who: Person) -> list[str]:
    """What the messages of the copy say; notices say nothing."""
    with app.work() as services:
        return [record.body for record in my_data.messages(services, who.id) if record.body]


def erase(app: App, who: Person) -> None:
    """Erase what messaging holds of a member."""
    with app.work() as services:
        my_data.erase(services, who.id, keeps_content=True)


def test_the_copy_ends_where_one_left(app: App, api: Api, mina: Person, joon: Person, group: Talk) -> None:
    group.say(mina, "with Joon")
    group.say(joon, "from Joon")
    api.post(f"{group.path}/leave", None, joon, status=204)
    group.say(mina, "without Joon")
    assert mailbox(app, joon) == ["with Joon", "from Joon"]
    with app.work() as services:
        [record] = my_data.conversations(services, joon.id)
    assert (record.name, record.is_active, record.with_usernames) == ("Runners", False, ["mina", "sora"])


def test_the_copy_has_what_one_wrote_though_it_was_cleared_away(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk
) -> None:
    direct.say(mina, "from Mina")
    direct.say(joon, "from Joon")
    api.delete(direct.path, mina)
    assert mailbox(app, mina) == ["from Mina"]


def test_the_copy_has_nothing_that_a_block_hides(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk, group: Talk
) -> None:
    direct.say(joon, "directly")
    group.say(joon, "to the group")
    api.put(f"/users/{mina.id}/block", joon)
    with app.work() as services:
        records = [record for record in my_data.messages(services, mina.id) if record.body]
        talks = {str(record.id): record.with_usernames for record in my_data.conversations(services, mina.id)}
    assert [(record.body, record.sender_id, record.sender_username) for record in records] == [
        ("directly", None, None)
    ]
    assert talks == {direct.id: [], group.id: ["sora"]}
    assert mailbox(app, joon) == ["directly", "to the group"]


def test_who_is_erased_is_in_no_group_and_has_no_reactions(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, group: Talk, owner_engine: sa.Engine
) -> None:
    for what in ("read", "mute", "archive", "pin"):
        api.put(f"{group.path}/{what}", mina)
    message = group.say(joon, "from Joon")
    api.put(f"{group.path}/messages/{message['id']}/reactions/%F0%9F%91%8D", mina)
    erase(app, mina)
    people = api.get(f"{group.path}/participants", joon)
    assert {each["member"]["username"]: each["role"] for each in people} == {
        "joon": "admin",
        "sora": "member",
    }
    assert group.bodies(joon)[0] == "from Joon"
    with owner_engine.connect() as connection:
        assert connection.execute(sa.select(MessageReaction)).all() == []
        names = ("last_read_at", "muted_until", "archived_at", "pinned_at")
        wishes = sa.select(*(getattr(ConversationMember, name) for name in names))
        [left] = connection.execute(wishes.where(ConversationMember.member_id == mina.id)).all()
        assert set(left) == {None}
    for who in (joon, sora):
        erase(app, who)
    with app.reading() as services:
        assert services[Session].scalar(sa.select(sa.func.count()).select_from(Conversation)) == 0
