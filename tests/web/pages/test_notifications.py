"""The list of notifications, what can be done with it, the badge, and the page that ends mails."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
import webtest
from sqlalchemy.orm import Session

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, follow, like, mails, titles, wish, work_off
from tests.web.pages.conftest import Page, form_to, path_of
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.core.app import App
from web.notifications.models import Notification

SignedIn = Callable[..., webtest.TestApp]
HERE = "/notifications"


def told(page: Page) -> list[str]:
    """What the list says, newest first."""
    return [each.get_text() for each in page.html.select(".notification__text")]


def row(page: Page, text: str) -> str:
    """The id of the one notification that says something."""
    (found,) = (each for each in page.html.select("[data-notification]") if text in each.get_text())
    return str(found["data-notification"])


def deal(page: Page, text: str, action: str) -> str:
    """Press a button beside a notification; where that leads."""
    return path_of(form_to(page, f"{HERE}/{row(page, text)}").submit("action", value=action))


def test_what_happened_is_told_and_counted_until_it_was_read(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    post_id = make_post(app, mina)
    follow(app, joon, mina)
    like(app, joon, post_id)
    browser = signed_in(mina)
    page = browser.get(HERE)
    assert told(page) == ["Joon likes your post (unread)", "Joon follows you now (unread)"]
    links = [link["href"] for link in page.html.select(".notification__link")]
    assert links == [f"/posts/{post_id}", f"/members/{joon.id}"]
    assert page.html.select_one("[data-unread-count]").get_text() == "2"
    assert path_of(form_to(page, HERE).submit()) == HERE
    page = browser.get(HERE)
    assert not page.html.select(".is-unread")
    assert page.html.select_one("[data-unread]").has_attr("hidden")


def test_several_who_did_the_same_are_one_line_under_a_sign_of_its_kind(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    like(app, joon, post_id)
    like(app, sora, post_id)
    page = signed_in(mina).get(HERE)
    assert told(page) == ["Sora and 1 other like your post (unread)"]
    mark = page.html.select_one(".notification .mark")
    assert mark.circle["fill"] == "#e0455e"
    assert mark.use["href"].endswith("#heart")


def test_they_are_told_in_the_readers_language(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    follow(app, joon, mina)
    page = signed_in(mina, "ko").get(HERE)
    assert "Joon 님이 나를 팔로우해요" in page.text


def test_tabs_narrow_the_list_and_keep_what_else_was_chosen(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, sora: Person
) -> None:
    follow(app, joon, mina)
    follow(app, sora, mina)
    with app.work() as services:
        services[SecurityLog].note(mina.id, SecurityKind.PASSWORD_CHANGED)
    browser = signed_in(mina)
    everything = browser.get(HERE)
    assert len(told(everything)) == 3
    assert deal(everything, "Sora", "read") == HERE
    social = everything.click("^Social$")
    assert [text.split()[0] for text in told(social)] == ["Sora", "Joon"]
    unread = social.click("^Unread only$")
    assert told(unread) == ["Joon follows you now (unread)"]
    assert unread.html.select_one(".tabbar [aria-current]").get_text() == "Social"
    assert told(unread.click("^Goals$")) == []
    assert len(told(unread.click("^System$"))) == 1
    assert len(told(unread.click("^Unread only$"))) == 2


@pytest.mark.parametrize("address", [f"{HERE}?filter=nothing", f"{HERE}?filter=all&unread_only=maybe"])
def test_an_address_that_means_nothing_shows_everything(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, address: str
) -> None:
    follow(app, joon, mina)
    assert len(told(signed_in(mina).get(address))) == 1


def test_one_is_read_archived_and_deleted(
    app: App, signed_in: SignedIn, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    follow(app, joon, mina)
    follow(app, sora, mina)
    browser = signed_in(mina)
    unread = browser.get(f"{HERE}?unread_only=true")
    assert deal(unread, "Joon", "read") == f"{HERE}?unread_only=true"  # back to where it was pressed
    assert titles(api, mina, "?unread_only=true") == ["Sora follows you now"]
    assert deal(browser.get(HERE), "Joon", "archive") == HERE
    assert told(browser.get(HERE)) == ["Sora follows you now (unread)"]
    archived = browser.get(HERE).click("^Archived$")
    assert told(archived) == ["Joon follows you now"]
    assert deal(archived, "Joon", "delete") == f"{HERE}?archived=true"
    assert "Nothing is archived" in browser.get(f"{HERE}?archived=true").text
    deal(browser.get(HERE), "Sora", "delete")
    assert "Nothing new" in browser.get(HERE).text
    assert titles(api, mina) == titles(api, mina, "?archived=true") == []


def test_nobody_deals_with_what_others_were_told(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    follow(app, joon, mina)
    page = signed_in(mina).get(HERE)
    stranger = signed_in(joon)
    token = form_to(stranger.get(HERE), HERE)["csrf_token"].value
    for action in ("read", "archive", "delete"):
        address = f"{HERE}/{row(page, 'Joon')}"
        stranger.post(address, {"csrf_token": token, "action": action}, status=404)
    assert told(signed_in(mina).get(HERE)) == ["Joon follows you now (unread)"]


def test_older_ones_are_a_click_away_within_the_same_tab(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    for _ in range(21):
        comment(app, joon, make_post(app, mina))
    browser = signed_in(mina)
    first = browser.get(f"{HERE}?filter=social")
    older = first.click("Older notifications")
    assert (len(told(first)), len(told(older))) == (20, 1)
    assert not older.html.select("[data-more]")
    assert older.html.select_one(".tabbar [aria-current]").get_text() == "Social"
    cursor = first.html.select_one("[data-more]")["href"].partition("cursor=")[2]
    browser.get(f"{HERE}?cursor={cursor}", status=400)  # of another list


def test_nothing_happened(signed_in: SignedIn, mina: Person) -> None:
    assert "Nothing new" in signed_in(mina).get(HERE).text


def test_marking_needs_the_token(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    browser = signed_in(mina)
    browser.post(HERE, status=403)
    browser.post(f"{HERE}/{row(browser.get(HERE), 'Joon')}", {"action": "delete"}, status=403)
    assert len(told(browser.get(HERE))) == 1


def test_the_badge_does_not_count_beyond_what_it_has_room_for(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    follow(app, joon, mina)
    with app.work() as services:
        columns: dict[str, Any] = {each.name: each for each in Notification.__table__.columns}
        columns |= {
            "id": sa.func.gen_random_uuid(),
            "event_id": sa.func.gen_random_uuid(),
            "group_key": sa.null(),
        }
        copies = sa.select(*columns.values()).select_from(
            sa.func.generate_series(1, 99), Notification.__table__
        )
        services[Session].execute(sa.insert(Notification).from_select(list(columns), copies))
    page = signed_in(mina).get("/feed")
    assert {each.get_text() for each in page.html.select("[data-unread-count]")} == {"99+"}


@pytest.fixture
def mailed(app: App, api: Api, mina: Person, joon: Person) -> str:
    """Where the link in a mail leads that says that Joon follows Mina."""
    wish(api, mina, types={"member_followed": {"email": True}})
    follow(app, joon, mina)
    work_off(app)
    (mail,) = mails(app)
    return link_in(app, mail)


def link_in(app: App, mail: EmailMessage) -> str:
    return str(mail["List-Unsubscribe"]).strip("<>").removeprefix(app.settings.public_url)


def mails_about_followers(api: Api, person: Person) -> bool:
    types = api.get("/notifications/preferences", person)["types"]
    return next(bool(each["email"]) for each in types if each["type"] == "member_followed")


def test_who_follows_the_link_in_a_mail_presses_a_button_and_needs_no_login(
    api: Api, browser: webtest.TestApp, mina: Person, mailed: str
) -> None:
    page = browser.get(mailed)
    assert "They are about: New followers." in page.html.main.get_text()
    assert mails_about_followers(api, mina)  # looking ends nothing
    page = form_to(page, mailed).submit()
    assert "You get no more of these mails" in page.html.h1.get_text()
    assert not mails_about_followers(api, mina)


def test_a_mail_program_ends_them_with_one_click_and_no_cookie(
    api: Api, wsgi: object, mina: Person, mailed: str
) -> None:
    program = webtest.TestApp(wsgi)
    for _ in range(2):
        assert program.post(mailed, {"List-Unsubscribe": "One-Click"}).status_int == 200
    assert not mails_about_followers(api, mina)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("query", ["", "?token=", "?token=made-elsewhere", "?token=%C3%BC"])
def test_a_link_that_was_cut_off_says_so(browser: webtest.TestApp, method: str, query: str) -> None:
    page = getattr(browser, method)(f"/unsubscribe{query}", status=422)
    assert page.content_type == "text/html"
