"""A member's page, and following from it."""

from collections.abc import Callable
from uuid import UUID

import pytest
import webtest

from tests.factories import Person, make_medium, make_person, make_post, make_reel
from tests.web.conftest import Api
from tests.web.pages.conftest import content_reads, form_to, path_of
from web.content.reacting import ReactionService
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.app import App

SignedIn = Callable[[Person], webtest.TestApp]


def make_photo(app: App, author: Person, visibility: str = "public") -> UUID:
    """A post of one picture without words."""
    shown = {"type": "photo", "media": [{"media_id": make_medium(app, author)}], "visibility": visibility}
    with app.work() as services:
        return services[ContentService].post(author.id, NewPost.model_validate(shown))


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


def test_what_a_member_shared_is_shown_by_kind(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    text, reel, photo = make_post(app, mina, "words"), make_reel(app, mina), make_photo(app, mina)
    browser = signed_in(joon)
    assert len(browser.get("/members/@mina").html.select("[data-list] [data-post]")) == 3
    for show, expected in (("reels", reel), ("media", photo)):
        page = browser.get(f"/members/@mina?show={show}")
        (square,) = page.html.select("[data-list] > li > a")
        assert square["href"] == f"/posts/{expected}"
        assert square["aria-label"]
        assert page.html.select_one(".tabbar [aria-current]")["href"].endswith(f"?show={show}")
    assert f"/posts/{text}" in browser.get("/members/@mina?show=nonsense").text


def test_what_is_kept_and_put_away_is_linked_for_oneself(
    signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    for browser, is_linked in ((signed_in(mina), True), (signed_in(joon), False)):
        tabs = {link["href"] for link in browser.get("/members/@mina").html.select(".tabbar a")}
        assert ({"/saved", "/archived"} <= tabs) is is_linked


def test_a_kind_is_paged_by_itself(app: App, browser: webtest.TestApp, mina: Person) -> None:
    photos = [make_photo(app, mina) for _ in range(21)]
    page = browser.get("/members/@mina?show=media")
    rest = browser.get(page.html.select_one("[data-more]")["href"])
    assert [link["href"] for link in rest.html.select(".square")] == [f"/posts/{photos[0]}"]


def test_what_is_not_for_the_reader_is_in_no_tab(app: App, browser: webtest.TestApp, mina: Person) -> None:
    make_photo(app, mina, visibility="followers")
    make_reel(app, mina, visibility="private")
    for show in ("media", "reels", "all"):
        assert not browser.get(f"/members/@mina?show={show}").html.select("[data-list] > li")


@pytest.mark.parametrize("path", ["/members/@mina", "/members/@mina?show=media", "/saved", "/archived"])
def test_a_list_costs_the_same_whatever_its_length(
    app: App, signed_in: SignedIn, mina: Person, path: str
) -> None:
    browser = signed_in(mina)

    def share() -> None:
        for visibility in ("public", "friends"):
            post = make_photo(app, mina, visibility=visibility)
            with app.work() as services:
                services[ReactionService].save(mina.id, post)
                if path == "/archived":
                    services[ContentService].archive(mina.id, post)

    share()
    few = content_reads(app, browser, path)
    assert few >= 1
    for _ in range(5):
        share()
    assert content_reads(app, browser, path) == few


def test_a_bio_links_what_it_names(api: Api, browser: webtest.TestApp, mina: Person) -> None:
    api.call("PATCH", "/users/me", mina, {"bio": "#rivers <b>"}, status=200)
    bio = browser.get("/members/@mina").html.select_one(".profile__bio")
    assert bio.get_text() == "#rivers <b>"
    assert bio.a["href"] == "/hashtags/rivers"
