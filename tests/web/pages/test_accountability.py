"""Accountability partners on pages: inviting by name, answering, checking in, pausing, ending."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import webtest

from tests.factories import Person
from tests.web.pages.conftest import error_of, form_to, path_of
from tests.web.statements import sent
from web.accounts.schemas.settings import PrivacyChange
from web.accounts.sessions.directory import SessionCache
from web.accounts.settings import SettingsService
from web.core.app import App
from web.graph.partners.schemas import NewPartnership, PartnershipChange
from web.graph.partners.service import PartnerService
from web.graph.service import GraphService

SignedIn = Callable[[Person], webtest.TestApp]


@pytest.fixture
def partnership(app: App, mina: Person, joon: Person) -> str:
    """The address of the page of Mina and Joon, who are partners."""
    with app.work() as services:
        partners = services[PartnerService]
        partnership_id = partners.invite(mina.id, NewPartnership(partner_id=joon.id))
        partners.change(joon.id, partnership_id, PartnershipChange(status="active"))
    return f"/accountability/{partnership_id}"


def invite(browser: webtest.TestApp, username: str, status: int = 303) -> webtest.TestResponse:
    """The answer to inviting somebody."""
    form = form_to(browser.get("/accountability"), "/accountability")
    form["username"] = username
    return form.submit(status=status)


def change(page: webtest.TestResponse, address: str, action: str) -> webtest.TestResponse:
    """Where a button of a partnership leads."""
    return form_to(page, f"{address}/change").submit("action", value=action).follow()


def notes(page: webtest.TestResponse) -> list[str]:
    """What both told, as a page lists it."""
    return [item.get_text() for item in page.html.select(".comment .post__body, .comment .comment__gone")]


def test_friends_lead_to_partners(signed_in: SignedIn, mina: Person) -> None:
    assert signed_in(mina).get("/friends").html.main.find("a", href="/accountability")


@pytest.mark.parametrize("name", ["joon", " @Joon "])
def test_somebody_is_invited_by_name_and_agrees(
    signed_in: SignedIn, mina: Person, joon: Person, name: str
) -> None:
    inviting, invited = signed_in(mina), signed_in(joon)
    assert path_of(invite(inviting, name)) == "/accountability"
    assert "has not answered yet" in inviting.get("/accountability").html.main.get_text()
    page = invited.get("/notifications")
    assert page.html.select_one(".notification a")["href"] == "/accountability"
    page = invited.get("/accountability")
    address = page.html.select_one("[data-partnership] .member__who")["href"]
    page = change(page, address, "accept")
    assert "every day" in page.html.main.get_text()
    assert "has not answered yet" not in inviting.get("/accountability").html.main.get_text()


def test_an_invitation_is_declined(signed_in: SignedIn, mina: Person, joon: Person) -> None:
    inviting, invited = signed_in(mina), signed_in(joon)
    invite(inviting, "joon")
    page = invited.get("/accountability")
    address = page.html.select_one("[data-partnership] .member__who")["href"]
    page = change(page, address, "end")
    for browser in (inviting, invited):
        assert not browser.get("/accountability").html.select("[data-partnership]")


def test_who_cannot_be_invited_is_said_beside_the_name(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, sora: Person
) -> None:
    with app.work() as services:
        services[GraphService].block(sora.id, mina.id)
        wish = PrivacyChange(who_can_send_friend_requests="no_one")
        services[SettingsService].set_privacy(joon.id, wish)
    browser = signed_in(mina)
    nobody = error_of(invite(browser, "nobody.here", 422), "username")
    assert nobody == "Nobody here has this name."
    assert error_of(invite(browser, "sora", 422), "username") == nobody
    assert error_of(invite(browser, "joon", 422), "username") == "This member takes no invitations from you."
    page = invite(browser, "mina", 422)
    assert error_of(page, "username") == "You cannot be your own accountability partner."
    assert form_to(page, "/accountability")["username"].value == "mina"
    assert error_of(invite(browser, "", 422), "username") == "Please fill this in."


def test_partners_tell_each_other_how_it_goes(
    signed_in: SignedIn, mina: Person, joon: Person, partnership: str
) -> None:
    telling, reading = signed_in(mina), signed_in(joon)
    form = form_to(telling.get("/accountability"), partnership)
    form["note"] = "ran <b>5</b> km"
    page = form.submit().follow()
    assert notes(page) == ["ran <b>5</b> km"]
    assert not telling.get("/accountability").html.select(f"form[action='{partnership}']")
    told = reading.get("/notifications").html.select_one(".notification a")
    assert told["href"] == partnership
    page = reading.get(partnership)
    assert notes(page) == ["ran <b>5</b> km"]
    assert notes(form_to(page, partnership).submit().follow()) == [
        "Checked in without words.",
        "ran <b>5</b> km",
    ]


def test_a_note_that_is_too_long_is_shown_again(signed_in: SignedIn, mina: Person, partnership: str) -> None:
    form = form_to(signed_in(mina).get(partnership), partnership)
    form["note"] = "x" * 501
    page = form.submit(status=422)
    assert error_of(page, "note") == "Use at most 500 characters."
    assert form_to(page, partnership)["note"].value == "x" * 501
    assert notes(page) == []


def test_a_break_and_the_end(signed_in: SignedIn, mina: Person, joon: Person, partnership: str) -> None:
    browser, other = signed_in(mina), signed_in(joon)
    form = form_to(browser.get(partnership), partnership)
    form["note"] = "still here"
    page = change(form.submit().follow(), partnership, "weekly")
    assert "every week" in page.html.main.get_text()
    page = change(page, partnership, "pause")
    assert "a break" in page.html.main.get_text()
    assert not page.html.select(f"form[action='{partnership}']")
    page = change(page, partnership, "resume")
    assert "You have checked in" not in page.html.main.get_text()
    page = change(page, partnership, "end")
    assert not page.html.select("[data-partnership]")
    for each in (browser, other):
        assert each.get("/accountability?show=ended").html.select("[data-partnership]")
        page = each.get(partnership)
        assert notes(page) == ["still here"]
        assert not page.html.main.select("form")


def test_nobody_else_sees_or_changes_a_partnership(
    signed_in: SignedIn, mina: Person, sora: Person, partnership: str
) -> None:
    browser = signed_in(sora)
    page = browser.get("/accountability")
    assert not page.html.select("[data-partnership]")
    token = form_to(page, "/accountability")["csrf_token"].value
    browser.get(partnership, status=404)
    browser.post(partnership, {"csrf_token": token, "note": "me too"}, status=404)
    for action in ("end", "pause", "explode"):
        browser.post(f"{partnership}/change", {"csrf_token": token, "action": action}, status=404)
    browser.get(f"/accountability/{uuid4()}", status=404)
    browser.get("/accountability/nothing", status=404)


def test_forms_of_partners_need_the_token(signed_in: SignedIn, mina: Person, partnership: str) -> None:
    browser = signed_in(mina)
    for address in ("/accountability", partnership, f"{partnership}/change"):
        browser.post(address, {"action": "end"}, status=403)


def test_the_pages_cost_the_same_for_one_and_for_many(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, sora: Person, partnership: str
) -> None:
    browser = signed_in(mina)

    def cost(address: str) -> int:
        app.value(SessionCache).clear()  # so that the session is looked up each time
        with sent(app) as statements:
            browser.get(address)
        return len(statements)

    few = cost(partnership), cost("/accountability")
    invite(browser, "sora")
    for who in (mina, joon):
        form_to(signed_in(who).get(partnership), partnership).submit()
    assert (cost(partnership), cost("/accountability")) == few
