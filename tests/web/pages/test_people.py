"""Lists of members, requests and answers to them, muting."""

from collections.abc import Callable

import webtest

from tests.factories import Person, befriend, make_post
from tests.web.pages.conftest import form_to
from web.accounts.schemas.settings import PrivacyChange
from web.accounts.settings import SettingsService
from web.core.app import App
from web.graph.service import GraphService

SignedIn = Callable[[Person], webtest.TestApp]


def names(page: webtest.TestResponse) -> list[str]:
    """Whom a page lists."""
    return [who.get_text() for who in page.html.select(".member__who small")]


def test_who_follows_whom_is_listed(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    with app.work() as services:
        services[GraphService].follow(joon.id, mina.id)
    browser = signed_in(mina)
    assert names(browser.get("/members/@mina/followers")) == ["@joon"]
    assert names(browser.get("/members/@joon/following")) == ["@mina"]
    assert names(browser.get("/members/@mina/friends")) == []


def test_a_friend_request_is_sent_and_accepted(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    asking, asked = signed_in(mina), signed_in(joon)
    page = form_to(asking.get("/members/@joon"), f"/members/{joon.id}/befriend").submit().follow()
    assert "Your request was sent." in page.html.select_one(".said").get_text()
    assert "You have asked" in asking.get("/friends").html.main.get_text()
    page = asked.get("/friends")
    (address,) = {form["action"] for form in page.html.select("form[action^='/friends/requests/']")}
    page = form_to(page, address).submit("action", value="accept").follow()
    assert names(page) == ["@mina"]
    assert not page.html.select("form[action^='/friends/requests/']")


def test_a_friendship_ends(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    befriend(app, mina, joon)
    browser = signed_in(mina)
    form_to(browser.get("/members/@joon"), f"/members/{joon.id}/befriend").submit("action", value="unfriend")
    assert names(browser.get("/friends")) == []


def test_a_follower_is_let_in(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    with app.work() as services:
        services[SettingsService].set_privacy(mina.id, PrivacyChange(profile_visibility="friends"))
        services[GraphService].follow(joon.id, mina.id)
    browser = signed_in(mina)
    page = browser.get("/friends")
    assert "They want to follow you" in page.html.main.get_text()
    form_to(page, f"/friends/follow-requests/{joon.id}").submit("action", value="approve")
    assert names(browser.get("/members/@mina/followers")) == ["@joon"]


def test_who_is_muted_is_not_in_the_feed(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    with app.work() as services:
        services[GraphService].follow(mina.id, joon.id)
    make_post(app, joon, body="much ado")
    browser = signed_in(mina)
    page = browser.get("/members/@joon")
    page = form_to(page, f"/members/{joon.id}/mute").submit("action", value="mute").follow()
    assert "much ado" not in browser.get("/feed").html.main.get_text()
    form_to(page, f"/members/{joon.id}/mute").submit("action", value="unmute")
    assert "much ado" in browser.get("/feed").html.main.get_text()
