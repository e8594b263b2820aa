"""The pictures of oneself in the settings: sent, made, shown, refused, removed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import webtest

from tests.factories import Person
from tests.web.media.samples import cut_off, picture, video
from tests.web.pages.conftest import error_of, form_to, path_of
from tests.web.swapped import swapped
from web.core.app import App
from web.core.job_runner import JobRunner
from web.core.settings import Limits, Settings
from web.core.throttle import Throttle

SignedIn = Callable[[Person], webtest.TestApp]
PAGE = "/settings/profile"


def send(browser: webtest.TestApp, which: str, content: bytes | None, status: int = 303) -> Any:
    """The answer to the form of a picture; without content nothing was chosen."""
    form = form_to(browser.get(PAGE), f"{PAGE}/pictures/{which}")
    if content is not None:
        form["image"] = webtest.Upload("me.jpg", content)
    return form.submit(status=status)


def hint(page: webtest.TestResponse, which: str) -> str:
    """What stands below the field of a picture."""
    return str(page.html.find(id=f"picture-{which}-hint").get_text())


@pytest.mark.parametrize(("which", "shown"), [("profile", ".profile img.avatar"), ("cover", "img.cover")])
def test_a_picture_is_sent_and_shown_once_it_is_made(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, which: str, shown: str
) -> None:
    browser = signed_in(mina)
    answer = send(browser, which, picture(900, 600))
    assert path_of(answer) == PAGE
    page = answer.follow()
    assert hint(page, which) == "Your new picture is being made ready."
    assert page.html.select("[data-waiting]") == [page.html.find(id=f"picture-{which}-part")]
    JobRunner(app, "media").run_due()
    page = browser.get(PAGE)
    assert not page.html.select("[data-waiting]")
    assert page.html.select_one(f"#picture-{which}-part img")
    other = signed_in(joon)
    image = other.get("/members/@mina").html.select_one(shown)
    assert other.get(image["src"], headers={"Accept": "*/*"}).content_type == "image/webp"
    form_to(page, f"{PAGE}/pictures/{which}/remove").submit().follow()
    assert not other.get("/members/@mina").html.select(shown)
    assert not browser.get(PAGE).html.select(f"#picture-{which}-part img")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Choose a picture first."),
        (b"", "Choose a picture first."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is no picture that Plaza can show."),
        (video(), "This is no picture that Plaza can show."),
        (picture() + bytes(10 * 1024 * 1024), "Choose a picture of at most 10 MB."),
    ],
    ids=["nothing", "empty", "SVG", "video", "large"],
)
def test_what_is_refused_says_why_beside_its_field(
    signed_in: SignedIn, mina: Person, content: bytes | None, message: str
) -> None:
    page = send(signed_in(mina), "cover", content, status=422)
    assert error_of(page, "picture-cover").startswith(message)
    assert error_of(page, "picture-profile") == ""
    assert form_to(page, PAGE)["nickname"].value == "Mina"


def test_a_picture_that_turns_out_to_be_broken_says_so(app: App, signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    send(browser, "profile", cut_off())
    JobRunner(app, "media").run_due()
    assert "broken" in error_of(browser.get(PAGE), "picture-profile")


def test_too_many_pictures_are_refused_for_now(
    app: App, signed_in: SignedIn, settings: Settings, mina: Person
) -> None:
    browser = signed_in(mina)
    strict = replace(settings, limits=Limits(uploads="1/hour"))
    with swapped(app, Throttle, Throttle(strict, app.valkey)):
        send(browser, "profile", None, status=422)  # nothing was sent, so nothing is counted
        send(browser, "profile", picture())
        page = send(browser, "profile", picture(), status=429)
    assert error_of(page, "picture-profile")


def test_there_are_two_pictures(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    token = form_to(browser.get(PAGE), PAGE)["csrf_token"].value
    for address in ("pictures/post", "pictures/post/remove"):
        browser.post(f"{PAGE}/{address}", {"csrf_token": token}, status=404)
    for address in ("pictures/cover", "pictures/cover/remove"):
        browser.post(f"{PAGE}/{address}", {}, status=403)
