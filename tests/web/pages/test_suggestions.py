"""Suggestions on the explore page and on an empty feed."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
import webtest

from tests.factories import Person, befriend, make_post
from tests.web.pages.conftest import form_to, path_of
from web.core.app import App

SignedIn = Callable[[Person], webtest.TestApp]


@pytest.fixture
def known(app: App, mina: Person, joon: Person, sora: Person) -> None:
    """Sora is a friend of Joon's, who is a friend of Mina's."""
    befriend(app, mina, joon)
    befriend(app, joon, sora)


def suggested(page: webtest.TestResponse) -> list[tuple[str, str]]:
    """Whom a page suggests, and why."""
    return [
        (item.select_one("small").get_text(), item.select_one(".member__why").get_text())
        for item in page.html.select("[data-suggestions] li")
    ]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("path", ["/explore", "/feed", "/feed?show=friends"])
def test_friends_of_friends_are_suggested_with_the_reason(
    signed_in: SignedIn, mina: Person, path: str
) -> None:
    assert suggested(signed_in(mina).get(path)) == [("@sora", "1 friend in common")]


@pytest.mark.usefixtures("known")
def test_a_feed_with_posts_suggests_nobody(app: App, signed_in: SignedIn, mina: Person) -> None:
    make_post(app, mina)
    assert suggested(signed_in(mina).get("/feed")) == []


def test_common_interests_are_named(
    signed_in: SignedIn, mina: Person, joon: Person, api: object, owner_engine: sa.Engine
) -> None:
    for who in (mina, joon):
        form = form_to(signed_in(who).get("/settings/profile"), "/settings/profile")
        form["interests"] = "hiking, 사진"
        form.submit()
    assert suggested(signed_in(mina).get("/explore")) == [("@joon", "You both like: hiking, 사진")]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("path", ["/explore", "/feed"])
@pytest.mark.parametrize("action", ["follow", "dismiss"])
def test_who_is_followed_or_dismissed_is_suggested_no_more(
    signed_in: SignedIn, mina: Person, sora: Person, path: str, action: str
) -> None:
    browser = signed_in(mina)
    answer = form_to(browser.get(path), f"/members/{sora.id}/{action}").submit()
    assert path_of(answer) == path
    assert suggested(answer.follow()) == []
    following = browser.get("/members/@mina/following").html.main.get_text()
    assert ("@sora" in following) == (action == "follow")


def test_visitors_get_no_suggestions(browser: webtest.TestApp, mina: Person) -> None:
    assert suggested(browser.get("/explore")) == []


@pytest.mark.usefixtures("known")
def test_dismissing_needs_the_token_and_somebody_else(
    signed_in: SignedIn, mina: Person, sora: Person
) -> None:
    browser = signed_in(mina)
    browser.post(f"/members/{sora.id}/dismiss", status=403)
    token = form_to(browser.get("/explore"), "/logout")["csrf_token"].value
    browser.post(f"/members/{mina.id}/dismiss", {"csrf_token": token}, status=404)
