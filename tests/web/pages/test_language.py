"""In which language pages speak to whom."""

from collections.abc import Callable

import pytest
import webtest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.pages.conftest import form_to
from web.core.app import App
from web.core.mail import OutboxMailer

SignedIn = Callable[..., webtest.TestApp]


def language_of(browser: webtest.TestApp, **headers: str) -> str:
    return str(browser.get("/notifications", headers=headers).html.html["lang"])


def test_a_members_own_language_comes_before_that_of_the_browser(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina, "es")
    browser.set_cookie("plaza_language", "ja")
    assert language_of(browser, **{"Accept-Language": "en"}) == "es"


@pytest.mark.parametrize("cookie", ["ja", "xx"])
def test_a_visitor_has_the_choice_of_the_browser_then_its_header(
    browser: webtest.TestApp, cookie: str
) -> None:
    browser.set_cookie("plaza_language", cookie)
    page = browser.get("/login", headers={"Accept-Language": "es"})
    assert page.html.html["lang"] == ("ja" if cookie == "ja" else "es")


def test_what_a_member_chooses_goes_with_them(
    wsgi: object, api: Api, signed_in: SignedIn, mina: Person
) -> None:
    browser = signed_in(mina)
    form_to(browser.get("/notifications"), "/language").submit("language", value="ja")
    assert language_of(browser) == "ja"
    assert browser.cookies["plaza_language"] == "ja"
    assert api.get("/users/me", mina)["locale"] == "ja"


def test_what_a_client_sets_is_seen_on_the_next_page(api: Api, signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    assert language_of(browser) == "en"
    api.call("PATCH", "/users/me", mina, {"locale": "es"}, status=200)
    assert language_of(browser) == "es"


def test_after_logging_out_the_choice_stays_in_the_browser(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    form_to(browser.get("/notifications"), "/language").submit("language", value="ja")
    form_to(browser.get("/notifications"), "/logout").submit()
    assert browser.get("/login").html.html["lang"] == "ja"


def test_an_unknown_language_is_not_saved(api: Api, signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    token = form_to(browser.get("/notifications"), "/language")["csrf_token"].value
    browser.post("/language", {"csrf_token": token, "language": "tlh"})
    assert api.get("/users/me", mina)["locale"] == "en"


def test_the_api_speaks_as_it_is_asked_to(api: Api, mina: Person) -> None:
    headers = {"Accept-Language": "es", "Cookie": "plaza_language=ja"}
    answer = api.call("GET", "/users/@nobody", mina, headers=headers, status=404)
    assert answer.json["error"]["message"] == "Aquí no hay nada."


def test_mails_follow_the_member(app: App, api: Api, mina: Person, run_jobs: Callable[[], int]) -> None:
    for locale, subject in (("en", "already have"), ("ja", "すでに")):
        api.call("PATCH", "/users/me", mina, {"locale": locale}, status=200)
        wish = {"email": "mina@example.com", "password": "another good one", "nickname": "M"}
        wish |= {"birth_date": "1999-05-17", "locale": "es"}
        api.post("/auth/register", wish, status=202)
        run_jobs()
        assert isinstance(app.mailer, OutboxMailer)
        assert subject in app.mailer.newest()[0].subject
