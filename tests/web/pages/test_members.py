"""A member's page, and following from it."""

from collections.abc import Callable

import webtest

from tests.factories import Person, make_person, make_post
from tests.web.pages.conftest import form_to, path_of
from web.core.app import App

SignedIn = Callable[[Person], webtest.TestApp]


def test_a_profile_by_id_and_by_name(app: App, browser: webtest.TestApp, mina: Person) -> None:
    make_post(app, mina, "seen by all")
    make_post(app, mina, "seen by me", visibility="private")
    for path in (f"/members/{mina.id}", "/members/@mina", "/members/@MINA"):
        page = browser.get(path)
        assert page.html.h1.get_text() == "Mina"
        assert "seen by all" in page.text
        assert "seen by me" not in page.text


def test_following_and_unfollowing(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    browser = signed_in(joon)
    for pressed, count in (("true", "1"), ("false", "0")):
        form = form_to(browser.get("/members/@mina"), f"/members/{mina.id}/follow")
        assert path_of(form.submit()) == f"/members/{mina.id}"
        page = browser.get("/members/@mina")
        assert page.html.select_one(".follow__button")["aria-pressed"] == pressed
        assert page.html.select_one("[data-follower-count]").get_text() == count


def test_who_follows_me_is_marked(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    form_to(signed_in(joon).get("/members/@mina"), f"/members/{mina.id}/follow").submit()
    assert "Follows you" in signed_in(mina).get("/members/@joon").text


def test_nobody_is_offered_to_follow_oneself(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    page = browser.get("/members/@mina")
    assert not page.html.select("[data-follow]")
    token = form_to(page, "/logout")["csrf_token"].value
    answer = browser.post(f"/members/{mina.id}/follow", {"csrf_token": token}, status=422)
    assert "You cannot follow yourself." in answer.text


def test_following_needs_the_token(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    signed_in(joon).post(f"/members/{mina.id}/follow", status=403)


def test_a_visitor_who_wants_to_follow_logs_in_first(browser: webtest.TestApp, mina: Person) -> None:
    page = browser.get("/members/@mina")
    assert page.html.find("a", href=f"/login?next=/members/{mina.id}")


def test_markup_in_a_name_is_text(app: App, browser: webtest.TestApp) -> None:
    make_person(app, "mallory", nickname="<script>alert(1)</script>")
    page = browser.get("/members/@mallory")
    assert "<script>alert" not in page.text
    assert page.html.h1.get_text() == "<script>alert(1)</script>"


def test_older_posts(app: App, browser: webtest.TestApp, mina: Person) -> None:
    for number in range(21):
        make_post(app, mina, f"post {number}")
    page = browser.get("/members/@mina")
    rest = browser.get(page.html.select_one("[data-more]")["href"])
    assert [body.get_text() for body in rest.html.select("[data-list] [data-body]")] == ["post 0"]
