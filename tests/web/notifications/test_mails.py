"""Mails and text messages of notifications, the click that ends them, and the digest."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
import webtest
from sqlalchemy.orm import Session

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, follow, like, mails, wish, work_off
from web.accounts.models import Email, Phone
from web.core.app import App
from web.core.clock import FixedClock
from web.core.ids import new_id
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.sms import OutboxSmsSender, SmsSender
from web.notifications.digests import SEND_ALL
from web.notifications.models import Notification
from web.notifications.texting import MOST_A_DAY

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
BY_MAIL = {"member_followed": {"email": True}, "content_commented": {"email": True}}


@pytest.fixture
def member(app: App) -> Person:
    """Who is told, in English."""
    return make_person(app, "minji", locale="en")


def one_click(app: App, wsgi: Any, mail: EmailMessage) -> webtest.TestResponse:
    """What a mail program does (RFC 8058 §3.2): a form, without cookies."""
    address = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(app.settings.public_url)
    return webtest.TestApp(wsgi).post(address, {"List-Unsubscribe": "One-Click"}, status="*")


def texts(app: App) -> list[tuple[str, str]]:
    sender = app.value(SmsSender)
    assert isinstance(sender, OutboxSmsSender)
    return [(sms.to, sms.text) for sms in sender.newest()]


def give_number(app: App, person: Person) -> None:
    number = {"account_id": person.id, "number": "+821055501234", "verified_at": app.clock.now()}
    with app.work() as services:
        services[Session].execute(sa.insert(Phone), number)


def test_a_mail_says_what_happened_and_where(app: App, api: Api, member: Person, joon: Person) -> None:
    wish(api, member, types=BY_MAIL)
    follow(app, joon, member)
    work_off(app)
    [mail] = mails(app)
    assert (mail["To"], mail["Subject"]) == ("minji@example.com", "Joon follows you now")
    text = mail.get_content()
    assert f"http://localhost/members/{joon.id}" in text
    assert "http://localhost/settings/notifications" in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_nobody_is_mailed_without_asking_for_it(app: App, member: Person, joon: Person) -> None:
    follow(app, joon, member)
    work_off(app)
    assert mails(app) == []


def test_who_has_no_address_is_not_mailed(app: App, api: Api, member: Person, joon: Person) -> None:
    wish(api, member, types=BY_MAIL)
    with app.work() as services:
        services[Session].execute(sa.delete(Email).where(Email.account_id == member.id))
    follow(app, joon, member)
    assert work_off(app) > 0
    assert work_off(app) == 0


def test_one_click_ends_the_mails_of_one_type(
    app: App, api: Api, wsgi: Any, member: Person, joon: Person, sora: Person
) -> None:
    wish(api, member, types=BY_MAIL)
    follow(app, joon, member)
    work_off(app)
    for _ in range(2):
        assert one_click(app, wsgi, mails(app)[0]).status_int == 200  # no redirect, which is not gone after
    follow(app, sora, member)
    comment(app, sora, make_post(app, member))
    work_off(app)
    assert [mail["Subject"] for mail in mails(app)] == [
        "Joon follows you now",
        "Sora commented on your post",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-4],
        lambda token: ("B" if token[0] == "A" else "A") + token[1:],
        lambda _: "%C3%BC",
    ],
)
def test_a_link_that_was_not_made_here_does_nothing(
    app: App, api: Api, wsgi: Any, member: Person, joon: Person, change: Any
) -> None:
    wish(api, member, types=BY_MAIL)
    follow(app, joon, member)
    work_off(app)
    [mail] = mails(app)
    address, _, token = str(mail["List-Unsubscribe"]).strip("<>").partition("token=")
    del mail["List-Unsubscribe"]
    mail["List-Unsubscribe"] = f"<{address}token={change(token)}>"
    answer = one_click(app, wsgi, mail)
    assert (answer.status_int, answer.json["error"]["code"]) == (422, "BAD_UNSUBSCRIBE_LINK")


def test_looking_at_the_link_ends_nothing(app: App, api: Api, member: Person) -> None:
    assert api.call("GET", "/notifications/unsubscribe?token=x").status_int == 405


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


def digest(app: App) -> None:
    """What the schedule does every hour."""
    with app.work() as services:
        services[JobLog].add(SEND_ALL)
    JobRunner(app, "default").run_due()
    work_off(app)


def test_a_digest_sums_up_in_the_morning_what_was_not_read(
    app: App, api: Api, clock: FixedClock, mina: Person, member: Person, joon: Person, sora: Person
) -> None:
    clock.moment = MONDAY - timedelta(hours=12)
    wish(api, member, digest="daily")
    wish(api, mina, digest="off")
    post_id = make_post(app, member)
    for person in (joon, sora):
        like(app, person, post_id)
    follow(app, joon, member)
    follow(app, sora, member)
    newest = api.get("/notifications", member)["items"][0]
    api.put(f"/notifications/{newest['id']}/read", member, status=204)
    for hours in (7, 8, 9, 20):
        clock.moment = MONDAY + timedelta(hours=hours)
        digest(app)
        assert len(mails(app)) == int(hours >= 8)
    [mail] = mails(app)
    assert (mail["To"], mail["Subject"]) == ("minji@example.com", "2 new notifications on Plaza")
    lines = mail.get_content().splitlines()
    assert [line for line in lines if line.startswith("–")] == [
        "– Joon follows you now",
        "– Sora and 1 other like your post",
    ]
    clock.moment = MONDAY + timedelta(days=1, hours=9)
    digest(app)
    assert len(mails(app)) == 1, "nothing new"
    follow(app, mina, member)
    clock.moment = MONDAY + timedelta(days=2, hours=9)
    digest(app)
    assert [each["Subject"] for each in mails(app)][1:] == ["1 new notification on Plaza"]


def test_a_weekly_digest_comes_on_monday_or_as_soon_as_it_can(
    app: App, api: Api, clock: FixedClock, member: Person, joon: Person, sora: Person
) -> None:
    clock.moment = MONDAY - timedelta(days=4)
    wish(api, member, digest="weekly")
    follow(app, joon, member)
    sent_on: list[int] = []
    for day in (-3, -1, 0, 1, 3, 6, 8):  # the Monday after is left out: nothing ran
        clock.moment = MONDAY + timedelta(days=day, hours=10)
        digest(app)
        if len(mails(app)) > len(sent_on):
            sent_on.append(day)
        if day == 3:
            follow(app, sora, member)
    assert sent_on == [0, 8]


def test_morning_is_when_it_is_morning_for_the_member(
    app: App, api: Api, clock: FixedClock, joon: Person, sora: Person
) -> None:
    clock.moment = MONDAY - timedelta(hours=2)
    wish(api, joon, digest="daily", quiet_hours={"start": "22:00", "end": "09:30"})  # in New York
    clock.moment = MONDAY + timedelta(hours=12)  # 7:00 there
    follow(app, sora, joon)
    digest(app)
    clock.moment += timedelta(hours=1)
    digest(app)
    assert mails(app) == []  # it is time, but quiet
    clock.moment += timedelta(hours=1, minutes=30)
    work_off(app)
    assert len(mails(app)) == 1


def test_one_click_ends_the_digest(
    app: App, api: Api, clock: FixedClock, wsgi: Any, member: Person, joon: Person
) -> None:
    clock.moment = MONDAY - timedelta(hours=12)
    wish(api, member, digest="daily")
    follow(app, joon, member)
    clock.moment = MONDAY + timedelta(hours=9)
    digest(app)
    assert one_click(app, wsgi, mails(app)[0]).status_int == 200
    assert api.get("/notifications/preferences", member)["digest"] == "off"
