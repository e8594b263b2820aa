"""What can be done with a comment on pages, and how threads are opened."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import webtest

from tests.factories import Person, make_post
from tests.web.pages.conftest import content_reads, error_of, form_to, path_of
from web.content.comments import CommentService
from web.content.schemas import NewComment, NewCorrection
from web.core.app import App
from web.graph.service import GraphService

SignedIn = Callable[[Person], webtest.TestApp]
UNKNOWN = "01a1fd38-9fa2-728d-9d3d-b81aaab9d327"


@pytest.fixture
def post(app: App, mina: Person) -> UUID:
    """A public post of Mina's."""
    return make_post(app, mina)


def say(app: App, who: Person, post: UUID, body: str = "well", parent: UUID | None = None) -> UUID:
    with app.work() as services:
        return services[CommentService].comment(who.id, post, NewComment(body=body, parent_id=parent)).id


def shown(page: webtest.TestResponse, comment: UUID) -> Any:
    """A comment on a page."""
    return page.html.select_one(f"[data-comments] > #comment-{comment}")


def opened(post: UUID, comment: UUID) -> str:
    return f"/posts/{post}?thread={comment}#comment-{comment}"


def test_a_comment_is_liked_and_no_longer(
    app: App, signed_in: SignedIn, joon: Person, mina: Person, post: UUID
) -> None:
    comment, browser = say(app, joon, post), signed_in(mina)
    for pressed, count in (("true", "1"), ("false", "0")):
        form = form_to(browser.get(f"/posts/{post}"), f"/comments/{comment}/like")
        assert path_of(form.submit()) == opened(post, comment)
        button = shown(browser.get(f"/posts/{post}"), comment).select_one("[data-like-comment] button")
        assert button["aria-pressed"] == pressed
        assert button.select_one("[data-count]").get_text() == count


def test_a_comment_is_edited_and_its_author_reads_what_it_said(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, post: UUID
) -> None:
    comment, author, other = say(app, joon, post, "frist"), signed_in(joon), signed_in(mina)
    form = form_to(author.get(f"/comments/{comment}/edit"), f"/comments/{comment}/edit")
    assert form["body"].value == "frist"
    form["body"] = " "
    assert error_of(form.submit(status=422), "body") == "Please fill this in."
    form["body"] = "first"
    assert path_of(form.submit()) == opened(post, comment)
    history = f"/comments/{comment}/history"
    assert shown(author.get(f"/posts/{post}"), comment).find("a", href=history, string="edited")
    assert [each.get_text() for each in author.get(history).html.select(".former .post__body")] == ["frist"]
    seen = shown(other.get(f"/posts/{post}"), comment)
    assert "edited" in seen.get_text()
    assert not seen.find("a", href=history)
    for path in (history, f"/comments/{comment}/edit"):
        other.get(path, status=404)


def test_a_comment_is_taken_back_by_its_author_only(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, post: UUID
) -> None:
    comment, author, other = say(app, joon, post), signed_in(joon), signed_in(mina)
    page = other.get(f"/posts/{post}")
    assert not shown(page, comment).select("[data-confirm]")
    token = form_to(page, "/logout")["csrf_token"].value
    other.post(f"/comments/{comment}/delete", {"csrf_token": token}, status=403)
    form = form_to(author.get(f"/posts/{post}"), f"/comments/{comment}/delete")
    assert path_of(form.submit()) == f"/posts/{post}#comments"
    assert not author.get(f"/posts/{post}").html.select("[data-comments] > li")
    author.get(f"/comments/{comment}/edit", status=404)


def test_a_comment_is_corrected_in_an_answer(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, post: UUID
) -> None:
    comment, browser = say(app, joon, post, "I has a cat"), signed_in(mina)
    link = shown(browser.get(f"/posts/{post}"), comment).find("a", string="Correct")
    form = form_to(browser.get(link["href"]), f"/comments/{comment}/correct")
    assert form["corrected"].value == "I has a cat"
    assert "the same" in error_of(form.submit(status=422), "corrected")
    form["corrected"], form["body"] = "I have a cat", "have, with I"
    assert path_of(form.submit()) == opened(post, comment)
    (reply,) = browser.get(opened(post, comment)).html.select(".list--replies > li")
    assert "I have a cat" in reply.select_one(".comment__corrected").get_text()
    assert reply.select_one("[data-body]").get_text() == "have, with I"


def test_nobody_is_offered_to_correct_oneself(
    app: App, signed_in: SignedIn, joon: Person, post: UUID
) -> None:
    comment, browser = say(app, joon, post), signed_in(joon)
    page = browser.get(f"/posts/{post}")
    assert not shown(page, comment).find("a", string="Correct")
    form = form_to(browser.get(f"/comments/{comment}/correct"), f"/comments/{comment}/correct")
    form["corrected"] = "better"
    assert "edit your own" in form.submit(status=422).html.select_one(".form-error").get_text()


def test_a_correction_is_text_whatever_it_says(
    app: App, browser: webtest.TestApp, mina: Person, joon: Person, post: UUID
) -> None:
    comment = say(app, joon, post)
    with app.work() as services:
        services[CommentService].correct(mina.id, comment, NewCorrection(corrected="<script>alert(1)"))
    page = browser.get(opened(post, comment))
    assert "<script>alert" not in page.text
    assert "<script>alert(1)" in page.html.select_one(".comment__corrected").get_text()


def test_threads_open_at_every_depth(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, post: UUID
) -> None:
    root = say(app, mina, post, "one")
    second = say(app, joon, post, "two", root)
    third = say(app, mina, post, "three", second)
    browser = signed_in(joon)
    page = browser.get(f"/posts/{post}?thread={root}")
    assert not page.html.find("a", string="All comments")
    assert shown(page, second).select_one("[data-thread]")["href"] == opened(post, second)
    page = browser.get(opened(post, second))
    assert page.html.find("a", href=f"/posts/{post}#comments", string="All comments")
    assert [each["id"] for each in page.html.select("[data-list] > li")] == [f"comment-{second}"]
    assert shown(page, second).select_one(".list--replies > li")["id"] == f"comment-{third}"
    (form,) = (form for form in page.forms.values() if "parent_id" in form.fields)
    form["body"] = "deeper"
    assert path_of(form.submit()).startswith(f"/posts/{post}?thread={second}#comment-")
    assert "deeper" in shown(browser.get(opened(post, second)), second).get_text()


def test_a_refused_reply_is_shown_again_where_it_was(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, post: UUID
) -> None:
    comment, browser = say(app, joon, post), signed_in(mina)
    page = browser.get(opened(post, comment))
    (form,) = (form for form in page.forms.values() if "parent_id" in form.fields)
    form["body"] = "long " * 250
    page = form.submit(status=422)
    assert error_of(page, "reply") == "Use at most 1000 characters."
    assert error_of(page, "body") == ""
    (again,) = (form for form in page.forms.values() if "parent_id" in form.fields)
    assert again["body"].value.startswith("long long")
    assert again["parent_id"].value == str(comment)


def test_more_replies_than_fit_are_one_link_away(
    app: App, browser: webtest.TestApp, mina: Person, post: UUID
) -> None:
    root = say(app, mina, post)
    for number in range(101):
        say(app, mina, post, f"reply {number}", root)
    page = browser.get(opened(post, root))
    assert len(page.html.select(".list--replies > li")) == 100
    rest = browser.get(page.html.find("a", string="More replies")["href"])
    assert [each.get_text() for each in rest.html.select(".list--replies [data-body]")] == ["reply 100"]


def test_a_thread_belongs_to_its_post(app: App, browser: webtest.TestApp, mina: Person, post: UUID) -> None:
    comment = say(app, mina, make_post(app, mina, "elsewhere"))
    for thread in (comment, UNKNOWN, "nonsense"):
        browser.get(f"/posts/{post}?thread={thread}", status=404)


def test_what_is_out_of_sight_is_not_reached_by_its_address(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, sora: Person, post: UUID
) -> None:
    comment = say(app, joon, post, "commentmark")
    secret = say(app, mina, make_post(app, mina, "for me", visibility="private"), "secretmark")
    with app.work() as services:
        services[GraphService].block(joon.id, sora.id)
    browser = signed_in(sora)
    paths = [f"/posts/{post}?thread={comment}"]
    paths += [
        f"/comments/{each}/{what}" for each in (comment, secret) for what in ("correct", "edit", "history")
    ]
    for path in paths:
        assert "mark" not in browser.get(path, status=404).html.main.get_text()


@pytest.mark.parametrize("action", ["like", "edit", "correct", "delete"])
def test_a_form_from_another_site_is_refused(
    app: App, signed_in: SignedIn, mina: Person, post: UUID, action: str
) -> None:
    comment = say(app, mina, post)
    signed_in(mina).post(f"/comments/{comment}/{action}", {"body": "not mine"}, status=403)


def test_visitors_read_without_buttons(app: App, browser: webtest.TestApp, mina: Person, post: UUID) -> None:
    comment = say(app, mina, post, "@mina sees #rivers")
    item = shown(browser.get(f"/posts/{post}"), comment)
    assert not item.select("form, button")
    assert [link.get_text() for link in item.select("[data-body] a")] == ["@mina", "#rivers"]


def test_a_thread_costs_the_same_whatever_its_length(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, post: UUID
) -> None:
    root, browser = say(app, joon, post), signed_in(mina)
    say(app, joon, post, "@mina", root)
    few = content_reads(app, browser, opened(post, root))
    assert few > 1
    for number in range(15):
        say(app, joon, post, f"@mina {number}", root)
        say(app, mina, post, f"@joon {number}")
    assert content_reads(app, browser, opened(post, root)) == few
