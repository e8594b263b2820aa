"""What can be done with a post on pages."""

from collections.abc import Callable
from uuid import UUID

import pytest
import webtest

from tests.factories import Person, make_medium, make_post
from tests.web.pages.conftest import error_of, form_to, path_of
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.app import App

SignedIn = Callable[[Person], webtest.TestApp]


def make_photo(app: App, author: Person, count: int = 1) -> tuple[UUID, list[UUID]]:
    """A post of pictures that are described, and its media."""
    media = [make_medium(app, author) for _ in range(count)]
    shown = [{"media_id": each, "alt_text": "before"} for each in media]
    new = NewPost.model_validate({"type": "photo", "body": "look", "media": shown})
    with app.work() as services:
        return services[ContentService].post(author.id, new), media


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


def test_a_share_without_words_is_taken_back(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    post, browser = make_post(app, joon, body="the original"), signed_in(mina)
    path = f"/posts/{post}/share"
    form_to(browser.get(path), path).submit()
    (article,) = browser.get("/members/@mina").html.select("[data-list] [data-post]")
    # Also reached from the share itself, which stands for what it shows.
    forms = browser.get(f"/posts/{article['data-post']}/share").forms.values()
    (form,) = {id(form): form for form in forms if "action" in form.fields and form.action == path}.values()
    assert path_of(form.submit("action", value="unshare")) == f"/posts/{post}"
    assert not browser.get("/members/@mina").html.select("[data-list] [data-post]")
    assert "unshare" not in browser.get(path).text


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
    history = page.html.article.find("a", string="edited")["href"]
    assert [each.get_text() for each in browser.get(history).html.select(".former .post__body")] == ["frist"]
    other = signed_in(joon)
    assert not other.get(f"/posts/{post}").html.article.find("a", string="edited")
    for path in (f"/posts/{post}/edit", history):
        other.get(path, status=404)


def test_what_pictures_show_is_described_anew(app: App, signed_in: SignedIn, mina: Person) -> None:
    post, (cat, dog) = make_photo(app, mina, 2)
    browser, path = signed_in(mina), f"/posts/{post}/edit"
    form = form_to(browser.get(path), path)
    assert form[f"alt-{cat}"].value == "before"
    form["body"], form[f"alt-{cat}"], form[f"alt-{dog}"] = "", "a cat", ""
    page = form.submit().follow()
    assert [image["alt"] for image in page.html.select("article .gallery img")] == ["a cat", ""]
    assert page.html.select_one("[data-body]").get_text() == ""


@pytest.mark.parametrize("text", ["x" * 1001, "nul\0"])
def test_a_description_that_is_refused_is_shown_again(
    app: App, signed_in: SignedIn, mina: Person, text: str
) -> None:
    post, (cat,) = make_photo(app, mina)
    path = f"/posts/{post}/edit"
    form = form_to(signed_in(mina).get(path), path)
    form[f"alt-{cat}"] = text
    page = form.submit(status=422)
    assert error_of(page, "alt_texts")
    assert page.html.find(id=f"alt-{cat}")["value"].startswith(text[:3])


def test_a_visibility_is_chosen_anew(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    post, path = make_post(app, mina), "/posts/{}/edit"
    form = form_to(signed_in(mina).get(path.format(post)), path.format(post))
    form["visibility"] = "private"
    form.submit()
    signed_in(joon).get(f"/posts/{post}", status=404)


def test_an_archived_post_is_its_authors_alone(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    post, browser, other = make_post(app, mina), signed_in(mina), signed_in(joon)
    page = form_to(browser.get(f"/posts/{post}"), f"/posts/{post}/archive").submit().follow()
    assert "archived" in page.html.article.get_text()
    other.get(f"/posts/{post}", status=404)
    page = browser.get("/archived")
    assert page.html.select_one(f"[data-list] [data-post='{post}']")
    assert path_of(form_to(page, f"/posts/{post}/archive").submit()) == "/archived"
    assert not browser.get("/archived").html.select("[data-post]")
    other.get(f"/posts/{post}")
    assert not other.get("/archived").html.select("[data-post]")


def test_who_likes_a_post_is_listed(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    post, browser = make_post(app, joon), signed_in(mina)
    form_to(browser.get(f"/posts/{post}"), f"/posts/{post}/like").submit()
    other = signed_in(joon)
    link = other.get(f"/posts/{post}").html.select_one(".post__likers a")
    assert link.get_text() == "Liked by 1"
    assert "@mina" in other.get(link["href"]).html.main.get_text()
