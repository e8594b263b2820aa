"""What becomes of messages that were sent: edits, tombstones, reactions, answers, media, forwarding."""

from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium
from tests.web.conftest import Api
from tests.web.messaging.conftest import Talk
from tests.web.together import together
from web.core.app import App
from web.media.models import Medium
from web.messaging.changing import MOST_REACTIONS, ChangingService
from web.messaging.emoji import is_emoji
from web.messaging.errors import TooManyReactions
from web.messaging.leaving import LeavingService
from web.messaging.models import Message, MessageReaction


def edit(api: Api, talk: Talk, who: Person, message_id: str, body: str, status: int = 200) -> Any:
    """Let a message say something else."""
    path = f"{talk.path}/messages/{message_id}"
    return api.call("PATCH", path, who, {"body": body}, status=status).json


def delete(api: Api, talk: Talk, who: Person, message_id: str, status: int = 204) -> None:
    """Take a message back."""
    api.delete(f"{talk.path}/messages/{message_id}", who, status=status)


def reactions(talk: Talk, message_id: str, emoji: str) -> str:
    """The address of an emoji under a message."""
    return f"{talk.path}/messages/{message_id}/reactions/{quote(emoji)}"


def in_use(engine: sa.Engine, media_id: UUID) -> bool:
    """Whether something shows a medium."""
    with engine.connect() as connection:
        statement = sa.select(Medium.attached_at).where(Medium.id == media_id)
        return connection.scalars(statement).one() is not None


def test_a_message_is_changed_by_its_sender(api: Api, mina: Person, joon: Person, direct: Talk) -> None:
    message = direct.say(mina, "helo")
    assert edit(api, direct, mina, message["id"], "helo")["edited_at"] is None
    changed = edit(api, direct, mina, message["id"], " hello ")
    assert (changed["body"], changed["seq"]) == ("hello", message["seq"])
    assert changed["edited_at"] is not None
    assert direct.read(joon) == [changed]
    edit(api, direct, joon, message["id"], "bye", status=403)
    assert edit(api, direct, mina, message["id"], " ", status=422)["error"]["code"] == "NOT_EDITABLE"


def test_a_message_is_taken_back_for_everybody(
    api: Api, mina: Person, joon: Person, direct: Talk, owner_engine: sa.Engine
) -> None:
    message = direct.say(mina, "a slip of the tongue")
    direct.say(joon, "what?", reply_to_id=message["id"])
    api.put(reactions(direct, message["id"], "👍"), joon)
    delete(api, direct, joon, message["id"], status=403)
    delete(api, direct, mina, message["id"])
    delete(api, direct, mina, message["id"], status=404)
    [answer, gone] = direct.read(joon)
    assert (gone["is_deleted"], gone["body"], gone["seq"], gone["reactions"]) == (True, "", 1, [])
    assert (answer["reply_to"]["is_deleted"], answer["reply_to"]["body"]) == (True, "")
    with owner_engine.connect() as connection:
        assert "slip" not in str(connection.execute(sa.select(Message.body)).all())
        assert connection.execute(sa.select(MessageReaction.emoji)).all() == []
    for status, path in ((404, "PUT"), (404, "DELETE")):
        api.call(path, reactions(direct, message["id"], "👍"), joon, status=status)
    edit(api, direct, mina, message["id"], "again", status=404)
    direct.say(joon, "", forward_of=message["id"], status=404)


def test_admins_take_back_what_others_wrote(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    message = group.say(joon)
    delete(api, group, sora, message["id"], status=403)
    delete(api, group, mina, message["id"])
    notice = group.read(mina)[-1]
    delete(api, group, mina, notice["id"], status=403)
    edit(api, group, mina, notice["id"], "nobody came", status=403)


def test_who_blocked_takes_back_but_adds_nothing(api: Api, mina: Person, joon: Person, direct: Talk) -> None:
    mine, theirs = direct.say(mina, "mine"), direct.say(joon, "theirs")
    api.put(f"/users/{joon.id}/block", mina)
    edit(api, direct, mina, mine["id"], "changed", status=404)
    api.put(reactions(direct, theirs["id"], "👍"), mina, status=404)
    delete(api, direct, mina, mine["id"])
    [old, gone] = direct.read(mina)
    assert (old["body"], old["sender"], old["sender_id"]) == ("theirs", None, None)
    assert gone["is_deleted"]


def test_a_message_of_another_conversation_is_not_there(
    api: Api, mina: Person, joon: Person, direct: Talk, group: Talk
) -> None:
    message = direct.say(mina)
    edit(api, group, mina, message["id"], "x", status=404)
    delete(api, group, mina, message["id"], status=404)
    api.put(reactions(group, message["id"], "👍"), mina, status=404)
    group.say(mina, reply_to_id=message["id"], status=404)
    group.say(mina, reply_to_id=str(uuid4()), status=404)


def test_reactions_count_each_member_once(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    message = group.say(mina)
    for who in (joon, joon, sora):
        api.put(reactions(group, message["id"], "👍"), who)
    assert api.put(reactions(group, message["id"], "❤️"), joon)["reactions"] == [
        {"emoji": "👍", "count": 2, "mine": True},
        {"emoji": "❤️", "count": 1, "mine": True},
    ]
    for _ in range(2):
        left = api.delete(reactions(group, message["id"], "👍"), joon, status=200)["reactions"]
    assert left == [{"emoji": "👍", "count": 1, "mine": False}, {"emoji": "❤️", "count": 1, "mine": True}]
    assert group.read(mina)[0]["reactions"] == [
        {"emoji": "👍", "count": 1, "mine": False},
        {"emoji": "❤️", "count": 1, "mine": False},
    ]
    for wrong in ("ok", "👍👍", "<b>"):
        api.put(reactions(group, message["id"], wrong), joon, status=422)


def test_a_message_takes_only_so_many_different_reactions(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk, owner_engine: sa.Engine
) -> None:
    message = direct.say(mina)
    emoji = [chr(0x1F600 + number) for number in range(MOST_REACTIONS + 4)]

    def react(each: str) -> bool:
        who = (mina, joon)[ord(each) % 2]
        return bool(api.call("PUT", reactions(direct, message["id"], each), who).status_int == 200)

    assert sum(map(react, emoji[: MOST_REACTIONS - 2])) == MOST_REACTIONS - 2

    def react_at_once(each: str) -> bool:
        try:
            with app.work() as services:
                ids = UUID(direct.id), UUID(message["id"])
                services[ChangingService].react(mina.id, *ids, each)
        except TooManyReactions:
            return False
        return True

    assert sum(together([partial(react_at_once, each) for each in emoji[MOST_REACTIONS - 2 :]])) == 2
    api.put(reactions(direct, message["id"], emoji[0]), joon)  # one that is there


@pytest.mark.parametrize("text", ["👍", "❤️", "👨‍👩‍👧‍👦", "🇰🇷", "1️⃣", "👋🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "‼️"])
def test_one_emoji_is_one_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text", ["", "a", "1", "👍👍", "👍 ", "\u200d", "👍\u200d", "한", "👍" + "\ufe0f" * 20]
)
def test_what_is_not_one_emoji_is_none(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
def test_a_message_shows_an_upload(
    app: App, mina: Person, joon: Person, direct: Talk, owner_engine: sa.Engine, kind: str
) -> None:
    picture = make_medium(app, mina, "message", kind)
    sent = direct.say(mina, "", type=kind, media_id=str(picture))
    assert (sent["type"], sent["media"]["kind"], sent["media"]["id"]) == (kind, kind, str(picture))
    [variant] = sent["media"]["variants"].values()
    assert "signature=" in variant["url"]
    assert direct.read(joon) == [sent]
    assert in_use(owner_engine, picture)


def test_an_upload_has_to_fit(app: App, mina: Person, joon: Person, direct: Talk) -> None:
    picture = make_medium(app, mina, "message")
    assert (
        direct.say(mina, "", type="audio", media_id=str(picture), status=422)["error"]["code"]
        == "WRONG_MEDIUM"
    )
    direct.say(joon, "", media_id=str(picture), status=404)
    direct.say(mina, "", media_id=str(make_medium(app, mina, "post")), status=404)
    waiting = make_medium(app, mina, "message", status="processing")
    direct.say(mina, "", media_id=str(waiting), status=409)
    direct.say(mina, "", media_id=str(picture))
    direct.say(mina, "", media_id=str(picture), status=409)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"type": "image"},
        {"type": "system", "body": "x"},
        {"type": "text", "media_id": str(uuid4())},
        {"forward_of": str(uuid4()), "body": "x"},
        {"forward_of": str(uuid4()), "type": "text"},
    ],
)
def test_what_says_nothing_is_no_message(mina: Person, direct: Talk, content: dict[str, Any]) -> None:
    direct.say(mina, status=422, **{"body": "", **content})


def test_sending_media_twice_is_sending_it_once(app: App, api: Api, mina: Person, direct: Talk) -> None:
    new = {"client_id": str(uuid4()), "media_id": str(make_medium(app, mina, "message"))}
    path = f"{direct.path}/messages"
    assert api.post(path, new, mina) == api.post(path, new, mina)
    assert len(direct.read(mina)) == 1


def test_an_answer_shows_what_it_answers(mina: Person, joon: Person, direct: Talk) -> None:
    first = direct.say(mina, "x" * 300)
    answer = direct.say(joon, "long!", reply_to_id=first["id"])
    assert answer["reply_to"] == {
        "id": first["id"],
        "seq": 1,
        "type": "text",
        "sender_id": str(mina.id),
        "body": "x" * 100,
        "is_deleted": False,
    }


def test_a_message_is_passed_on_without_whose_it_was(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    sora: Person,
    direct: Talk,
    group: Talk,
    owner_engine: sa.Engine,
) -> None:
    picture = make_medium(app, joon, "message")
    original = direct.say(joon, "look", media_id=str(picture))
    copy = group.say(mina, "", forward_of=original["id"])
    assert (copy["type"], copy["body"], copy["is_forwarded"]) == ("image", "look", True)
    assert copy["media"]["id"] == str(picture)
    assert "joon" not in str({name: copy[name] for name in copy if name not in ("read_by",)})
    edit(api, group, mina, copy["id"], "mine", status=422)
    group.say(sora, "", forward_of=original["id"], status=404)  # she cannot read it
    again = group.say(sora, "", forward_of=copy["id"])
    delete(api, direct, joon, original["id"])
    assert in_use(owner_engine, picture)
    delete(api, group, mina, copy["id"])
    assert in_use(owner_engine, picture)
    delete(api, group, sora, again["id"])
    assert not in_use(owner_engine, picture)


def test_of_two_last_ones_taken_back_at_once_one_lets_the_picture_go(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk, group: Talk, owner_engine: sa.Engine
) -> None:
    for _ in range(5):
        picture = make_medium(app, mina, "message")
        original = direct.say(mina, "", media_id=str(picture))
        copy = group.say(mina, "", forward_of=original["id"])

        def take_back(talk: Talk, message: Any) -> None:
            with app.work() as services:
                services[ChangingService].delete(mina.id, UUID(talk.id), UUID(message["id"]))

        together([partial(take_back, direct, original), partial(take_back, group, copy)])
        assert not in_use(owner_engine, picture)


def test_a_picture_goes_when_its_message_and_the_last_group_with_it_go_at_once(
    app: App, api: Api, mina: Person, direct: Talk, owner_engine: sa.Engine
) -> None:
    for _ in range(5):
        picture = make_medium(app, mina, "message")
        original = direct.say(mina, "", media_id=str(picture))
        alone = Talk(api, api.post("/conversations", {"type": "group", "name": "Me"}, mina)["id"])
        alone.say(mina, "", forward_of=original["id"])

        def take_back(message: Any) -> None:
            with app.work() as services:
                services[ChangingService].delete(mina.id, UUID(direct.id), UUID(message["id"]))

        def leave(talk: Talk) -> None:
            with app.work() as services:
                services[LeavingService].leave(mina.id, UUID(talk.id))

        together([partial(take_back, original), partial(leave, alone)])
        assert not in_use(owner_engine, picture)


def test_a_notice_is_not_passed_on(mina: Person, direct: Talk, group: Talk) -> None:
    notice = group.read(mina)[-1]
    direct.say(mina, "", forward_of=notice["id"], status=404)
