"""Signing up, in and out, through the forms."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import webtest

from tests.factories import PASSWORD, Person
from tests.web.pages.conftest import error_of, form_to, log_in, path_of, reading
from web.accounts.models import Account, Session
from web.core.clock import FixedClock
from web.core.security import COOKIE

WISH = {
    "email": "hana@example.com",
    "password": PASSWORD,
    "nickname": "Hana",
    "username": "hana",
    "birth_date": "1999-05-17",
}


def sign_up(browser: webtest.TestApp, **changes: str) -> webtest.TestResponse:
    """Fill in the sign-up form; the answer to it."""
    form = form_to(browser.get("/signup"), "/signup")
    for name, value in {**WISH, **changes}.items():
        form[name] = value
    return form.submit(expect_errors=True)


def test_a_visitor_becomes_a_member_with_the_code_in_the_mailbox(
    browser: webtest.TestApp, run_jobs: Callable[[], int]
) -> None:
    page = sign_up(browser)
    assert re.fullmatch(r"/code\?ticket=[0-9a-f-]{36}", path_of(page))
    run_jobs()
    mail = browser.get("/dev/mailbox").html.select_one(".mail")
    assert "hana@example.com" in mail.get_text()
    code = re.search(r"\d{6}", mail.h2.get_text())
    assert code
    form = form_to(page.follow(), "/code")
    form["code"] = code.group()
    welcome = form.submit()
    assert path_of(welcome) == "/feed"
    assert "Hana" in welcome.follow().text


def test_the_session_is_a_web_session_and_its_cookie_is_out_of_reach_of_scripts(
    browser: webtest.TestApp, mina: Person, owner_engine: sa.Engine
) -> None:
    answer = log_in(browser, mina)
    (cookie,) = (line for line in answer.headers.getall("Set-Cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with owner_engine.connect() as connection:
        clients = connection.scalars(sa.select(Session.client).order_by(Session.created_at)).all()
    assert clients == ["api", "web"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "not an address", "This is not an email address."),
        ("email", "", "Please fill this in."),
        ("password", "short", "Use at least 8 characters."),
        ("nickname", "   ", "Please fill this in."),
        ("nickname", "x" * 31, "Use at most 30 characters."),
        ("nickname", "a\0b", "This value is not valid."),
        ("username", "no spaces", "Use 3 to 30 Latin letters, digits, dots or underscores."),
        ("username", "mina", "This username is taken."),
        ("birth_date", "yesterday", "This is not a date."),
        ("birth_date", date.today().isoformat(), "You must be at least 13 years old to join."),  # noqa: DTZ011
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_else_is_lost(
    browser: webtest.TestApp, mina: Person, field: str, value: str, message: str
) -> None:
    page = sign_up(browser, **{field: value})
    assert page.status_int == 422
    assert error_of(page, field) == message
    assert page.html.find(id=field)["aria-describedby"] == f"{field}-error"
    form = form_to(page, "/signup")
    for name, sent in {**WISH, field: value}.items():
        if name not in ("password", field):
            assert form[name].value == sent
    assert form["password"].value == ""
    assert PASSWORD not in page.text


def test_the_zone_of_the_browser_is_taken_and_a_strange_one_is_not(
    browser: webtest.TestApp, run_jobs: Callable[[], int], owner_engine: sa.Engine
) -> None:
    zones = []
    for name, zone in (("one", "America/Lima"), ("two", "Middle/Earth")):
        reading(browser, "ja")
        page = sign_up(browser, email=f"{name}@example.com", username=f"user_{name}", zone=zone).follow()
        run_jobs()
        code = re.search(r"\d{6}", browser.get("/dev/mailbox").html.select_one(".mail h2").get_text())
        assert code
        form = form_to(page, "/code")
        form["code"] = code.group()
        form.submit()
        with owner_engine.connect() as connection:
            row = connection.execute(
                sa.select(Account.zone, Account.locale).where(Account.username == f"user_{name}")
            ).one()
        zones.append(tuple(row))
        form_to(browser.get("/feed"), "/logout").submit()
    assert zones == [("America/Lima", "ja"), ("Asia/Tokyo", "ja")]


def test_a_wrong_code_says_so_and_keeps_the_ticket(
    browser: webtest.TestApp, run_jobs: Callable[[], int]
) -> None:
    form = form_to(sign_up(browser).follow(), "/code")
    run_jobs()
    form["code"] = "abc"
    page = form.submit(status=422)
    assert error_of(page, "code") == "The code has six digits."
    again = form_to(page, "/code")
    assert again["ticket"].value == form["ticket"].value
    again["code"] = "000000"
    assert error_of(again.submit(status=422), "code") == "This code is wrong or too old."


def test_a_code_without_its_ticket_leads_back_to_the_start(browser: webtest.TestApp) -> None:
    assert path_of(browser.get("/code")) == "/signup"
    form = form_to(browser.get("/code?ticket=no-ticket"), "/code")
    form["code"] = "123456"
    for ticket in ("no ticket", ""):
        form["ticket"] = ticket
        assert "Please start again." in form.submit(status=422).html.find(role="alert").get_text()


def test_a_code_may_be_written_as_it_was_read(browser: webtest.TestApp, run_jobs: Callable[[], int]) -> None:
    form = form_to(sign_up(browser).follow(), "/code")
    run_jobs()
    code = mailed(browser, r"\d{6}")
    form["code"] = f" {code[:3]} {code[3:]} "
    assert path_of(form.submit()) == "/feed"


def mailed(browser: webtest.TestApp, pattern: str) -> str:
    """What the newest mail says."""
    found = re.search(pattern, browser.get("/dev/mailbox").html.select_one(".mail").get_text())
    assert found
    return found.group()


def test_the_link_of_the_mail_joins_only_at_the_press_of_a_button(
    browser: webtest.TestApp, run_jobs: Callable[[], int], owner_engine: sa.Engine
) -> None:
    sign_up(browser)
    run_jobs()
    page = browser.get(mailed(browser, r"/code\?token=[\w-]+"))
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Account)) == 0
    assert path_of(form_to(page, "/code").submit()) == "/feed"


def test_a_link_that_is_not_known_says_so(browser: webtest.TestApp) -> None:
    for token in ("0" * 43, "short"):
        page = form_to(browser.get(f"/code?token={token}"), "/code").submit(status=422)
        assert page.html.find(role="alert")


def test_another_code_comes_a_minute_later(
    browser: webtest.TestApp, run_jobs: Callable[[], int], clock: FixedClock
) -> None:
    page = sign_up(browser).follow()
    run_jobs()
    first = mailed(browser, r"\d{6}")
    refused = form_to(page, "/code/resend").submit(status=429)
    assert refused.headers["Retry-After"] == "60"
    assert refused.html.find(role="alert")
    clock.moment += timedelta(seconds=61)
    answer = form_to(refused, "/code/resend").submit()
    assert path_of(answer).startswith("/code?ticket=")
    again = answer.follow()
    assert "another code" in again.html.select_one(".said").get_text()
    run_jobs()
    form = form_to(again, "/code")
    form["code"] = first
    assert error_of(form.submit(status=422), "code")
    form["code"] = mailed(browser, r"\d{6}")
    assert path_of(form.submit()) == "/feed"


def test_a_refused_sign_up_leaves_no_half_account(
    browser: webtest.TestApp, run_jobs: Callable[[], int], mina: Person, owner_engine: sa.Engine
) -> None:
    """The address is taken between asking and entering the code: the account made first is undone."""
    page = sign_up(browser, username="late").follow()
    run_jobs()
    mailbox = browser.get("/dev/mailbox").html.select_one(".mail h2").get_text()
    with owner_engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE emails SET address_key = :key WHERE account_id = :id"),
            {"key": WISH["email"], "id": mina.id},
        )
    form = form_to(page, "/code")
    form["code"] = re.sub(r"\D", "", mailbox)
    assert "There is an account with this address already." in form.submit(status=422).text
    with owner_engine.connect() as connection:
        assert connection.scalars(sa.select(Account.username)).all() == ["mina"]


def test_wrong_credentials_say_neither_which(browser: webtest.TestApp, mina: Person) -> None:
    form = form_to(browser.get("/login"), "/login")
    form["email"], form["password"] = "mina@example.com", "wrong password"
    page = form.submit(status=422)
    assert page.html.find(role="alert").get_text() == "Address and password do not belong together."
    assert form_to(page, "/login")["email"].value == "mina@example.com"
    assert "wrong password" not in page.text


def test_a_visitor_is_led_to_the_page_they_wanted(browser: webtest.TestApp, mina: Person) -> None:
    wanted = browser.get("/notifications")
    assert path_of(wanted) == "/login?next=/notifications"
    assert path_of(log_in(browser, mina, path_of(wanted))) == "/notifications"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/feed\r\nSet-Cookie: a=b",
        "/ /evil.example",
        "evil.example",
        "",
    ],
)
def test_next_never_leads_elsewhere(browser: webtest.TestApp, mina: Person, elsewhere: str) -> None:
    form = form_to(browser.get("/login"), "/login")
    form["email"], form["password"] = "mina@example.com", PASSWORD
    form["next"].force_value(elsewhere)
    assert path_of(form.submit()) == "/feed"
    form_to(browser.get("/feed"), "/logout").submit()
    assert form_to(browser.get("/login", {"next": elsewhere}), "/login")["next"].value == "/feed"


def test_members_have_no_use_for_the_doors(
    signed_in: Callable[[Person], webtest.TestApp], mina: Person
) -> None:
    browser = signed_in(mina)
    for path in ("/", "/signup", "/login"):
        assert path_of(browser.get(path)) == "/feed"


def test_logging_out_ends_the_session_itself(
    signed_in: Callable[[Person], webtest.TestApp], mina: Person
) -> None:
    browser = signed_in(mina)
    stolen = browser.cookies[COOKIE]
    page = form_to(browser.get("/feed"), "/logout").submit()
    assert path_of(page) == "/"
    assert COOKIE not in browser.cookies
    browser.set_cookie(COOKIE, stolen.strip('"'))
    assert path_of(browser.get("/feed")).startswith("/login")


def test_the_csrf_token_changes_with_the_login(browser: webtest.TestApp, mina: Person) -> None:
    before = form_to(browser.get("/login"), "/login")["csrf_token"].value
    log_in(browser, mina)
    assert form_to(browser.get("/feed"), "/feed")["csrf_token"].value != before


def test_logging_out_twice_is_logging_out_once(browser: webtest.TestApp) -> None:
    token = form_to(browser.get("/"), "/language")["csrf_token"].value
    assert path_of(browser.post("/logout", {"csrf_token": token})) == "/"
