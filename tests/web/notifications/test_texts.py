"""Text messages of notifications: who gets them, and how many."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, follow, wish, work_off
from web.accounts.models import Phone
from web.core.app import App
from web.core.clock import FixedClock
from web.core.ids import new_id
from web.core.sms import OutboxSmsSender, SmsSender
from web.notifications.models import Notification
from web.notifications.texting import DAY, MOST_A_DAY


def texts(app: App) -> list[tuple[str, str]]:
    sender = app.value(SmsSender)
    assert isinstance(sender, OutboxSmsSender)
    return [(sms.to, sms.text) for sms in sender.newest()]


def give_number(app: App, person: Person) -> None:
    number = {"account_id": person.id, "number": "+821055501234", "verified_at": app.clock.now()}
    with app.work() as services:
        services[Session].execute(sa.insert(Phone), number)


def test_a_text_message_is_for_who_has_a_number_and_wants_it(
    app: App, api: Api, member: Person, joon: Person, sora: Person
) -> None:
    wish(api, member, types={"member_followed": {"sms": True}})
    give_number(app, member)
    follow(app, joon, member)
    work_off(app)
    assert texts(app) == []
    wish(api, member, channels={"sms": True})
    follow(app, sora, member)
    work_off(app)
    link = f"http://localhost/members/{sora.id}"
    assert texts(app) == [("+821055501234", f"Sora follows you now {link}")]


@pytest.mark.parametrize(("by", "waits"), [("the member", False), ("all of Plaza", True)])
def test_text_messages_are_rationed(
    app: App, api: Api, member: Person, joon: Person, sora: Person, by: str, waits: bool
) -> None:
    wish(api, member, channels={"sms": True}, types={"member_followed": {"sms": True}})
    give_number(app, member)
    many = app.settings.sms_per_hour // 2 if waits else MOST_A_DAY
    reader = sora if waits else member
    row = {"member_id": reader.id, "type": "x", "target_kind": "member", "created_at": app.clock.now()}
    with app.work() as services:
        services[Session].execute(
            sa.insert(Notification),
            [
                row | {"id": one, "target_id": one, "event_id": one, "texted_at": app.clock.now()}
                for one in [new_id() for _ in range(many)]
            ],
        )
    follow(app, joon, member)
    work_off(app)
    assert texts(app) == []
    with app.reading() as services:
        left = services[Session].scalar(
            sa.text("SELECT count(*) FROM jobs WHERE kind = 'notifications.sms' AND attempts > 0")
        )
    assert left == int(waits)


def texted_follows(app: App, api: Api, member: Person, people: list[Person], *, deletes: bool) -> None:
    """What a member is sent by people who follow them."""
    for person in people:
        follow(app, person, member)
        work_off(app)
        if deletes:
            [item] = api.get("/notifications", member)["items"]
            api.delete(f"/notifications/{item['id']}", member)
            api.delete(f"/notifications/{item['id']}", member, status=404)


def test_deleting_what_was_texted_leaves_no_more_texts_for_the_day(
    app: App, api: Api, clock: FixedClock, member: Person
) -> None:
    wish(api, member, channels={"sms": True}, types={"member_followed": {"sms": True}})
    give_number(app, member)
    people = [make_person(app, f"member{number}") for number in range(MOST_A_DAY + 3)]
    texted_follows(app, api, member, people[:-1], deletes=True)
    assert len(texts(app)) == MOST_A_DAY
    for query in ("", "?archived=true"):
        assert api.get(f"/notifications{query}", member)["items"] == []
    clock.moment += DAY + timedelta(seconds=1)
    with app.work() as services:
        app.jobs["notifications.clean_up"].body(services)
        assert services[Session].scalars(sa.select(Notification.id)).all() == []
    texted_follows(app, api, member, people[-1:], deletes=True)
    assert len(texts(app)) == MOST_A_DAY + 1


def test_a_request_that_is_taken_back_leaves_no_more_texts_for_the_day(
    app: App, api: Api, member: Person, joon: Person
) -> None:
    wish(api, member, channels={"sms": True}, types={"friend_request": {"sms": True}})
    give_number(app, member)
    api.post("/friends/requests", {"user_id": str(member.id)}, joon)
    work_off(app)
    [request] = api.get("/friends/requests", member)["items"]
    api.delete(f"/friends/requests/{request['id']}", joon)
    assert api.get("/notifications", member)["items"] == []
    with app.reading() as services:
        assert services[Session].scalars(sa.select(Notification.texted_at)).one() is not None


def test_more_of_the_same_is_texted_only_after_reading(
    app: App, api: Api, member: Person, joon: Person, sora: Person, mina: Person
) -> None:
    wish(api, member, channels={"sms": True}, types={"content_commented": {"sms": True}})
    give_number(app, member)
    post_id = make_post(app, member)
    for person in (joon, sora):
        comment(app, person, post_id)
        work_off(app)
    assert len(texts(app)) == 1
    api.put("/notifications/read-all", member, status=204)
    comment(app, mina, post_id)
    work_off(app)
    assert len(texts(app)) == 2
