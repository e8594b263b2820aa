"""The settings: each form saves, says what is wrong beside its field, and asks for a proof where needed."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
import webtest

from tests.factories import PASSWORD, Person, make_person, make_post
from tests.web.pages.conftest import error_of, form_to, log_in, path_of
from tests.web.pages.test_entering import CODE, mailed
from web.core.app import App
from web.core.clock import FixedClock
from web.graph.muting import MuteService
from web.graph.service import GraphService

SignedIn = Callable[..., webtest.TestApp]


def said(page: webtest.TestResponse) -> str:
    """What the form before left to say."""
    return str(page.html.select_one(".said").get_text())


def test_the_profile_is_changed_and_shown(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/settings/profile"), "/settings/profile")
    form["nickname"], form["full_name"], form["bio"] = "Minnie", "Kim Mina", "I like\r\nrivers"
    form["place"], form["interests"], form["zone"] = "Seoul", "hiking, 사진, hiking", "Europe/Madrid"
    form.set("native_languages", True, 0)
    form.set("target_languages", True, 3)
    answer = form.submit()
    assert path_of(answer) == "/settings/profile"
    assert said(answer.follow()) == "Saved."
    page = signed_in(joon).get("/members/@mina").html
    assert page.h1.get_text() == "Minnie"
    text = page.select_one(".profile").get_text()
    for shown in ("Kim Mina", "I like\nrivers", "Seoul", "hiking", "사진", "한국어", "español"):
        assert shown in text
    form = form_to(browser.get("/settings/profile"), "/settings/profile")
    assert form["interests"].value == "hiking, 사진"
    for name in ("full_name", "bio", "place", "interests"):
        form[name] = ""
    form.set("native_languages", False, 0)
    form.submit()
    text = signed_in(joon).get("/members/@mina").html.select_one(".profile").get_text()
    assert not {word for word in ("Kim Mina", "rivers", "Seoul", "hiking", "한국어") if word in text}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("nickname", " ", "Please fill this in."),
        ("username", "no spaces", "Use 3 to 30 Latin letters, digits, dots or underscores."),
        ("username", "joon", "This username is taken."),
        ("bio", "x" * 501, "Use at most 500 characters."),
        ("interests", ",".join(f"tag{number}" for number in range(21)), "Name at most 20."),
    ],
)
def test_a_refused_profile_says_why_and_keeps_the_rest(
    signed_in: SignedIn, mina: Person, joon: Person, field: str, value: str, message: str
) -> None:
    form = form_to(signed_in(mina).get("/settings/profile"), "/settings/profile")
    form["place"], form[field] = "Seoul", value
    page = form.submit(status=422)
    assert error_of(page, field) == message
    assert form_to(page, "/settings/profile")["place"].value == "Seoul"


def test_what_was_shown_last_week_needs_a_new_proof(
    signed_in: SignedIn, clock: FixedClock, mina: Person
) -> None:
    browser = signed_in(mina)
    clock.moment += timedelta(hours=1)
    for path in ("email", "phone", "deactivate", "delete"):
        assert path_of(browser.get(f"/settings/account/{path}")) == f"/prove-it?next=/settings/account/{path}"
    page = browser.get("/prove-it?next=/settings/account/email")
    form = form_to(page, "/prove-it")
    form["password"] = "not mine"
    page = form.submit(status=422)
    assert error_of(page, "password") == "This is not your password."
    form = form_to(page, "/prove-it")
    form["password"] = PASSWORD
    assert path_of(form.submit()) == "/settings/account/email"
    browser.get("/settings/account/email", status=200)


def test_a_form_that_needs_a_proof_leads_back_to_its_page(
    signed_in: SignedIn, clock: FixedClock, mina: Person
) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/settings/data"), "/settings/data")
    clock.moment += timedelta(hours=1)
    assert path_of(form.submit()) == "/prove-it?next=/settings/data"


def test_the_address_changes_once_its_code_came_back(
    signed_in: SignedIn, run_jobs: Callable[[], int], mina: Person
) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/settings/account/email"), "/settings/account/email")
    form["email"] = "not an address"
    assert error_of(form.submit(status=422), "email") == "This is not an email address."
    form["email"] = "new@example.com"
    page = form.submit().follow()
    run_jobs()
    form = form_to(page, "/settings/account/email/code")
    form["code"] = mailed(browser, CODE)
    assert said(form.submit().follow()) == "Your address is changed."
    assert "new@example.com" in browser.get("/settings/account").text


def test_the_link_to_a_new_address_needs_no_log_in(
    browser: webtest.TestApp, signed_in: SignedIn, run_jobs: Callable[[], int], mina: Person
) -> None:
    form = form_to(signed_in(mina).get("/settings/account/email"), "/settings/account/email")
    form["email"] = "new@example.com"
    form.submit()
    run_jobs()
    form = form_to(browser.get(mailed(browser, r"/confirm-email\?token=[\w-]+")), "/confirm-email")
    assert path_of(form.submit()) == "/login"
    assert form.submit(status=422).html.find(role="alert")


def test_a_number_is_added_and_the_last_way_in_stays(
    signed_in: SignedIn, run_jobs: Callable[[], int], mina: Person
) -> None:
    browser = signed_in(mina)
    page = form_to(browser.get("/settings/account"), "/settings/account/email/remove").submit(status=422)
    assert "the only way" in page.html.find(role="alert").get_text()
    form = form_to(browser.get("/settings/account/phone"), "/settings/account/phone")
    form["phone_number"] = "+82 10 2345 6789"
    page = form.submit()
    run_jobs()
    form = form_to(page, "/settings/account/phone/code")
    form["code"] = mailed(browser, CODE, "[data-message]")
    page = form.submit().follow()
    assert "+821023456789" in page.text
    page = form_to(page, "/settings/account/email/remove").submit().follow()
    assert said(page) == "Your address is removed."
    assert "mina@example.com" not in page.text


def test_another_password(signed_in: SignedIn, browser: webtest.TestApp, mina: Person) -> None:
    form = form_to(signed_in(mina).get("/settings/account/password"), "/settings/account/password")
    form["current_password"], form["new_password"] = "not mine", "another good password"
    page = form.submit(status=422)
    assert error_of(page, "current_password") == "This is not your password."
    assert "another good password" not in page.text
    form["current_password"], form["new_password"] = PASSWORD, "short"
    assert error_of(form.submit(status=422), "new_password") == "Use at least 8 characters."
    form["current_password"], form["new_password"] = PASSWORD, "another good password"
    assert said(form.submit().follow()) == "Your password is changed."
    form = form_to(browser.get("/login"), "/login")
    form["email"], form["password"] = "mina@example.com", "another good password"
    assert path_of(form.submit()) == "/feed"


def test_leaving_shows_a_way_back_on_every_page(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/settings/account/delete"), "/settings/account/delete")
    form["keeps_content"] = "true"
    page = form.submit().follow()
    assert "You can change your mind" in said(page)
    for path in ("/settings/profile", "/settings/data", "/notifications"):
        assert browser.get(path).html.select_one("form.leaving button")
    closed = browser.get("/feed", status=403)
    assert closed.html.h1.get_text() == "Your account is about to be deleted"
    page = form_to(closed, "/settings/account/stay").submit().follow()
    assert said(page).startswith("Your account stays.")
    assert not page.html.select_one("form.leaving")


def test_other_devices_are_logged_out(signed_in: SignedIn, mina: Person) -> None:
    here, there, elsewhere = signed_in(mina), signed_in(mina), signed_in(mina)
    page = here.get("/settings/sessions")
    assert len(page.html.select(".row")) == 4  # the fourth is that of the API
    assert len(page.html.select(".row .tag")) == 1
    ends = [
        form.action for form in page.forms.values() if re.fullmatch(r".*/sessions/[\w-]+/end", form.action)
    ]
    newest_other = form_to(page, ends[0])
    assert said(newest_other.submit().follow()) == "That session has ended."
    assert path_of(elsewhere.get("/feed")).startswith("/login")
    there.get("/feed", status=200)
    form_to(here.get("/settings/sessions"), "/settings/sessions/end-others").submit()
    assert path_of(there.get("/feed")).startswith("/login")
    assert len(here.get("/settings/sessions").html.select(".row")) == 1


def test_two_step_log_in_is_turned_on_and_off(
    signed_in: SignedIn, browser: webtest.TestApp, clock: FixedClock, mina: Person
) -> None:
    inside = signed_in(mina)
    page = form_to(inside.get("/settings/security/two-step"), "/settings/security/two-step").submit()
    assert page.html.select_one(".setup__code svg path")
    secret = re.sub(r"\s", "", page.html.select_one(".secret").get_text())
    form = form_to(page, "/settings/security/two-step/enable")
    form["code"] = "abc"
    again = form.submit(status=422)
    assert error_of(again, "code") == "The code has six digits."
    assert re.sub(r"\s", "", again.html.select_one(".secret").get_text()) == secret
    assert str(again.html.select_one(".setup__code svg")) == str(page.html.select_one(".setup__code svg"))
    form = form_to(again, "/settings/security/two-step/enable")
    form["code"] = pyotp.TOTP(secret).at(clock.now())
    codes = form.submit().html.select("[data-recovery-codes] code")
    assert len(codes) == 10
    assert path_of(log_in(browser, mina)).startswith("/second-factor")
    page = inside.get("/settings/security")
    assert "10 left" in page.text
    assert "Two-step log-in turned on" in page.text
    made = form_to(page, "/settings/security/recovery-codes").submit()
    assert {code.get_text() for code in made.html.select("[data-recovery-codes] code")}.isdisjoint(
        {code.get_text() for code in codes}
    )
    page = form_to(inside.get("/settings/security"), "/settings/security/two-step/disable").submit()
    assert said(page.follow()) == "Two-step log-in is off."
    assert path_of(log_in(browser, mina)) == "/feed"


def test_privacy_is_saved(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/settings/privacy"), "/settings/privacy")
    assert form["profile_visibility"].value == "everyone"
    form["profile_visibility"], form["show_followers_list"] = "friends", "nobody"
    form["online_status_visible"] = False
    assert said(form.submit().follow()) == "Saved."
    form = form_to(browser.get("/settings/privacy"), "/settings/privacy")
    assert form["profile_visibility"].value == "friends"
    assert form["show_followers_list"].value == "nobody"
    assert form["online_status_visible"].checked is False
    assert form["appear_in_suggestions"].checked is True
    form["profile_visibility"].force_value("enemies")
    assert error_of(form.submit(status=422), "profile_visibility")


def test_a_closed_profile_shows_a_card_only(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    form = form_to(signed_in(mina).get("/settings/privacy"), "/settings/privacy")
    form["profile_visibility"] = "friends"
    form.submit()
    page = signed_in(joon).get("/members/@mina")
    assert page.html.select_one(".profile__closed")
    assert not page.html.select(".profile__facts")
    asked = form_to(page, f"/members/{mina.id}/follow").submit().follow()
    button = asked.html.select_one(".follow__button[aria-pressed=true] [data-follow-state]")
    assert button.get_text() == "Requested"


def test_words_are_kept_one_in_each_line(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/settings/privacy"), "/settings/privacy/keywords")
    form["keywords"] = "spoiler\r\n 스포 일러 \r\n"
    assert said(form.submit().follow()) == "Saved."
    page = browser.get("/settings/privacy")
    form = form_to(page, "/settings/privacy/keywords")
    assert form["keywords"].value.splitlines() == ["spoiler", "스포 일러"]
    form["keywords"] = "x" * 51
    assert error_of(form.submit(status=422), "keywords")
    form["keywords"] = ""
    form.submit()
    assert not form_to(browser.get("/settings/privacy"), "/settings/privacy/keywords")["keywords"].value


def test_who_is_blocked_is_gone_until_unblocked(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    make_post(app, joon, "hello from joon")
    browser = signed_in(mina)
    form = form_to(browser.get("/members/@joon"), f"/members/{joon.id}/block")
    form["reason"] = "x" * 301
    assert error_of(form.submit(status=422), "reason") == "Use at most 300 characters."
    form["reason"] = "too loud"
    assert "not see each other" in said(form.submit().follow())
    browser.get("/members/@joon", status=404)
    signed_in(joon).get("/members/@mina", status=404)
    page = browser.get("/settings/privacy")
    assert "@joon · too loud" in page.text
    page = form_to(page, f"/members/{joon.id}/block").submit("action", value="unblock").follow()
    assert "@joon" not in page.html.main.get_text()
    browser.get("/members/@joon", status=200)


def test_who_is_muted_is_listed_until_unmuted(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    browser = signed_in(mina)
    form_to(browser.get("/members/@joon"), f"/members/{joon.id}/mute").submit("action", value="mute")
    for path in ("/settings/privacy", "/settings/privacy/muted"):
        page = browser.get(path)
        assert "@joon" in page.html.main.get_text()
    answer = form_to(page, f"/members/{joon.id}/mute").submit("action", value="unmute")
    assert path_of(answer) == "/settings/privacy/muted"
    page = answer.follow()
    assert said(page) == "You see their posts again."
    assert "You mute nobody." in page.html.main.get_text()


def test_those_who_are_kept_away_have_pages_of_their_own(app: App, signed_in: SignedIn, mina: Person) -> None:
    people = [make_person(app, f"person{number}") for number in range(6)]
    with app.work() as services:
        for person in people:
            services[MuteService].mute(mina.id, person.id)
            services[GraphService].block(mina.id, person.id, f"because {person.username}")
    browser = signed_in(mina)
    first = browser.get("/settings/privacy").html
    assert len(first.select("section[aria-labelledby=blocked] .row")) == 5
    page = browser.get(first.find("a", string="All blocked members")["href"])
    assert len(page.html.select(".row")) == 6
    assert "because person0" in page.html.main.get_text()
    answer = form_to(page, f"/members/{people[0].id}/block").submit("action", value="unblock")
    assert path_of(answer) == "/settings/privacy/blocked"
    assert len(answer.follow().html.select(".row")) == 5
    assert "You mute nobody." in first.main.get_text()  # who is blocked is not met at all


def test_following_who_blocks_is_as_if_there_were_nobody(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    browser = signed_in(joon)
    form = form_to(browser.get("/members/@mina"), f"/members/{mina.id}/follow")
    with app.work() as services:
        services[GraphService].block(mina.id, joon.id)
    form.submit(status=404)


def test_looks_are_in_the_first_answer_of_every_page(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/settings/appearance"), "/settings/appearance")
    form["theme_mode"], form["own_color"], form["accent_color"] = "dark", True, "#C8206A"
    form["font_size_multiplier"] = "1.25"
    assert said(form.submit().follow()) == "Saved."
    token = form_to(browser.get("/feed"), "/feed")["csrf_token"].value
    refused = browser.post(f"/members/{mina.id}/follow", {"csrf_token": token}, status=422)
    for page in (browser.get("/feed"), browser.get("/nowhere", status=404), refused):
        assert page.html.html["data-theme"] == "dark"
        assert page.html.html.has_attr("data-accent")
        style = page.html.select_one("style[data-looks]")
        assert style.get_text() == ":root { --accent: #c8206a; font-size: 125% }"
        assert f"'nonce-{style['nonce']}'" in page.headers["Content-Security-Policy"]
    form = form_to(browser.get("/settings/appearance"), "/settings/appearance")
    form["theme_mode"], form["own_color"], form["font_size_multiplier"] = "system", False, "1"
    form.submit()
    page = browser.get("/feed")
    assert not page.html.select("style, [data-theme], [data-accent]")


@pytest.mark.parametrize(
    ("field", "value"), [("accent_color", "red; } *"), ("font_size_multiplier", "9"), ("theme_mode", "neon")]
)
def test_looks_that_there_are_not_are_refused(
    signed_in: SignedIn, mina: Person, field: str, value: str
) -> None:
    form = form_to(signed_in(mina).get("/settings/appearance"), "/settings/appearance")
    form["own_color"] = True
    form[field].force_value(value)
    assert error_of(form.submit(status=422), field)


def test_a_copy_of_the_data_is_asked_for_and_fetched(
    app: App, signed_in: SignedIn, run_jobs: Callable[[], int], mina: Person
) -> None:
    browser = signed_in(mina)
    page = form_to(browser.get("/settings/data"), "/settings/data").submit().follow()
    assert "Your copy is being made" in page.text
    run_jobs()
    link = browser.get("/settings/data").html.select_one("a[download]")["href"]
    answer = browser.get(link.removeprefix(app.settings.public_url), headers={"Accept": "*/*"})
    assert answer.content_type == "application/zip"


def test_the_settings_want_a_member(browser: webtest.TestApp) -> None:
    for path in ("profile", "account", "sessions", "security", "privacy", "appearance", "data"):
        assert path_of(browser.get(f"/settings/{path}")) == f"/login?next=/settings/{path}"


def test_every_form_needs_the_token(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    for path in ("profile", "privacy", "appearance", "data", "account/password", "account/stay"):
        browser.post(f"/settings/{path}", {}, status=403)


def test_somebody_elses_passkey_cannot_be_removed(
    signed_in: SignedIn, mina: Person, owner_engine: sa.Engine
) -> None:
    browser = signed_in(mina)
    token = form_to(browser.get("/settings/security"), "/logout")["csrf_token"].value
    somewhere = "01a1fde9-0d7a-7464-ac02-2c06625fcd6d"
    for act in ("rename", "remove"):
        address = f"/settings/security/passkeys/{somewhere}/{act}"
        browser.post(address, {"csrf_token": token, "name": "x"}, status=404)
