"""Whom a message calls: a notification for who waits for it, and for nobody else."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium
from tests.web.conftest import Api
from tests.web.messaging.conftest import Frames, Talk
from tests.web.notifications.doings import work_off
from tests.web.together import meanwhile
from tests.web.vanishing import set_columns
from web.core.app import App
from web.messaging.jobs import tell
from web.messaging.places import PlaceService
from web.notifications.dispatch import Dispatcher
from web.notifications.models import Notification

Told = Callable[[Person], list[str]]


@pytest.fixture
def told(run_jobs: Callable[[], int], owner_engine: sa.Engine) -> Told:
    """The types of what a member was notified of, once all jobs are done."""

    def told(who: Person) -> list[str]:
        while run_jobs():
            pass
        statement = sa.select(Notification.type).where(Notification.member_id == who.id)
        with owner_engine.connect() as connection:
            return list(connection.scalars(statement))

    return told


def test_a_message_calls_who_has_not_read_it(
    mina: Person, joon: Person, sora: Person, group: Talk, told: Told
) -> None:
    group.say(mina)
    assert (told(mina), told(joon), told(sora)) == ([], ["message"], ["message"])


def test_nobody_is_called_twice_about_one_conversation(
    mina: Person, joon: Person, direct: Talk, told: Told
) -> None:
    direct.say(mina, "1")
    assert told(joon) == ["message"]
    direct.say(mina, "2")
    assert told(joon) == ["message"]


def test_who_has_read_it_is_not_called(
    api: Api, mina: Person, joon: Person, direct: Talk, told: Told
) -> None:
    direct.say(mina)
    api.put(f"{direct.path}/read", joon)
    assert told(joon) == []


def test_who_muted_it_is_not_called(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk, told: Told
) -> None:
    api.put(f"{group.path}/mute", joon)
    api.put(f"/users/{mina.id}/mute", sora)
    group.say(mina)
    assert (told(joon), told(sora)) == ([], [])


def test_what_was_taken_back_calls_nobody(
    api: Api, mina: Person, joon: Person, direct: Talk, told: Told
) -> None:
    message = direct.say(mina)
    api.delete(f"{direct.path}/messages/{message['id']}", mina)
    assert told(joon) == []


def test_who_blocks_is_not_called(
    api: Api, mina: Person, joon: Person, sora: Person, group: Talk, told: Told
) -> None:
    api.put(f"/users/{mina.id}/block", joon)
    group.say(mina)
    assert (told(joon), told(sora)) == ([], ["message"])


def waiting(api: Api, who: Person) -> int:
    """How many notifications are unread."""
    count: int = api.get("/notifications/unread-count", who)["unread"]
    return count


def test_reading_all_of_it_settles_what_one_was_told(
    api: Api, mina: Person, joon: Person, direct: Talk, told: Told, frames: Frames
) -> None:
    first = direct.say(mina)
    direct.say(mina)
    assert (told(joon), waiting(api, joon)) == (["message"], 1)
    api.call("PUT", f"{direct.path}/read", joon, {"seq": first["seq"]}, status=200)
    assert waiting(api, joon) == 1
    api.put(f"{direct.path}/read", joon)
    assert waiting(api, joon) == 0
    [settled] = [data for name, data in frames(joon) if name == "notification.updated"]
    assert (settled["change"], settled["unread_count"]) == ("read", 0)


def shown(api: Api, who: Person) -> list[str]:
    """What is shown beside the titles of notifications, newest first."""
    items = api.get("/notifications", who, headers={"Accept-Language": "en"})["items"]
    return [item["message"] for item in items]


def test_a_notification_shows_how_the_last_message_begins(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk, told: Told, frames: Frames
) -> None:
    direct.say(mina, "first")
    last = direct.say(mina, "second")
    told(joon)
    work_off(app)
    assert shown(api, joon) == ["second"]
    assert [data["message"] for name, data in frames(joon) if name == "notification.new"] == ["second"]
    api.call("PATCH", f"{direct.path}/messages/{last['id']}", mina, {"body": "changed"}, status=200)
    assert shown(api, joon) == ["changed"]
    api.delete(f"{direct.path}/messages/{last['id']}", mina)
    assert shown(api, joon) == [""]
    direct.say(mina, "", media_id=str(make_medium(app, mina, "message")))
    told(joon)
    assert shown(api, joon) == ["A picture"]
    api.put(f"{direct.path}/read", joon)
    direct.say(mina, "third")
    told(joon)
    assert shown(api, joon) == ["third", "A picture"]  # what was told then, and not what came after


def test_nothing_of_a_message_leaves_by_push_or_mail(
    app: App, mina: Person, joon: Person, direct: Talk, told: Told, owner_engine: sa.Engine
) -> None:
    direct.say(mina, "between us")
    told(joon)
    with owner_engine.connect() as connection:
        notification_id = connection.scalars(sa.select(Notification.id)).one()
    with app.reading() as services:
        found = services[Dispatcher].outgoing(notification_id, "push")
    assert found is not None
    assert found[1].message == ""


def test_nothing_is_shown_of_a_request(
    api: Api, mina: Person, joon: Person, told: Told, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    talk = Talk(api, api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"])
    talk.say(joon, "buy now")
    assert (told(mina), shown(api, mina)) == (["message_request"], [""])


def test_answering_and_leaving_settle_it_too(
    api: Api, mina: Person, joon: Person, sora: Person, direct: Talk, group: Talk, told: Told
) -> None:
    for talk in (direct, group):
        talk.say(mina)
    assert (told(joon), told(sora)) == (["message"] * 2, ["message"])
    direct.say(joon)
    assert waiting(api, joon) == 1
    api.post(f"{group.path}/leave", None, joon, status=204)
    api.delete(f"{group.path}/participants/{sora.id}", mina)
    assert (waiting(api, joon), waiting(api, sora)) == (0, 0)


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_answering_a_request_settles_it_too(
    api: Api, mina: Person, joon: Person, told: Told, owner_engine: sa.Engine, answer: str
) -> None:
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    talk = Talk(api, api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"])
    talk.say(joon)
    assert (told(mina), waiting(api, mina)) == (["message_request"], 1)
    assert api.call("PUT", f"{talk.path}/{answer}", mina).status_int in (200, 204)
    assert waiting(api, mina) == 0


def test_who_reads_while_being_called_is_not_called_for_nothing(
    app: App, api: Api, mina: Person, joon: Person, direct: Talk, owner_engine: sa.Engine
) -> None:
    message = direct.say(mina)

    def read() -> None:
        with app.work() as services:
            services[PlaceService].read(joon.id, UUID(direct.id))

    meanwhile(app, owner_engine, lambda services: tell(services, str(uuid4()), message["id"]), read)
    assert waiting(api, joon) == 0


def test_a_stranger_s_message_is_a_request(
    api: Api, mina: Person, joon: Person, told: Told, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    talk = Talk(api, api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"])
    talk.say(joon)
    assert told(mina) == ["message_request"]
    api.put(f"{talk.path}/decline", mina, status=204)
    talk.say(joon)
    assert told(mina) == ["message_request"]
