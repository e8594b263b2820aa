"""Explore, search, hashtags, stories and reels on pages."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
import webtest

from tests.factories import Person, make_post, make_reel, make_story
from tests.web.pages.conftest import form_to, path_of
from web.core.app import App
from web.feeds.trending import TrendingService
from web.graph.service import GraphService

SignedIn = Callable[[Person], webtest.TestApp]


def test_what_is_trending_is_on_the_page(
    app: App, browser: webtest.TestApp, api: object, mina: Person
) -> None:
    make_post(app, mina, body="look at this #sunrise")
    with app.work() as services:
        services[TrendingService].rebuild()
    page = browser.get("/explore")
    assert page.html.find("a", string="#sunrise", class_="tag")["href"] == "/hashtags/sunrise"
    assert "look at this" in page.html.main.get_text()


def test_words_are_found_and_marked(
    app: App, browser: webtest.TestApp, run_jobs: Callable[[], int], mina: Person, joon: Person
) -> None:
    make_post(app, joon, body="the mint is in flower")
    run_jobs()
    page = browser.get("/search", {"q": "min"})
    assert [mark.get_text().lower() for mark in page.html.select(".member mark")] == ["mina", "mina"]
    assert page.html.select_one(".found mark").get_text() == "mint"
    assert "Nothing was found." in browser.get("/search", {"q": "zzzz"}).html.main.get_text()
    assert not browser.get("/search").html.select(".member")


@pytest.mark.parametrize("typed", ["", "   ", "x" * 500, "\x00", "' OR 1=1 --", "a & | ! <->"])
def test_nothing_that_is_typed_breaks_the_page(browser: webtest.TestApp, mina: Person, typed: str) -> None:
    browser.get("/search", {"q": typed})


def test_a_hashtag_has_a_page(app: App, browser: webtest.TestApp, mina: Person) -> None:
    make_post(app, mina, body="#산책 좋아요")
    assert "좋아요" in browser.get(f"/hashtags/{quote('산책')}").html.main.get_text()


def test_stories_are_seen_liked_and_answered(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    with app.work() as services:
        services[GraphService].follow(mina.id, joon.id)
    story = make_story(app, joon, body="today")
    browser = signed_in(mina)
    link = browser.get("/feed").html.select_one(".tray-row a[href='/stories/@joon']")
    assert "ring--new" in link.span["class"]
    page = browser.get("/stories/@joon")
    assert page.html.select_one("[data-story]")["data-story"] == str(story)
    assert path_of(form_to(page, f"/stories/{story}/like").submit()) == "/stories/@joon"
    form = form_to(page, f"/stories/{story}/answer")
    form["body"] = "lovely"
    assert "Your answer was sent." in form.submit().follow().html.select_one(".said").get_text()
    own = signed_in(joon)
    own.get(f"/stories/{story}/viewers")
    browser.get(f"/stories/{story}/viewers", status=403)
    form_to(own.get("/stories/@joon"), f"/stories/{story}/delete").submit()
    browser.get("/stories/@joon", status=404)


def test_who_is_named_in_a_story_gets_to_it_from_the_notification(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    """Also where it is not in the tray, because nobody follows anybody."""
    story = make_story(app, joon, body="with @mina", visibility="public")
    browser = signed_in(mina)
    link = browser.get("/notifications").html.select_one(f"a[href='/stories/{story}']")
    page = browser.get(link["href"]).follow()
    assert page.html.select_one("[data-story]")["data-story"] == str(story)
    assert page.html.select_one(".story__text a.mention").get_text() == "@mina"
    form_to(page, f"/stories/{story}/like").submit().follow()
    browser.get(f"/stories/{mina.id}", status=404)


def test_reels_are_shown_one_after_the_other(app: App, browser: webtest.TestApp, mina: Person) -> None:
    reels = [make_reel(app, mina) for _ in range(2)]
    shown = [reel["data-reel"] for reel in browser.get("/reels").html.select("[data-reel]")]
    assert shown == [str(reel) for reel in reversed(reels)]
