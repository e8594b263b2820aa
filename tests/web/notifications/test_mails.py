"""Mails of notifications, the click that ends them, and the digest."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
import webtest
from sqlalchemy.orm import Session

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, follow, like, mails, wish, work_off
from tests.web.swapped import swapped
from web.accounts.models import Account, Email
from web.core.app import App
from web.core.clock import FixedClock
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.mail import Mail, Mailer, MailRefused
from web.notifications import digests
from web.notifications.digests import SEND_ALL

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
BY_MAIL = {"member_followed": {"email": True}, "content_commented": {"email": True}}


class Refusing(Mailer):
    """A server that takes nothing."""

    def send(self, mail: Mail) -> None:
        raise MailRefused("the mail server answered 550")


def one_click(app: App, wsgi: Any, mail: EmailMessage) -> webtest.TestResponse:
    """What a mail program does (RFC 8058 §3.2): a form, without cookies."""
    address = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(app.settings.public_url)
    return webtest.TestApp(wsgi).post(address, {"List-Unsubscribe": "One-Click"}, status="*")


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


def test_a_name_of_two_lines_keeps_no_mail_from_being_sent(
    app: App, api: Api, member: Person, joon: Person
) -> None:
    wish(api, member, types=BY_MAIL)
    with app.work() as services:
        named = sa.update(Account).where(Account.id == joon.id).values(nickname="Jo\nBcc: all@example.com")
        services[Session].execute(named)
    follow(app, joon, member)
    work_off(app)
    [mail] = mails(app)
    assert mail["Subject"] == "Jo Bcc: all@example.com follows you now"
    assert mail["Bcc"] is None


def test_an_address_that_takes_no_mail_is_left_in_peace(
    app: App, api: Api, clock: FixedClock, member: Person, joon: Person
) -> None:
    wish(api, member, types=BY_MAIL, digest="daily")
    follow(app, joon, member)
    with swapped(app, Mailer, Refusing("a@b.example")):
        work_off(app)
        clock.moment += timedelta(days=1)
        digest(app)
    with app.reading() as services:
        left = services[Session].scalars(sa.text("SELECT kind FROM jobs WHERE queue <> 'relay'")).all()
    assert left == []


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


def digest(app: App) -> None:
    """What the schedule does every hour."""
    with app.work() as services:
        services[JobLog].add(SEND_ALL)
    while JobRunner(app, "default").run_due():
        """One after the other."""
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


def test_many_digests_are_wanted_by_several_jobs(
    app: App,
    api: Api,
    clock: FixedClock,
    mina: Person,
    joon: Person,
    sora: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(digests, "_IN_THE_MORNING", digests._IN_THE_MORNING.limit(1))
    monkeypatch.setattr(digests, "MOST_AT_ONCE", 1)
    clock.moment = MONDAY - timedelta(hours=12)
    for person, follower in ((mina, joon), (joon, sora), (sora, mina)):
        wish(api, person, digest="daily")
        follow(app, follower, person)
    clock.moment = MONDAY + timedelta(hours=14)  # morning or later for all of them
    digest(app)
    assert len({mail["To"] for mail in mails(app)}) == len(mails(app)) == 3


def test_quiet_hours_that_end_after_midnight_cost_no_digest(
    app: App, api: Api, clock: FixedClock, member: Person, joon: Person
) -> None:
    clock.moment = MONDAY - timedelta(hours=12)
    wish(api, member, digest="daily", quiet_hours={"start": "07:30", "end": "00:30"})
    follow(app, joon, member)
    clock.moment = MONDAY + timedelta(hours=8)
    digest(app)
    assert mails(app) == []
    clock.moment = MONDAY + timedelta(days=1, minutes=30)
    work_off(app)
    assert len(mails(app)) == 1


def test_a_zone_that_the_database_does_not_know_costs_nobody_else_their_digest(
    app: App, api: Api, clock: FixedClock, member: Person, joon: Person, sora: Person
) -> None:
    """Its list of zones may be older than Python's."""
    clock.moment = MONDAY - timedelta(hours=12)
    for person in (member, sora):
        wish(api, person, digest="daily")
    follow(app, joon, member)
    with app.work() as services:
        moved = sa.update(Account).where(Account.id == sora.id).values(zone="Moon/Sea_of_Tranquility")
        services[Session].execute(moved)
    clock.moment = MONDAY + timedelta(hours=9)
    digest(app)
    assert [mail["To"] for mail in mails(app)] == ["minji@example.com"]
