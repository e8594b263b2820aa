"""Open rooms and talks with strangers, each between two people in two browsers."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PHONE, OpenPage, arrive, sticking_out, wait_until

pytestmark = IN_A_BROWSER

CALLS = {"permissions": ["camera", "microphone"]}


def open_room(page: Page, name: str) -> str:
    """Open a room; its address."""
    page.goto("/rooms/new")
    assert not sticking_out(page)
    page.get_by_label("Name of the room").fill(name)
    page.get_by_role("button", name="Open the room").click()
    page.wait_for_url(re.compile(r"/rooms/[0-9a-f-]{36}$"))
    return page.url


def say(page: Page, words: str) -> None:
    """Write something and press Enter."""
    page.get_by_label("Your message").fill(words)
    page.get_by_label("Your message").press("Enter")


def lines(page: Page) -> list[str]:
    """What stands in a talk, from above."""
    return page.locator(
        "[data-lines] [data-body], [data-lines] > li.line--done:not(:has([data-body]))"
    ).all_inner_texts()


def find_each_other(one: Page, other: Page, *, direct_calls: bool = False) -> None:
    """Let two strangers meet."""
    for page in (one, other):
        page.goto("/anonymous")
        assert not sticking_out(page)
        if direct_calls:
            page.get_by_label("Calls may go straight to the other").check()
        page.get_by_role("button", name="I am 18 or older").click()
    for page in (one, other):
        expect(page.locator("[data-part=talk]")).to_be_visible()
        expect(page.locator("[data-presence]")).to_have_text("here now")


@pytest.fixture
def hana(address: str, open_page: OpenPage) -> Page:
    """Somebody at a desk."""
    page = open_page(address, DESKTOP, **CALLS)
    arrive(page, "Hana")
    return page


@pytest.fixture
def teo(address: str, open_page: OpenPage) -> Page:
    """Somebody with a phone."""
    page = open_page(address, PHONE, **CALLS)
    arrive(page, "Teo")
    return page


def test_people_talk_in_a_room_in_both_directions_and_after_a_break(hana: Page, teo: Page) -> None:
    address = open_room(hana, "Seoul walks")
    teo.goto("/rooms")
    assert not sticking_out(teo)
    teo.locator(f"a[href='{urlsplit(address).path}']", has_text="Seoul walks").click()
    teo.get_by_role("button", name="Come in").click()
    expect(teo.get_by_label("Your message")).to_be_visible()
    expect(hana.get_by_text("Teo has come in")).to_be_visible()
    expect(hana.locator("[data-people]")).to_contain_text("Teo")

    teo.get_by_label("Your message").press_sequentially("hel")
    expect(hana.get_by_text("Teo is typing…")).to_be_visible()
    say(teo, "hello <b>you</b>")
    expect(hana.locator("[data-lines]")).to_contain_text("hello <b>you</b>")
    say(hana, "welcome")
    expect(teo.locator("[data-lines]")).to_contain_text("welcome")
    assert not sticking_out(teo)
    assert not sticking_out(hana)

    teo.context.set_offline(True)
    expect(teo.get_by_text("No connection.")).to_be_visible()
    say(teo, "from the tunnel")
    expect(teo.get_by_text("Not sent yet")).to_be_visible()
    say(hana, "are you there?")
    expect(hana.locator("[data-lines]")).to_contain_text("are you there?")
    expect(hana.locator("[data-lines] [aria-busy]")).to_have_count(0)  # it has its place
    teo.context.set_offline(False)
    expect(hana.locator("[data-lines]")).to_contain_text("from the tunnel")
    expect(teo.locator("[data-lines]")).to_contain_text("are you there?")
    expect(teo.locator("[data-lines] [aria-busy]")).to_have_count(0)
    told = [
        "Hana has come in",
        "Teo has come in",
        "hello <b>you</b>",
        "welcome",
        "are you there?",
        "from the tunnel",
    ]
    assert lines(hana) == lines(teo) == told  # each once, and in the same order
    hana.goto(address)
    assert lines(hana) == told


_HOLD_ANSWERS = """() => {
    const ask = window.fetch;
    window.held = new Promise((release) => (window.release = release));
    window.fetch = async (...request) => {
        const answer = await ask(...request);
        await window.held;
        return answer;
    };
}"""


def test_what_is_said_while_a_page_is_read_anew_stays(hana: Page, teo: Page) -> None:
    sockets: list[WebSocketRoute] = []

    def listen(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    teo.route_web_socket(re.compile(r"/ws(\?|/|$)"), listen)
    address = open_room(hana, "Busy")
    teo.goto(address)
    teo.get_by_role("button", name="Come in").click()
    say(hana, "before")
    expect(teo.locator("[data-lines]")).to_contain_text("before")
    teo.evaluate(_HOLD_ANSWERS)
    with teo.expect_response(address):
        topic = f"room:{address.rpartition('/')[2]}"
        sockets[-1].send(f'{{"event": "resync", "channel": "{topic}", "seq": 3, "data": {{}}}}')
    say(hana, "meanwhile")
    expect(teo.locator("[data-lines]")).to_contain_text("meanwhile")
    teo.locator("[data-lines] > li").first.evaluate("(item) => item.setAttribute('data-old', '')")
    teo.evaluate("window.release()")
    expect(teo.locator("[data-old]")).to_have_count(0)  # it was read anew
    told = ["Hana has come in", "Teo has come in", "before", "meanwhile"]
    assert lines(teo) == told
    expect(teo.locator("[data-people] > li")).to_have_count(2)


def test_words_that_are_refused_are_not_lost(hana: Page) -> None:
    open_room(hana, "Strict")
    hana.evaluate("""() => {
        const form = document.querySelector("[data-say]");
        form.elements.body.value = "https://spam.example/".repeat(20).replaceAll("/https", "/ https");
        form.requestSubmit();
        form.elements.body.value = "what I write next";
    }""")
    line = hana.locator("[data-lines] > li", has_text="spam.example")
    expect(line.get_by_text("Not sent yet")).to_be_visible()
    expect(hana.get_by_label("Your message")).to_have_value("what I write next")
    hana.get_by_label("Your message").fill("")
    line.get_by_role("button", name="Send again").click()
    expect(hana.get_by_label("Your message")).to_have_value(re.compile("spam.example"))
    expect(line).to_have_count(0)


def test_who_has_lost_the_place_in_the_line_takes_it_anew(hana: Page) -> None:
    hana.clock.install()
    hana.goto("/anonymous")
    hana.get_by_role("button", name="I am 18 or older").click()
    expect(hana.get_by_text("You are number 1 of 1.")).to_be_visible()
    other = hana.context.new_page()
    other.goto("/anonymous")
    other.get_by_role("button", name="Stop looking").click()
    expect(other.get_by_role("button", name="I am 18 or older")).to_be_visible()
    other.close()
    with hana.expect_response(lambda answer: answer.request.method == "POST") as entered:
        hana.clock.fast_forward(31_000)
    assert entered.value.json()["status"] == "waiting"
    hana.get_by_role("button", name="Stop looking").click()
    expect(hana.get_by_role("button", name="I am 18 or older")).to_be_visible()


def test_what_was_said_before_comes_as_one_scrolls_up(hana: Page) -> None:
    open_room(hana, "Counting")
    for number in range(25):
        say(hana, f"line {number}")
    expect(hana.locator("[data-lines] [data-seq]")).to_have_count(26)
    hana.reload()
    expect(hana.locator("[data-lines] > li")).to_have_count(20)
    expect(hana.get_by_text("line 24")).to_be_in_viewport()
    hana.locator("[data-scroll]").hover()
    hana.mouse.wheel(0, -10_000)
    expect(hana.locator("[data-lines] > li")).to_have_count(26)
    expect(hana.get_by_role("link", name="Older messages")).to_be_hidden()
    assert lines(hana) == ["Hana has come in", *(f"line {number}" for number in range(25))]


def test_a_host_removes_a_message_and_shows_its_author_out(hana: Page, teo: Page) -> None:
    address = open_room(hana, "House rules")
    teo.goto(address)
    teo.get_by_role("button", name="Come in").click()
    say(teo, "buy my watches")
    line = hana.locator("[data-lines] > li", has_text="buy my watches")
    hana.on("dialog", lambda dialog: dialog.accept())
    line.hover()
    line.get_by_role("button", name="Remove").click()
    expect(teo.locator("[data-lines]")).to_contain_text("removed")
    expect(teo.locator("[data-lines]")).not_to_contain_text("watches")
    hana.get_by_role("link", name="People in the room").click()
    hana.get_by_text("Keep order", exact=True).click()
    hana.get_by_role("button", name="Show out").click()
    expect(hana.get_by_role("link", name="Shut out")).to_be_visible()
    expect(teo.get_by_text("You were shown out for a while.")).to_be_visible()
    expect(teo.get_by_label("Your message")).to_be_disabled()
    teo.reload()
    assert not sticking_out(teo)
    expect(teo.get_by_text("You may come back after")).to_be_visible()


def test_strangers_talk_reveal_themselves_and_part(hana: Page, teo: Page) -> None:
    find_each_other(hana, teo)
    assert not sticking_out(teo)
    expect(teo.get_by_role("button", name="Video call")).to_be_hidden()  # no relay is there
    say(hana, "who are you?")
    expect(teo.locator("[data-lines]")).to_contain_text("who are you?")
    assert "Hana" not in teo.locator("[data-anonymous]").inner_text()
    hana.get_by_role("button", name="Show who I am").click()
    expect(teo.get_by_text("They would like to know who you are.")).to_be_visible()
    teo.get_by_role("button", name="Show who I am").click()
    for page in (hana, teo):
        expect(page.get_by_role("link", name="You both want to be known")).to_be_visible()
    teo.get_by_label("More").click()
    teo.get_by_role("button", name="Leave").click()
    expect(teo.get_by_text("You have left.")).to_be_visible()
    expect(hana.get_by_text("They have left.")).to_be_visible()
    expect(hana.get_by_label("Your message")).to_be_hidden()
    hana.get_by_role("button", name="Find somebody else").click()
    expect(hana.get_by_text("You are number 1 of 1.")).to_be_visible()
    hana.get_by_role("button", name="Stop looking").click()
    expect(hana.get_by_role("button", name="I am 18 or older")).to_be_visible()


def test_a_stranger_is_reported_with_what_the_reporter_chooses(hana: Page, teo: Page) -> None:
    find_each_other(hana, teo)
    say(teo, "send me money")
    expect(hana.locator("[data-lines]")).to_contain_text("send me money")
    say(hana, "no")
    hana.get_by_label("More").click()
    hana.get_by_role("button", name="Report").first.click()
    dialog = hana.get_by_role("dialog")
    dialog.get_by_label("Advertising or fraud").check()
    dialog.get_by_label("send me money").check()
    with hana.expect_request("**/report") as asked:
        dialog.get_by_role("button", name="Report and leave").click()
    report = asked.value.post_data_json
    assert report is not None
    assert [each["body"] for each in report["evidence"]] == ["send me money"]
    response = asked.value.response()
    assert response is not None
    assert response.json()["proven"] == 1
    expect(hana.get_by_text("Thank you.")).to_be_visible()
    expect(teo.get_by_text("They have left.")).to_be_visible()

    # As a quarter of an hour later, when the server does not remember the talk any more.
    gone = {"error": {"code": "NOT_FOUND", "message": "gone", "details": {}}}
    hana.route("**/skip", lambda route: route.fulfill(status=404, json=gone))
    hana.get_by_role("button", name="Find somebody else").click()
    expect(hana.get_by_text("You are number 1 of 1.")).to_be_visible()
    hana.get_by_role("button", name="Stop looking").click()
    expect(hana.get_by_role("button", name="I am 18 or older")).to_be_visible()


def test_strangers_who_both_agree_see_each_other(hana: Page, teo: Page) -> None:
    find_each_other(hana, teo, direct_calls=True)
    hana.get_by_role("button", name="Video call").click()
    expect(teo.locator("[data-call-rings]")).to_be_visible()
    teo.get_by_role("button", name="Answer").click()
    for page in (hana, teo):
        expect(page.locator("[data-call]")).to_have_attribute("data-state", "talking")
        # Pictures come: the size of the first one is known.
        wait_until(page, "document.querySelector('[data-call-other]').videoWidth > 0")
        assert not sticking_out(page)
    hana.get_by_role("button", name="Hang up").click()
    for page in (hana, teo):
        expect(page.locator("[data-call]")).to_be_hidden()
        expect(page.get_by_role("button", name="Video call")).to_be_visible()
