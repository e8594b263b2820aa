"""The landing page, the feed and its composer."""

from collections.abc import Callable

import pytest
import webtest

from tests.factories import Person, make_post
from tests.web.pages.conftest import error_of, form_to, path_of
from web.core.app import App
from web.graph.service import GraphService

SignedIn = Callable[[Person], webtest.TestApp]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def bodies(page: webtest.TestResponse) -> list[str]:
    """The texts of the posts in a page's list."""
    return [body.get_text() for body in page.html.select("[data-list] [data-body]")]


def test_visitors_see_what_plaza_is(browser: webtest.TestApp) -> None:
    page = browser.get("/")
    assert page.html.h1.get_text() == "A calmer place for your people"
    assert page.html.find("a", href="/signup")


def test_the_feed_wants_a_member(browser: webtest.TestApp) -> None:
    assert path_of(browser.get("/feed")) == "/login?next=/feed"


def test_a_post_is_shared_and_seen_by_followers(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    with app.work() as services:
        services[GraphService].follow(joon.id, mina.id)
    form = form_to(signed_in(mina).get("/feed"), "/feed")
    form["body"], form["visibility"] = "  first light\r\nover the river  ", "followers"
    assert path_of(form.submit()) == "/feed"
    page = signed_in(joon).get("/feed")
    assert bodies(page) == ["first light\nover the river"]
    assert "Followers" in page.html.select_one("[data-list] article").get_text()


def test_an_empty_feed_says_what_to_do(signed_in: SignedIn, mina: Person) -> None:
    page = signed_in(mina).get("/feed")
    assert not page.html.select_one("[data-empty]").has_attr("hidden")
    make = form_to(page, "/feed")
    make["body"] = "hello"
    assert make.submit().follow().html.select_one("[data-empty]").has_attr("hidden")


@pytest.mark.parametrize(
    ("body", "message"),
    [(" \r\n ", "Please fill this in."), ("x" * 5001, "Use at most 5000 characters.")],
)
def test_a_refused_post_is_shown_again(signed_in: SignedIn, mina: Person, body: str, message: str) -> None:
    form = form_to(signed_in(mina).get("/feed"), "/feed")
    form["body"], form["visibility"] = body, "private"
    page = form.submit(status=422)
    assert error_of(page, "body") == message
    again = form_to(page, "/feed")
    assert again["body"].value.strip() == body.strip()
    assert again["visibility"].value == "private"


def test_a_visibility_that_there_is_not_is_refused(signed_in: SignedIn, mina: Person) -> None:
    form = form_to(signed_in(mina).get("/feed"), "/feed")
    form["body"] = "hello"
    form["visibility"].force_value("enemies")
    form.submit(status=422)


def test_markup_in_posts_and_names_is_text(
    app: App, signed_in: SignedIn, mina: Person, browser: webtest.TestApp
) -> None:
    form = form_to(signed_in(mina).get("/feed"), "/feed")
    form["body"] = SCRIPT
    page = form.submit().follow()
    assert bodies(page) == [SCRIPT]
    link = page.html.select_one("[data-list] .post__meta a")["href"]
    for shown in (page, browser.get(link), browser.get(f"/members/{mina.id}")):
        assert "<script>alert" not in shown.text
        assert not shown.html.find("img", src="x")


def test_a_form_from_another_site_is_refused(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    for token in ({}, {"csrf_token": "0" * 32}):
        page = browser.post("/feed", {"body": "not mine", **token}, status=403)
        assert "This form is out of date." in page.text
    assert bodies(browser.get("/feed")) == []


def test_older_posts_are_one_link_away(app: App, signed_in: SignedIn, mina: Person) -> None:
    for number in range(45):
        make_post(app, mina, f"post {number}")
    browser = signed_in(mina)
    page, seen = browser.get("/feed"), []
    while True:
        seen += bodies(page)
        link = page.html.select_one("[data-more]")
        if link is None:
            break
        page = browser.get(link["href"])
        assert page.html.find("a", href="/feed", string="Back to the newest")
    assert seen == [f"post {number}" for number in reversed(range(45))]


def test_a_made_up_cursor_is_refused(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    for cursor in ("x", "y" * 300):
        assert "does not belong" in browser.get(f"/feed?cursor={cursor}", status=400).text


def test_nobody_shares_without_a_session(browser: webtest.TestApp) -> None:
    token = form_to(browser.get("/login"), "/login")["csrf_token"].value
    page = browser.post("/feed", {"body": "hello", "csrf_token": token}, status=401)
    assert page.html.find("main").find("a", href="/login")
