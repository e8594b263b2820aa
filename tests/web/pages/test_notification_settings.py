"""How the member is told: devices, channels, quiet hours, types; and the script that receives pushes."""

from collections.abc import Callable

import pytest
import webtest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.notifications.receivers import make_push
from tests.web.pages.conftest import form_to, path_of
from web.core.app import App
from web.notifications.delivery.push_services import PushServices
from web.notifications.devices.schemas import NewDevice
from web.notifications.devices.service import DeviceService

SignedIn = Callable[..., webtest.TestApp]
HERE = "/settings/notifications"


def test_wishes_are_saved_and_shown(signed_in: SignedIn, api: Api, mina: Person) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get(HERE), HERE)
    assert (form["push"].checked, form["sms"].checked, form["member_followed:push"].checked) == (
        True,
        False,
        True,
    )
    form["push"], form["digest"] = False, "weekly"
    form["quiet_from"], form["quiet_until"] = "22:30", "07:00"
    form["member_followed:push"], form["member_followed:email"] = False, True
    assert path_of(form.submit()) == HERE
    form = form_to(browser.get(HERE), HERE)
    assert (form["push"].checked, form["digest"].value) == (False, "weekly")
    assert (form["quiet_from"].value, form["quiet_until"].value) == ("22:30", "07:00")
    saved = api.get("/notifications/preferences", mina)
    [follows] = [choice for choice in saved["types"] if choice["type"] == "member_followed"]
    assert (follows["in_app"], follows["push"], follows["email"]) == (True, False, True)
    form["quiet_from"] = form["quiet_until"] = ""
    form.submit()
    assert api.get("/notifications/preferences", mina)["quiet_hours"] is None


@pytest.mark.parametrize(("start", "end"), [("22:00", ""), ("", "07:00"), ("22:00", "22:00"), ("late", "7")])
def test_quiet_hours_that_are_none_are_refused(
    signed_in: SignedIn, mina: Person, start: str, end: str
) -> None:
    form = form_to(signed_in(mina).get(HERE), HERE)
    form["quiet_from"], form["quiet_until"] = start, end
    page = form.submit(status=422)
    assert page.html.select_one(".form-error, .field__error")


def test_a_type_that_is_not_known_changes_nothing(signed_in: SignedIn, api: Api, mina: Person) -> None:
    browser = signed_in(mina)
    fields = form_to(browser.get(HERE), HERE).submit_fields()
    browser.post(HERE, [*fields, ("shown", "made_up"), ("made_up:push", "on")], status=303)
    assert "made_up" not in api.call("GET", "/notifications/preferences", mina).text


def test_a_device_is_listed_and_removed(
    app: App, signed_in: SignedIn, api: Api, mina: Person, joon: Person
) -> None:
    with app.work() as services:
        new = NewDevice(device_type="ios", token="ExponentPushToken[x]", app_version="2.4")
        services[DeviceService].register(mina.id, mina.session_id, new)
    browser = signed_in(mina)
    page = browser.get(HERE)
    [row] = page.html.select(".row")
    assert "iPhone" in row.get_text()
    assert "2.4" in row.get_text()
    assert not signed_in(joon).get(HERE).html.select(".row")
    form = next(form for form in page.forms.values() if form.action.endswith("/remove"))
    stranger = signed_in(joon)
    token = form_to(stranger.get(HERE), HERE)["csrf_token"].value
    stranger.post(form.action, {"csrf_token": token}, status=404)
    assert len(api.get("/devices", mina)["items"]) == 1
    assert path_of(form.submit()) == HERE
    assert api.get("/devices", mina)["items"] == []


def test_the_script_that_receives_pushes_has_all_of_plaza_as_its_scope(browser: webtest.TestApp) -> None:
    answer = browser.get("/sw.js")
    assert answer.content_type == "text/javascript"
    assert "no-cache" in answer.headers["Cache-Control"] or "max-age=0" in answer.headers["Cache-Control"]
    assert 'addEventListener("push"' in answer.text


def test_the_mailbox_of_development_shows_pushes(
    app: App, browser: webtest.TestApp, mina: Person, joon: Person
) -> None:
    service = app.value(PushServices).get("fcm")
    assert service is not None
    service.send([make_push("token", title="Joon likes your post")])
    page = browser.get("/dev/mailbox", headers={"Accept-Language": "en"})
    assert "Joon likes your post" in page.html.select_one("[data-push-kept]").get_text()
