"""What can be done with a post on pages."""

from collections.abc import Callable

import webtest

from tests.factories import Person, make_post
from tests.web.pages.conftest import error_of, form_to, path_of
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.app import App

SignedIn = Callable[[Person], webtest.TestApp]


def test_a_post_is_kept_and_no_longer(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    post, browser = make_post(app, joon, body="worth keeping"), signed_in(mina)
    assert path_of(form_to(browser.get(f"/posts/{post}"), f"/posts/{post}/save").submit()) == f"/posts/{post}"
    page = browser.get("/saved")
    assert "worth keeping" in page.html.main.get_text()
    form_to(page, f"/posts/{post}/save").submit()
    assert "worth keeping" not in browser.get("/saved").html.main.get_text()


def test_a_post_is_shared_with_words(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    post, browser = make_post(app, joon, body="the original"), signed_in(mina)
    form = form_to(browser.get(f"/posts/{post}/share"), f"/posts/{post}/share")
    form["body"] = "read this"
    assert path_of(form.submit()) == "/feed"
    page = browser.get("/feed")
    assert "Shared." in page.html.select_one(".said").get_text()
    article = page.html.select_one("[data-list] article")
    assert "read this" in article.get_text()
    assert "the original" in article.select_one(".shared").get_text()


def test_sharing_what_is_not_public_is_refused(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    with app.work() as services:
        post = services[ContentService].post(joon.id, NewPost(body="for followers", visibility="followers"))
    signed_in(mina).get(f"/posts/{post}/share", status=404)


def test_a_post_is_edited_by_its_author_only(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    post, browser = make_post(app, mina, body="frist"), signed_in(mina)
    form = form_to(browser.get(f"/posts/{post}/edit"), f"/posts/{post}/edit")
    assert form["body"].value == "frist"
    form["body"] = ""
    assert error_of(form.submit(status=422), "body")
    form["body"] = "first"
    page = form.submit().follow()
    assert "first" in page.html.select_one("[data-body]").get_text()
    assert "edited" in page.html.article.get_text()
    signed_in(joon).get(f"/posts/{post}/edit", status=404)


def test_an_archived_post_is_its_authors_alone(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    post, browser, other = make_post(app, mina), signed_in(mina), signed_in(joon)
    page = form_to(browser.get(f"/posts/{post}"), f"/posts/{post}/archive").submit().follow()
    assert "archived" in page.html.article.get_text()
    other.get(f"/posts/{post}", status=404)
    form_to(page, f"/posts/{post}/archive").submit()
    other.get(f"/posts/{post}")


def test_who_likes_a_post_is_listed(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    post, browser = make_post(app, joon), signed_in(mina)
    form_to(browser.get(f"/posts/{post}"), f"/posts/{post}/like").submit()
    assert "@mina" in signed_in(joon).get(f"/posts/{post}/likes").html.main.get_text()
