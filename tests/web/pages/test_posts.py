"""A post's page: reading, liking, commenting, answering, taking back."""

from collections.abc import Callable

import pytest
import webtest

from tests.factories import Person, make_post
from tests.web.pages.conftest import error_of, form_to, path_of
from web.core.app import App

SignedIn = Callable[[Person], webtest.TestApp]


def test_anyone_reads_a_public_post(app: App, browser: webtest.TestApp, mina: Person) -> None:
    post_id = make_post(app, mina, "for everyone")
    page = browser.get(f"/posts/{post_id}")
    assert "for everyone" in page.text
    assert page.html.find("a", href=f"/login?next=/posts/{post_id}")
    assert not [form for form in page.forms.values() if form.action == f"/posts/{post_id}"]


def test_a_private_post_is_not_there_for_others(
    app: App, browser: webtest.TestApp, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    post_id = make_post(app, mina, "for me", visibility="private")
    assert "for me" in signed_in(mina).get(f"/posts/{post_id}").text
    for visitor in (browser, signed_in(joon)):
        assert "for me" not in visitor.get(f"/posts/{post_id}", status=404).text


@pytest.mark.parametrize(
    "path", ["/posts/nonsense", "/posts/01a1fd38-9fa2-728d-9d3d-b81aaab9d327", "/nowhere", "/members/@nobody"]
)
def test_what_is_not_there_gets_a_friendly_page(browser: webtest.TestApp, path: str) -> None:
    page = browser.get(path, status=404)
    assert page.html.h1.get_text() == "There is nothing here."
    assert page.html.find("a", href="/", class_="button")
    assert page.headers["X-Request-Id"] in page.text


def test_liking_and_taking_it_back(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    browser = signed_in(joon)
    path = f"/posts/{post_id}"
    for pressed, count in (("true", "1"), ("false", "0")):
        assert path_of(form_to(browser.get(path), f"{path}/like").submit()) == path
        like = browser.get(path).html.select_one(".action--like")
        assert like["aria-pressed"] == pressed
        assert like.select_one("[data-like-count]").get_text() == count


def test_a_like_in_the_feed_leads_back_to_the_feed(app: App, signed_in: SignedIn, mina: Person) -> None:
    post_id = make_post(app, mina)
    form = form_to(signed_in(mina).get("/feed"), f"/posts/{post_id}/like")
    assert path_of(form.submit()) == "/feed"


def test_commenting(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    browser = signed_in(joon)
    path = f"/posts/{post_id}"
    form = form_to(browser.get(path), path)
    form["body"] = "<b>well said</b>"
    answer = form.submit()
    assert path_of(answer).startswith(f"{path}#comment-")
    page = browser.get(path)
    (comment,) = page.html.select("[data-comments] > li")
    assert comment["id"] == path_of(answer).partition("#")[2]
    assert "<b>well said</b>" in comment.get_text()
    assert page.html.select_one("[data-comment-count]").get_text() == "1"


def test_an_empty_comment_is_shown_again(app: App, signed_in: SignedIn, mina: Person) -> None:
    path = f"/posts/{make_post(app, mina)}"
    page = form_to(signed_in(mina).get(path), path).submit(status=422)
    assert error_of(page, "body") == "Please fill this in."


def test_answering_a_comment(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    path = f"/posts/{make_post(app, mina)}"
    browser = signed_in(mina)
    form = form_to(browser.get(path), path)
    form["body"] = "who comes along?"
    form.submit()
    thread = signed_in(joon).get(path).html.select_one("[data-thread]")
    assert thread.get_text() == "Reply"
    other = signed_in(joon)
    page = other.get(thread["href"])
    (reply,) = (form for form in page.forms.values() if "parent_id" in form.fields)
    reply["body"] = "I do"
    answer = reply.submit()
    assert path_of(answer).startswith(f"{path}?thread={reply['parent_id'].value}#comment-")
    page = browser.get(path)
    assert page.html.select_one("[data-thread]").get_text() == "1 reply"
    replies = browser.get(page.html.select_one("[data-thread]")["href"]).html.select(".list--replies > li")
    assert [item.select_one("[data-body]").get_text() for item in replies] == ["I do"]


def test_only_its_author_is_offered_to_delete_a_post(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    path = f"/posts/{make_post(app, mina)}"
    author, other = signed_in(mina), signed_in(joon)
    page = other.get(path)
    assert not page.html.select("[data-confirm]")
    token = form_to(page, "/logout")["csrf_token"].value
    assert "Only its owner" in other.post(f"{path}/delete", {"csrf_token": token}, status=403).text
    assert path_of(form_to(author.get(path), f"{path}/delete").submit()) == "/feed"
    author.get(path, status=404)


@pytest.mark.parametrize("action", ["", "/like", "/delete"])
def test_a_form_from_another_site_is_refused(
    app: App, signed_in: SignedIn, mina: Person, action: str
) -> None:
    path = f"/posts/{make_post(app, mina)}"
    signed_in(mina).post(path + action, {"body": "not mine"}, status=403)


def test_more_comments_than_fit_on_a_page(app: App, signed_in: SignedIn, mina: Person) -> None:
    path = f"/posts/{make_post(app, mina)}"
    browser = signed_in(mina)
    form = form_to(browser.get(path), path)
    for number in range(23):
        form["body"] = f"comment {number}"
        form.submit()
    page = browser.get(path)
    assert len(page.html.select("[data-list] > li")) == 20
    rest = browser.get(page.html.select_one("[data-more]")["href"])
    assert len(rest.html.select("[data-list] > li")) == 3
