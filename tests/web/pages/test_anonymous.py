"""The page of talks with strangers: who may open it, and what it alone is allowed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import webtest

from tests.factories import Person, make_person
from tests.web.swapped import swapped
from web.accounts.schemas.profile import ProfileChange
from web.accounts.service import AccountService
from web.core.app import App
from web.core.clock import Clock
from web.core.settings import Settings

SignedIn = Callable[[Person], webtest.TestApp]


@pytest.fixture
def minor(app: App) -> Person:
    """Somebody of fifteen."""
    today = Clock().now().date()
    return make_person(app, "young", birth_date=date(today.year - 15, 1, 1))


def test_who_is_younger_than_18_finds_nothing_to_press(signed_in: SignedIn, minor: Person) -> None:
    page = signed_in(minor).get("/anonymous")
    assert "This is for people of 18 or older." in page.html.main.get_text()
    assert not page.html.select("[data-anonymous]")
    assert "camera=()" in page.headers["Permissions-Policy"]


def test_only_this_page_may_use_camera_and_microphone(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    assert browser.get("/anonymous").headers["Permissions-Policy"] == (
        "geolocation=(), microphone=(self), camera=(self)"
    )
    for path in ("/feed", "/rooms"):
        assert browser.get(path).headers["Permissions-Policy"] == "geolocation=(), microphone=(), camera=()"


def test_what_one_speaks_is_filled_in(app: App, signed_in: SignedIn, mina: Person) -> None:
    with app.work() as services:
        change = ProfileChange(native_languages=["ko", "gsw"], target_languages=["es"], interests=["tea"])
        services[AccountService].change(mina.id, change)
    page = signed_in(mina).get("/anonymous")
    ticked = {each["value"] for each in page.html.select("[name=speaks][checked]")}
    assert ticked == {"ko", "gsw"}
    assert [each["value"] for each in page.html.select("[name=learns][checked]")] == ["es"]
    assert page.html.select_one("#interests")["value"] == "tea"
    assert not page.html.select("[name=direct_calls][checked]")  # nobody shows an address without wanting it


def test_where_calls_need_no_relay_the_page_says_so(app: App, signed_in: SignedIn, mina: Person) -> None:
    with swapped(app, Settings, replace(app.settings, webrtc_direct=True)):
        page = signed_in(mina).get("/anonymous")
    assert "Calls go straight to the other here" in page.html.main.get_text()
    assert not page.html.select("[name=direct_calls]")


def test_without_scripts_the_page_says_why_it_is_empty(signed_in: SignedIn, mina: Person) -> None:
    page = signed_in(mina).get("/anonymous")
    assert "needs JavaScript" in page.html.select_one("noscript").get_text()
    shown = [each["data-part"] for each in page.html.select("[data-part]:not([hidden])")]
    assert shown == ["wish"]
