"""Rooms on pages: finding one, the door, talking and keeping order, all of it without scripts."""

from collections.abc import Callable
from uuid import UUID

import pytest
import webtest

from tests.factories import Person, make_room
from tests.web.pages.conftest import Page, error_of, form_to, path_of
from web.core.app import App
from web.graph.service import GraphService
from web.rooms.directory import RoomDirectory
from web.rooms.doors import RoomDoors
from web.rooms.order import RoomOrder
from web.rooms.schemas import NewRoomMessage, Room
from web.rooms.talk import RoomTalk

SignedIn = Callable[[Person], webtest.TestApp]


@pytest.fixture
def room(app: App, mina: Person, joon: Person) -> UUID:
    """Mina's, with Joon in it."""
    room_id = make_room(app, mina, name="Seoul walks")
    join(app, joon, room_id)
    return room_id


def join(app: App, who: Person, room_id: UUID, password: str | None = None) -> None:
    with app.work() as services:
        services[RoomDoors].join(who.id, room_id, password)


def say(app: App, who: Person, room_id: UUID, body: str) -> None:
    with app.work() as services:
        new = NewRoomMessage(client_id=UUID(int=hash(body) % 2**64), body=body)
        services[RoomTalk].say(who.id, room_id, new)


def seen_by(app: App, who: Person, room_id: UUID) -> Room:
    with app.work() as services:
        return services[RoomDirectory].room(who.id, room_id)


def said(page: Page) -> list[str]:
    """What a page of a room shows, from above."""
    return [each.get_text(strip=True) for each in page.html.select("[data-lines] [data-body]")]


def names(page: Page) -> list[str]:
    """The rooms of a list."""
    return [each.get_text(strip=True) for each in page.html.select(".room__name a")]


def test_a_room_is_opened_found_and_entered(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    host, guest = signed_in(mina), signed_in(joon)
    form = form_to(host.get("/rooms/new"), "/rooms/new")
    form["name"], form["topic"], form["language"] = "Seoul walks", "Where to go", "ko"
    address = path_of(form.submit())
    assert names(guest.get("/rooms?q=seoul&language=ko")) == ["Seoul walks"]
    assert names(guest.get("/rooms?q=seoul&language=ja")) == []
    assert names(guest.get("/rooms?show=mine")) == []
    page = guest.get(address)
    assert not page.html.select("[data-lines]")
    page = form_to(page, f"{address}/join").submit().follow()
    assert said(page) == ["Mina has come in", "Joon has come in"]
    assert names(guest.get("/rooms?show=mine")) == ["Seoul walks"]


def test_an_empty_form_opens_no_room(signed_in: SignedIn, mina: Person) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get("/rooms/new"), "/rooms/new")
    form["max_participants"] = "2"
    page = form.submit(status=422)
    assert error_of(page, "name") == "Please fill this in."
    assert page.html.select_one("#max_participants")["value"] == "2"


def test_the_door_asks_for_the_password(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    room_id = make_room(app, mina, password="open sesame")
    browser = signed_in(joon)
    form = form_to(browser.get(f"/rooms/{room_id}"), f"/rooms/{room_id}/join")
    form["password"] = "open barley"
    page = form.submit(status=422)
    assert error_of(page, "password") == "This is not the password of the room."
    assert "open barley" not in page.text
    form = form_to(page, f"/rooms/{room_id}/join")
    form["password"] = "open sesame"
    assert path_of(form.submit()) == f"/rooms/{room_id}"


def test_something_is_said_once_however_often_the_form_is_sent(
    signed_in: SignedIn, joon: Person, room: UUID
) -> None:
    browser = signed_in(joon)
    form = form_to(browser.get(f"/rooms/{room}"), f"/rooms/{room}")
    form["body"] = "  hello <b>all</b> "
    form.submit()
    page = form.submit().follow()
    assert said(page)[-1] == "hello <b>all</b>"
    assert len(said(page)) == 3


def test_who_is_too_fast_keeps_the_words(app: App, signed_in: SignedIn, mina: Person, joon: Person) -> None:
    room_id = make_room(app, mina, slow_mode_seconds=60)
    join(app, joon, room_id)
    say(app, joon, room_id, "first")
    form = form_to(signed_in(joon).get(f"/rooms/{room_id}"), f"/rooms/{room_id}")
    form["body"] = "second"
    answer = form.submit(status=429)
    assert answer.html.select_one("#body").get_text() == "second"
    assert int(answer.headers["Retry-After"]) <= 60


def test_older_messages_are_on_the_next_page(app: App, signed_in: SignedIn, joon: Person, room: UUID) -> None:
    for number in range(25):
        say(app, joon, room, f"line {number}")
    browser = signed_in(joon)
    page = browser.get(f"/rooms/{room}")
    assert said(page)[-1] == "line 24"
    older = browser.get(page.html.select_one("[data-older]")["href"])
    assert said(older) + said(page) == [
        "Mina has come in",
        "Joon has come in",
        *(f"line {number}" for number in range(25)),
    ]


def test_the_page_names_the_number_from_which_its_script_goes_on(
    app: App, signed_in: SignedIn, joon: Person, room: UUID
) -> None:
    say(app, joon, room, "hello")
    page = signed_in(joon).get(f"/rooms/{room}")
    assert page.html.select_one("[data-room]")["data-last-seq"] == str(seen_by(app, joon, room).last_seq)
    assert page.html.select("[data-line]")[-1]["data-seq"] == str(seen_by(app, joon, room).last_seq)


def test_only_ones_own_messages_can_be_taken_back_and_all_by_who_keeps_order(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, room: UUID
) -> None:
    say(app, mina, room, "from the host")
    say(app, joon, room, "from a guest")
    guest, host = signed_in(joon), signed_in(mina)
    assert len(guest.get(f"/rooms/{room}").html.select("[data-lines] [data-remove]")) == 1
    page = host.get(f"/rooms/{room}")
    addresses = [form["action"] for form in page.html.select("[data-lines] [data-remove]")]
    assert len(addresses) == 2
    page = form_to(page, addresses[1]).submit().follow()
    assert said(page)[-2:] == ["from the host", "removed"]


def test_somebody_is_shown_out_for_a_while(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, room: UUID
) -> None:
    host, guest = signed_in(mina), signed_in(joon)
    form = form_to(host.get(f"/rooms/{room}/people"), f"/rooms/{room}/people/{joon.id}")
    form["minutes"] = "5"
    form.submit("action", value="kick")
    page = guest.get(f"/rooms/{room}")
    assert "You were shown out. You may come back after" in page.html.main.get_text()
    assert not page.html.select(f"form[action='/rooms/{room}/join']")
    out = host.get(f"/rooms/{room}/people?show=out")
    form_to(out, f"/rooms/{room}/people/{joon.id}").submit("action", value="unban")
    assert seen_by(app, joon, room).banned is False


def test_the_host_lets_somebody_keep_order_and_shuts_somebody_out(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, room: UUID
) -> None:
    host, guest = signed_in(mina), signed_in(joon)
    act = f"/rooms/{room}/people/{joon.id}"
    form_to(host.get(f"/rooms/{room}/people"), act).submit("action", value="make_admin")
    assert seen_by(app, joon, room).my_role == "admin"
    guest.get(f"/rooms/{room}/settings")
    form_to(host.get(f"/rooms/{room}/people"), act).submit("action", value="unmake_admin")
    guest.get(f"/rooms/{room}/settings", status=404)
    form_to(host.get(f"/rooms/{room}/people"), act).submit("action", value="ban")
    assert seen_by(app, joon, room).banned is True


def test_who_keeps_no_order_finds_no_tools(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, room: UUID
) -> None:
    browser = signed_in(joon)
    page = browser.get(f"/rooms/{room}/people")
    assert not page.html.select(".order")
    browser.get(f"/rooms/{room}/people?show=out", status=403)
    token = form_to(page, "/logout")["csrf_token"].value
    browser.post(f"/rooms/{room}/people/{mina.id}", {"csrf_token": token, "action": "kick"}, status=403)
    browser.post(f"/rooms/{room}/close", {"csrf_token": token}, status=403)
    assert seen_by(app, mina, room).my_role == "host"


def test_an_admin_finds_no_tools_for_admins(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, sora: Person, room: UUID
) -> None:
    join(app, sora, room)
    with app.work() as services:
        services[RoomOrder].make_admin(mina.id, room, joon.id)
    forms = signed_in(joon).get(f"/rooms/{room}/people").html.select(".order form")
    assert [form["action"] for form in forms] == [f"/rooms/{room}/people/{sora.id}"]
    assert not [button for button in forms[0].select("button") if button["value"] == "make_admin"]


def test_a_room_is_changed(app: App, signed_in: SignedIn, mina: Person, room: UUID) -> None:
    browser = signed_in(mina)
    form = form_to(browser.get(f"/rooms/{room}/settings"), f"/rooms/{room}/settings")
    form["name"], form["topic"], form["language"] = "Busan walks", "", ""
    form["slow_mode_seconds"], form["password"] = "30", "haeundae"
    form.submit()
    found = seen_by(app, mina, room)
    assert (found.name, found.topic, found.language) == ("Busan walks", "", None)
    assert (found.slow_mode_seconds, found.has_password) == (30, True)
    form = form_to(browser.get(f"/rooms/{room}/settings"), f"/rooms/{room}/settings")
    assert form["slow_mode_seconds"].value == "30"
    form.submit()
    assert seen_by(app, mina, room).has_password  # an empty field leaves it
    form["open_to_all"] = True
    form.submit()
    assert not seen_by(app, mina, room).has_password


def test_a_limit_below_those_who_are_there_is_refused_beside_its_field(
    app: App, signed_in: SignedIn, mina: Person, sora: Person, room: UUID
) -> None:
    join(app, sora, room)
    form = form_to(signed_in(mina).get(f"/rooms/{room}/settings"), f"/rooms/{room}/settings")
    form["max_participants"] = "2"
    page = form.submit(status=422)
    assert error_of(page, "max_participants") == "There are more people in this room already."


def test_a_room_is_left_and_closed(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, room: UUID
) -> None:
    guest, host = signed_in(joon), signed_in(mina)
    page = form_to(guest.get(f"/rooms/{room}"), f"/rooms/{room}/leave").submit().follow()
    assert "You have left the room." in page.html.select_one(".said").get_text()
    form_to(host.get(f"/rooms/{room}/settings"), f"/rooms/{room}/close").submit()
    guest.get(f"/rooms/{room}", status=404)


def test_a_block_hides_the_room_of_a_host(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, room: UUID
) -> None:
    with app.work() as services:
        services[GraphService].block(mina.id, joon.id)
    browser = signed_in(joon)
    assert names(browser.get("/rooms")) == []
    browser.get(f"/rooms/{room}", status=404)
    browser.get(f"/rooms/{room}/people", status=404)


def test_rooms_are_for_members(browser: webtest.TestApp, room: UUID) -> None:
    for path in ("/rooms", "/rooms/new", f"/rooms/{room}", "/anonymous"):
        assert path_of(browser.get(path)).startswith("/login?next=")


@pytest.mark.parametrize("path", ["/rooms/nothing", "/rooms/nothing/people", "/rooms?cursor=nothing"])
def test_addresses_of_nothing_are_refused(signed_in: SignedIn, mina: Person, path: str) -> None:
    assert signed_in(mina).get(path, status="4*").status_int in (400, 404, 422)


def test_pages_of_a_room_have_labels_unique_ids_and_no_code_inside(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, room: UUID
) -> None:
    say(app, joon, room, "hello")
    browser = signed_in(mina)
    here = f"/rooms/{room}"
    for path in ("/rooms", "/rooms/new", here, f"{here}/people", f"{here}/settings", "/anonymous"):
        check_markup(browser.get(path))


def check_markup(page: Page) -> None:
    """What ``test_frame`` asks of every page."""
    ids = [each["id"] for each in page.html.select("[id]") if not each.find_parent("template")]
    assert len(ids) == len(set(ids))
    assert len(page.html.find_all("h1")) == 1 or page.html.select("[data-part]")
    assert not page.html.select("style:not([nonce]), [style], script:not([src])")
    labelled = {label.get("for") for label in page.html.select("label")}
    for field in page.html.select("input:not([type=hidden]), textarea, select"):
        assert field.get("id") in labelled or field.get("aria-label") or field.find_parent("label"), field
    for button in page.html.select("button, a[href]"):
        named = button.get_text(strip=True) or button.get("aria-label") or button.get("aria-hidden")
        assert named or button.find_parent("template"), button
    for form in page.html.select("form[method=post]"):
        assert form.select_one("input[name=csrf_token]")["value"]


@pytest.mark.parametrize("q", ["x%00", "%25", "_", "x" * 100])
def test_whatever_is_looked_for_is_an_answer(signed_in: SignedIn, mina: Person, room: UUID, q: str) -> None:
    assert names(signed_in(mina).get(f"/rooms?q={q}")) == []
