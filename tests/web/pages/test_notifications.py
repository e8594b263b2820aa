"""The list of notifications and the badge."""

from collections.abc import Callable

import webtest

from tests.factories import Person, make_post
from tests.web.pages.conftest import form_to, path_of
from web.content.reacting import ReactionService
from web.core.app import App
from web.graph.service import GraphService

SignedIn = Callable[..., webtest.TestApp]


def test_what_happened_is_told_and_counted_until_it_was_read(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    post_id = make_post(app, mina)
    with app.work() as services:
        services[GraphService].follow(joon.id, mina.id)
    with app.work() as services:
        services[ReactionService].like(joon.id, post_id)
    browser = signed_in(mina)
    page = browser.get("/notifications")
    items = page.html.select(".notification")
    assert [item.select_one(".notification__text").get_text() for item in items] == [
        "Joon likes your post (unread)",
        "Joon follows you now (unread)",
    ]
    assert [item.a["href"] for item in items] == [f"/posts/{post_id}", f"/members/{joon.id}"]
    assert page.html.select_one("[data-unread-count]").get_text() == "2"
    assert path_of(form_to(page, "/notifications").submit()) == "/notifications"
    page = browser.get("/notifications")
    assert not page.html.select(".is-unread")
    assert page.html.select_one("[data-unread]").has_attr("hidden")


def test_they_are_told_in_the_readers_language(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    with app.work() as services:
        services[GraphService].follow(joon.id, mina.id)
    page = signed_in(mina, "ko").get("/notifications")
    assert "Joon 님이 나를 팔로우해요" in page.text


def test_nothing_happened(signed_in: SignedIn, mina: Person) -> None:
    assert "Nothing new" in signed_in(mina).get("/notifications").text


def test_marking_needs_the_token(signed_in: SignedIn, mina: Person) -> None:
    signed_in(mina).post("/notifications", status=403)
