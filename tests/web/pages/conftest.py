"""Browsers that are signed in, and how tests find their way around pages."""

from collections.abc import Callable

import pytest
import webtest

from tests.factories import PASSWORD, Person
from tests.web.statements import sent
from web.accounts.service import AccountService
from web.core.app import App

HTML = {"Accept": "text/html"}
Page = webtest.TestResponse


@pytest.fixture
def browser(browser: webtest.TestApp) -> webtest.TestApp:
    """A browser that asks for pages, in English."""
    return reading(browser, "en")


@pytest.fixture
def signed_in(app: App, wsgi: object, browser: webtest.TestApp) -> Callable[..., webtest.TestApp]:
    """Opens a browser in which a member is signed in who reads English, or another language."""

    def open_browser(person: Person, language: str = "en") -> webtest.TestApp:
        with app.work() as services:
            services[AccountService].set_locale(person.id, language)
        other = reading(webtest.TestApp(wsgi), language)
        log_in(other, person)
        return other

    return open_browser


def reading(browser: webtest.TestApp, language: str) -> webtest.TestApp:
    """Let a browser ask for pages, in one language that it has chosen."""
    browser.extra_environ |= {"HTTP_ACCEPT": HTML["Accept"]}
    browser.set_cookie("plaza_language", language)
    return browser


def form_to(page: Page, action: str) -> webtest.Form:
    """The form of a page that posts to an address."""
    (form,) = {id(form): form for form in page.forms.values() if form.action == action}.values()
    return form


def log_in(browser: webtest.TestApp, person: Person, path: str = "/login") -> Page:
    """Sign in through the form; the answer to it."""
    form = form_to(browser.get(path), "/login")
    form["email"] = f"{person.username}@example.com"
    form["password"] = PASSWORD
    return form.submit()


def path_of(response: Page) -> str:
    """Where a redirect leads, without the host."""
    assert response.status_int == 303, response
    location: str = response.headers["Location"]
    return location.removeprefix("http://localhost")


def english(app: App, person: Person) -> Person:
    """Let a member read English, which decides the language of their pages."""
    with app.work() as services:
        services[AccountService].set_locale(person.id, "en")
    return person


def error_of(page: Page, field: str) -> str:
    """The error beside a field; '' when there is none."""
    found = page.html.find(id=f"{field}-error")
    return found.get_text() if found else ""


def content_reads(app: App, browser: webtest.TestApp, path: str) -> int:
    """How many reads of content a page costs; those that depend on the clock, of sessions, are left out."""
    with sent(app) as statements:
        browser.get(path)
    return sum("content" in each for each in statements if each.startswith(("SELECT", "WITH")))
