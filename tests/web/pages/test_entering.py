"""Getting in by phone, second factors and new passwords; and not getting in."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
import webtest

from tests.factories import PASSWORD, Person
from tests.web.pages.conftest import error_of, form_to, log_in, path_of
from web.accounts.second_factor.service import SecondFactorService
from web.accounts.service import AccountService
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.clock import FixedClock

SignedIn = Callable[..., webtest.TestApp]
NUMBER = "+82 10-2345-6789"
CODE = r"(?<!\d)\d{6}(?!\d)"


def mailed(browser: webtest.TestApp, pattern: str, kind: str = ".mail:not([data-message])") -> str:
    """What the newest mail or message says."""
    found = re.search(pattern, browser.get("/dev/mailbox").html.select_one(kind).get_text())
    assert found
    return found.group()


def two_step(app: App, clock: FixedClock, person: Person) -> tuple[pyotp.TOTP, list[str]]:
    """Let a log-in of somebody need a second step; their app and their recovery codes."""
    with app.work() as services:
        services[SessionService].proved(person.session_id)
        setup = services[SecondFactorService].setup(person.id, person.session_id)
        totp = pyotp.TOTP(setup.secret)
        made = services[SecondFactorService].enable(person.id, person.session_id, totp.at(clock.now()))
    clock.moment += timedelta(seconds=30)
    return totp, made.codes


def test_a_new_number_becomes_an_account_that_lacks_a_birth_date(
    browser: webtest.TestApp, run_jobs: Callable[[], int]
) -> None:
    form = form_to(browser.get("/phone?next=/notifications"), "/phone")
    form["phone_number"] = NUMBER
    page = form.submit()
    assert "+821023456789" in page.html.select_one(".sheet__lead").get_text()
    run_jobs()
    form = form_to(page, "/phone/code")
    form["code"] = mailed(browser, CODE, "[data-message]")
    answer = form.submit()
    assert path_of(answer) == "/birth-date?next=/notifications"
    form = form_to(answer.follow(), "/birth-date")
    form["birth_date"] = "2020-01-01"
    assert "13 years" in error_of(form.submit(status=422), "birth_date")
    form["birth_date"] = "1999-05-17"
    assert path_of(form.submit()) == "/notifications"


def test_writing_without_a_birth_date_leads_to_the_page_that_asks_for_it(
    app: App, signed_in: SignedIn, mina: Person, owner_engine: sa.Engine
) -> None:
    browser = signed_in(mina)
    with owner_engine.begin() as connection:
        connection.execute(sa.text("UPDATE accounts SET birth_date = NULL"))
    app.value(SessionCache).clear()
    form = form_to(browser.get("/feed"), "/feed")
    form["body"] = "hello"
    assert path_of(form.submit()) == "/birth-date?next=/feed"


@pytest.mark.parametrize("number", ["123", "not a number", "+82 2 312 3456"])
def test_a_number_that_takes_no_messages_is_refused_beside_its_field(
    browser: webtest.TestApp, number: str
) -> None:
    form = form_to(browser.get("/phone"), "/phone")
    form["phone_number"] = number
    page = form.submit(status=422)
    assert error_of(page, "phone_number").startswith("This is not a phone number.")
    assert form_to(page, "/phone")["phone_number"].value == number


def test_a_wrong_code_keeps_the_number(browser: webtest.TestApp, run_jobs: Callable[[], int]) -> None:
    form = form_to(browser.get("/phone"), "/phone")
    form["phone_number"] = NUMBER
    form = form_to(form.submit(), "/phone/code")
    run_jobs()
    form["code"] = "12345"
    page = form.submit(status=422)
    assert error_of(page, "code") == "The code has six digits."
    assert form_to(page, "/phone/code")["phone_number"].value == "+821023456789"


def test_the_second_step_takes_a_code_of_the_app_or_a_recovery_code(
    app: App, browser: webtest.TestApp, clock: FixedClock, mina: Person
) -> None:
    totp, codes = two_step(app, clock, mina)
    wanted = path_of(log_in(browser, mina, "/login?next=/notifications"))
    assert wanted.startswith("/second-factor?ticket=")
    form = form_to(browser.get(wanted), "/second-factor")
    form["code"] = "wrong one"
    page = form.submit(status=422)
    assert error_of(page, "code") == "This code is wrong or was used already."
    form = form_to(page, "/second-factor")
    form["code"] = totp.at(clock.now())
    assert path_of(form.submit()) == "/notifications"
    form_to(browser.get("/feed"), "/logout").submit()
    form = form_to(log_in(browser, mina).follow(), "/second-factor")
    form["code"] = codes[0].upper()
    assert path_of(form.submit()) == "/feed"


def test_a_ticket_that_is_not_known_says_to_start_again(browser: webtest.TestApp) -> None:
    form = form_to(browser.get("/second-factor?ticket=no"), "/second-factor")
    form["code"] = "123456"
    assert form.submit(status=422).html.find(role="alert")


def test_a_passkey_that_no_script_filled_in_is_refused(browser: webtest.TestApp) -> None:
    page = form_to(browser.get("/login"), "/login/passkey").submit(status=422)
    assert page.html.find(role="alert")


def test_a_forgotten_password_is_set_anew_and_the_answer_never_tells_who_is_known(
    browser: webtest.TestApp, run_jobs: Callable[[], int], mina: Person
) -> None:
    answers = []
    for address in ("nobody@example.com", "mina@example.com"):
        form = form_to(browser.get("/forgot"), "/forgot")
        form["email"] = address
        answers.append(form.submit().html.main.get_text().replace(address, "…"))
    assert answers[0] == answers[1]
    run_jobs()
    form = form_to(browser.get(mailed(browser, r"/reset\?token=[\w-]+")), "/reset")
    form["password"] = "short"
    page = form.submit(status=422)
    assert error_of(page, "password") == "Use at least 8 characters."
    form = form_to(page, "/reset")
    form["password"] = PASSWORD
    assert error_of(form.submit(status=422), "password").startswith("You used this password before")
    form["password"] = "another good password"
    answer = form.submit()
    assert path_of(answer) == "/login"
    assert "new password is set" in answer.follow().html.select_one(".said").get_text()
    assert not browser.get("/login").html.select_one(".said"), "it is said once"
    assert form.submit(status=422).html.find(role="alert"), "the link works once"


@pytest.mark.parametrize("page", ["/reset?token=short", "/reset"])
def test_half_a_link_says_so(browser: webtest.TestApp, page: str) -> None:
    form = form_to(browser.get(page), "/reset")
    form["password"] = "another good password"
    assert "not complete" in form.submit(status=422).html.find(role="alert").get_text()


def test_who_is_suspended_is_told_until_when(
    app: App, browser: webtest.TestApp, signed_in: SignedIn, clock: FixedClock, mina: Person
) -> None:
    inside = signed_in(mina)
    with app.work() as services:
        until = (clock.now() + timedelta(days=3)).replace(hour=9)  # one day in Seoul and in UTC
        services[AccountService].suspend(mina.id, until, "spam", by=None)
    for page in (log_in_refused(browser, mina), inside.get("/feed", status=403)):
        assert page.html.h1.get_text() == "Your account is suspended"
        assert str(until.day) in page.html.main.get_text()
    assert path_of(form_to(inside.get("/feed", status=403), "/logout").submit()) == "/"


def test_who_is_banned_is_told(app: App, browser: webtest.TestApp, mina: Person) -> None:
    with app.work() as services:
        services[AccountService].ban(mina.id, "spam", by=None)
    assert log_in_refused(browser, mina).html.h1.get_text() == "Your account is closed"


def log_in_refused(browser: webtest.TestApp, person: Person) -> webtest.TestResponse:
    """The page that somebody gets who may not come in."""
    form = form_to(browser.get("/login"), "/login")
    form["email"], form["password"] = f"{person.username}@example.com", PASSWORD
    return form.submit(status=403)


def test_who_comes_back_in_time_is_welcome_and_later_is_not(
    app: App, browser: webtest.TestApp, clock: FixedClock, mina: Person
) -> None:
    def leave() -> None:
        with app.work() as services:
            services[SessionService].proved(mina.session_id)
            services[AccountService].deactivate(mina.id, mina.session_id)

    leave()
    clock.moment += timedelta(days=29)
    page = log_in(browser, mina).follow()
    assert page.html.select_one(".said")
    form_to(page, "/logout").submit()
    leave()
    clock.moment += timedelta(days=31)
    assert log_in_refused(browser, mina).html.h1.get_text() == "Your account is deactivated"
