"""Groups: who is in them, who decides, and what those who come and go see."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium, make_person
from tests.web.conftest import Api
from tests.web.crowd import make_members
from tests.web.messaging.conftest import Frames, Talk
from tests.web.together import meanwhile, together
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.errors import NotFound
from web.core.services import Services
from web.media.models import Medium
from web.messaging.errors import GroupFull
from web.messaging.groups import GroupService
from web.messaging.models import Conversation, ConversationMember
from web.messaging.places import PlaceService
from web.messaging.queries.messages import MOST_NAMED
from web.messaging.schemas import LARGEST_GROUP


def add(api: Api, group: Talk, who: Person, *others: Person | UUID, status: int = 201) -> Any:
    """Let others be in a group."""
    ids = [str(getattr(other, "id", other)) for other in others]
    return api.post(f"{group.path}/participants", {"member_ids": ids}, who, status=status)


def roles(api: Api, group: Talk, who: Person) -> dict[str, str]:
    """Who is in a group, and as what."""
    found = api.get(f"{group.path}/participants", who)
    return {each["member"]["username"]: each["role"] for each in found}


def test_a_group_is_there_for_everybody_in_it(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    assert roles(api, group, joon) == {"mina": "admin", "joon": "member", "sora": "member"}
    seen = group.seen_by(joon)
    assert (seen["type"], seen["name"], seen["partner"]) == ("group", "Runners", None)
    assert (seen["participant_count"], seen["role"], seen["unread"]) == (3, "member", 0)
    assert [card["username"] for card in seen["participants"]] == ["mina", "sora"]
    message = group.say(joon)
    assert group.read(sora)[0]["id"] == message["id"]
    [listed] = api.get("/conversations", sora)["items"]
    assert (listed["unread"], listed["last_message"]["sender"]["username"]) == (1, "joon")


def test_a_group_is_not_there_for_others(app: App, api: Api, mina: Person, group: Talk) -> None:
    stranger = make_person(app, "stranger")
    group.seen_by(stranger, status=404)
    group.say(stranger, status=404)
    for path in ("messages", "participants", "search?q=hi"):
        api.get(f"{group.path}/{path}", stranger, status=404)
    add(api, group, stranger, mina, status=404)
    api.call("PATCH", group.path, stranger, {"name": "mine"}, status=404)


@pytest.mark.parametrize(
    "new",
    [
        {"type": "group"},
        {"type": "group", "name": " "},
        {"type": "group", "name": "x" * 101},
        {"type": "group", "name": "ours", "member_id": str(uuid4())},
        {"type": "direct", "member_id": str(uuid4()), "name": "ours"},
        {"type": "ai_coach", "name": "ours"},
    ],
)
def test_what_is_no_wish_for_a_group_is_refused(api: Api, mina: Person, new: dict[str, Any]) -> None:
    api.post("/conversations", new, mina, status=422)


def test_only_admins_decide(api: Api, mina: Person, joon: Person, sora: Person, group: Talk) -> None:
    add(api, group, joon, sora, status=403)
    api.call("PATCH", group.path, joon, {"name": "mine"}, status=403)
    api.delete(f"{group.path}/participants/{sora.id}", joon, status=403)
    role = f"{group.path}/participants/{joon.id}"
    api.call("PATCH", role, joon, {"role": "admin"}, status=403)
    for _ in range(2):  # twice is the same as once
        api.call("PATCH", role, mina, {"role": "admin"}, status=200)
    api.call("PATCH", group.path, joon, {"name": "Walkers"}, status=200)
    api.call("PATCH", role, mina, {"role": "member"}, status=200)
    last = api.call("PATCH", f"{group.path}/participants/{mina.id}", mina, {"role": "member"}, status=403)
    assert last.json["error"]["code"] == "NOT_GROUP_ADMIN"
    assert group.bodies(sora) == ["admin_unmade", "named", "admin_made", "added", "started"]


def test_notices_name_whom_the_reader_may_meet(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    api.put(f"/users/{sora.id}/block", joon)
    [added, _] = group.read(joon)
    assert added["type"] == "system"
    assert (added["sender"], added["body"]) == (None, "")
    assert added["notice"]["actor"]["username"] == "mina"
    assert [card["username"] for card in added["notice"]["members"]] == ["joon"]
    [added] = group.read(mina, "?before=3")[:1]
    assert [card["username"] for card in added["notice"]["members"]] == ["joon", "sora"]


def test_in_a_group_nobody_hears_whom_they_block(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk
) -> None:
    first = group.say(sora, "from Sora")
    group.say(mina, "an answer", reply_to_id=first["id"])
    api.put(f"/users/{sora.id}/block", joon)
    group.say(sora, "more from Sora")
    group.say(joon, "from Joon")
    assert group.bodies(joon) == ["from Joon", "an answer", "added", "started"]
    assert group.read(joon)[1]["reply_to"] is None
    assert group.bodies(sora) == ["more from Sora", "an answer", "from Sora", "added", "started"]
    assert group.bodies(mina)[:2] == ["from Joon", "more from Sora"]
    assert group.seen_by(sora)["unread"] == 0
    assert "sora" not in roles(api, group, joon)
    api.put(f"{group.path}/messages/{first['id']}/reactions/%F0%9F%91%8D", joon, status=404)
    group.say(joon, "", forward_of=first["id"], status=404)


def test_who_comes_later_sees_what_comes_later(app: App, api: Api, mina: Person, group: Talk) -> None:
    old = group.say(mina, "before")
    late = make_person(app, "late")
    assert add(api, group, mina, late)[0]["member"]["username"] == "mina"
    group.say(mina, "after", reply_to_id=old["id"])
    assert group.bodies(late) == ["after", "added"]
    assert group.read(late)[0]["reply_to"] is None
    assert group.seen_by(late)["unread"] == 1
    assert api.get(f"{group.path}/search?q=before", late)["items"] == []


def test_what_was_said_while_one_was_away_is_unread(
    api: Api, mina: Person, joon: Person, group: Talk
) -> None:
    group.say(mina, "missed")
    api.post(f"{group.path}/leave", None, joon, status=204)
    group.seen_by(joon, status=404)
    assert api.get("/conversations", joon)["items"] == []
    group.say(joon, status=404)
    for number in range(2):
        group.say(mina, f"meanwhile {number}")
    add(api, group, mina, joon)
    assert group.seen_by(joon)["unread"] == 2
    assert group.bodies(joon)[:5] == ["added", "meanwhile 1", "meanwhile 0", "left", "missed"]


def test_who_was_removed_begins_anew(api: Api, mina: Person, joon: Person, sora: Person, group: Talk) -> None:
    group.say(mina, "before")
    for _ in range(2):
        api.delete(f"{group.path}/participants/{joon.id}", mina)
    group.seen_by(joon, status=404)
    group.say(mina, "behind his back")
    add(api, group, mina, joon)
    assert (group.bodies(joon), group.seen_by(joon)["unread"]) == (["added"], 0)
    assert group.bodies(sora)[:3] == ["added", "behind his back", "removed"]


def test_a_group_is_passed_on_and_ends_with_the_last(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, group: Talk, owner_engine: sa.Engine
) -> None:
    picture = make_medium(app, mina, "message")
    group.say(mina, "", media_id=str(picture))
    api.delete(f"{group.path}/participants/{mina.id}", mina)
    assert roles(api, group, sora)["joon"] == "admin"
    api.post(f"{group.path}/leave", None, joon, status=204)
    assert roles(api, group, sora) == {"sora": "admin"}
    api.delete(group.path, sora)
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Conversation)) == 0
        attached = sa.select(Medium.attached_at).where(Medium.id == picture)
        assert connection.scalar(attached) is None


def test_a_group_has_an_image(app: App, api: Api, mina: Person, group: Talk, owner_engine: sa.Engine) -> None:
    first, second = (make_medium(app, mina, "message") for _ in range(2))
    for picture in (first, second):
        changed = api.call("PATCH", group.path, mina, {"image_id": str(picture)}, status=200)
        assert f"/media/{picture}/thumb.webp?until=" in changed.json["image_url"]
    with owner_engine.connect() as connection:
        in_use = sa.select(Medium.id).where(Medium.attached_at.is_not(None))
        assert connection.scalars(in_use).all() == [second]
    film = make_medium(app, mina, "message", "video")
    wrong = api.call("PATCH", group.path, mina, {"image_id": str(film)}, status=422)
    assert wrong.json["error"]["code"] == "WRONG_MEDIUM"
    assert api.call("PATCH", group.path, mina, {"image_id": None}, status=200).json["image_url"] is None


@pytest.mark.parametrize("change", [{}, {"name": None}, {"name": ""}, {"color": "red"}])
def test_what_changes_nothing_is_refused(api: Api, mina: Person, group: Talk, change: dict[str, Any]) -> None:
    api.call("PATCH", group.path, mina, change, status=422)


def test_of_a_crowd_that_was_added_a_few_are_named(
    api: Api, mina: Person, joon: Person, group: Talk, owner_engine: sa.Engine
) -> None:
    add(api, group, mina, *make_members(owner_engine, MOST_NAMED + 2))
    notice = group.read(joon)[0]["notice"]
    assert (notice["code"], len(notice["members"]), notice["more"]) == ("added", MOST_NAMED, 2)


def test_who_takes_no_messages_is_asked(
    app: App, api: Api, mina: Person, group: Talk, owner_engine: sa.Engine
) -> None:
    shy = make_person(app, "shy")
    set_columns(owner_engine, shy, who_can_send_messages="friends_only")
    invited = add(api, group, mina, shy)
    assert [each["is_invited"] for each in invited if each["member"]["username"] == "shy"] == [True]
    assert api.get("/conversations", shy)["items"] == []
    [asking] = api.get("/conversations?folder=requests", shy)["items"]
    assert (asking["id"], asking["is_request"]) == (group.id, True)
    for _ in range(2):
        api.put(f"{group.path}/decline", shy, status=204)
    assert "shy" not in roles(api, group, mina)
    assert group.bodies(mina) == ["added", "added", "started"]  # nobody is told
    assert add(api, group, mina, shy, status=403)["error"]["code"] == "MESSAGES_NOT_ACCEPTED"


def test_who_is_removed_while_accepting_is_not_back_in_the_group(
    app: App, api: Api, mina: Person, group: Talk, owner_engine: sa.Engine
) -> None:
    shy = make_person(app, "shy")
    set_columns(owner_engine, shy, who_can_send_messages="friends_only")
    add(api, group, mina, shy)

    def accept() -> str:
        try:
            with app.work() as services:
                services[PlaceService].accept(shy.id, UUID(group.id))
        except NotFound as error:
            return error.code
        return "accepted"

    def remove(services: Services) -> None:
        services[GroupService].remove(mina.id, UUID(group.id), shy.id)

    assert meanwhile(app, owner_engine, remove, accept) == "NOT_FOUND"
    assert "shy" not in roles(api, group, mina)
    group.seen_by(shy, status=404)


def test_who_was_asked_into_a_group_that_ends_is_told_and_waits_for_nothing(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine, frames: Frames, run_jobs: Callable[[], int]
) -> None:
    shy = make_person(app, "shy")
    set_columns(owner_engine, shy, who_can_send_messages="friends_only")
    new = {"type": "group", "name": "Runners", "member_ids": [str(shy.id)]}
    group = Talk(api, api.post("/conversations", new, mina)["id"])
    group.say(mina)
    while run_jobs():
        pass
    assert api.get("/notifications/unread-count", shy)["unread"] == 1
    api.post(f"{group.path}/leave", None, mina, status=204)
    assert api.get("/notifications/unread-count", shy)["unread"] == 0
    name, data = frames(shy)[-1]
    assert (name, data["conversation_id"], data["conversation"]) == ("conversation.updated", group.id, None)


def test_who_cannot_be_met_cannot_be_added(
    app: App, api: Api, mina: Person, joon: Person, group: Talk
) -> None:
    hidden = make_person(app, "hidden")
    api.put(f"/users/{mina.id}/block", hidden)
    for nobody in (hidden.id, uuid4()):
        add(api, group, mina, nobody, status=404)
        new = {"type": "group", "name": "us", "member_ids": [str(nobody)]}
        api.post("/conversations", new, mina, status=404)


def test_a_direct_conversation_is_no_group(
    api: Api, mina: Person, joon: Person, sora: Person, direct: Talk
) -> None:
    add(api, direct, mina, sora, status=422)
    api.call("PATCH", direct.path, mina, {"name": "us"}, status=422)
    api.delete(f"{direct.path}/participants/{joon.id}", mina, status=422)
    api.call("PATCH", f"{direct.path}/participants/{joon.id}", mina, {"role": "admin"}, status=422)


def test_no_more_come_in_than_there_is_room_for(
    app: App, api: Api, mina: Person, group: Talk, owner_engine: sa.Engine
) -> None:
    """253 are in it already; of eight more who are added at once by three admins' devices, one fits."""
    crowd = make_members(owner_engine, LARGEST_GROUP - 4 + 8)
    add(api, group, mina, *crowd[:-8])

    def try_to_add(member_id: UUID) -> bool:
        try:
            with app.work() as services:
                services[GroupService].add(mina.id, UUID(group.id), [member_id])
        except GroupFull:
            return False
        return True

    came_in = together([partial(try_to_add, member_id) for member_id in crowd[-8:]])
    assert sum(came_in) == 1
    with owner_engine.connect() as connection:
        active = sa.select(sa.func.count()).where(ConversationMember.is_active)
        assert connection.scalar(active) == LARGEST_GROUP
    full = add(
        api, group, mina, next(m for m, came in zip(crowd[-8:], came_in, strict=True) if not came), status=409
    )
    assert full["error"] | {"message": ""} == {
        "code": "GROUP_FULL",
        "message": "",
        "details": {"most": LARGEST_GROUP},
    }
