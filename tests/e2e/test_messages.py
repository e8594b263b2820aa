"""Messages between two people in two browsers: at once, in order, through breaks."""

import re
from itertools import count
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PHONE, OpenPage, arrive, sticking_out
from tests.web.media.samples import picture

pytestmark = IN_A_BROWSER

BODIES = "[data-messages] [data-body]"
_rounds = count(1)  # all tests share one Plaza, where names and addresses are taken once


class Two(NamedTuple):
    """Ida at a desk and Ben with a phone, and what they are called this time."""

    ida: Page
    ben: Page
    names: tuple[str, str]


def write(page: Page, words: str) -> None:
    """Write something and send it."""
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def menu_of(page: Page, words: str) -> None:
    """Open what can be done with the message that says something."""
    message = page.locator(".message", has_text=words)
    message.hover()
    message.get_by_label("What to do with this message").click()


@pytest.fixture
def two(address: str, open_page: OpenPage) -> Two:
    """Two people in their conversation, in which nothing was said yet; the second has not opened it."""
    number = next(_rounds)
    two = Two(open_page(address, DESKTOP), open_page(address, PHONE), (f"Ida{number:02}", f"Ben{number:02}"))
    arrive(two.ida, two.names[0])
    arrive(two.ben, two.names[1])
    two.ida.goto(f"/members/@{two.names[1].lower()}")
    assert not sticking_out(two.ida)
    two.ida.get_by_role("button", name="Message").click()
    two.ida.wait_for_url(re.compile(r"/messages/[0-9a-f-]{36}$"))
    assert not sticking_out(two.ida)
    return two


def test_two_people_talk(two: Two, tmp_path: Path) -> None:
    ida, ben, names = two
    write(ida, "Hello, see https://example.com/a.")
    expect(ben.locator("[data-unread-conversations]")).to_be_visible()
    ben.goto("/messages")
    assert not sticking_out(ben)
    ben.locator(".conversation", has_text=names[0]).click()
    ben.wait_for_url("**/messages/*")
    expect(ben.locator(BODIES)).to_have_text(["Hello, see https://example.com/a."])
    assert not sticking_out(ben)
    expect(ida.locator(".message--own [data-state]").last).to_have_text("Seen")

    ben.get_by_label("Your message").press_sequentially("Hi")
    expect(ida.locator("[data-typing]")).to_have_text(f"{names[1]} is typing…")
    ben.get_by_role("button", name="Send", exact=True).click()
    expect(ida.locator(BODIES)).to_have_text(["Hello, see https://example.com/a.", "Hi"])
    expect(ida.locator("[data-typing]")).to_be_hidden()
    expect(ben.locator("[data-unread-conversations]")).to_be_hidden()

    menu_of(ida, "Hi")
    ida.get_by_label("React with 👍").and_(ida.locator(":visible")).click()
    expect(ben.locator(".reaction")).to_have_text("👍 1")
    ben.locator(".reaction").click()
    expect(ida.locator(".reaction")).to_have_text("👍 2")

    menu_of(ida, "Hi")
    ida.get_by_role("link", name="Reply").and_(ida.locator(":visible")).click()
    write(ida, "How are you?")
    expect(ben.locator(".message__quote:visible")).to_contain_text("Hi")

    ida.get_by_label("Your message").fill("By the way")
    menu_of(ida, "How are you?")
    ida.get_by_role("link", name="Edit").and_(ida.locator(":visible")).click()
    write(ida, "How is it going?")
    expect(ida.get_by_label("Your message")).to_have_value("By the way")
    ida.get_by_label("Your message").fill("")
    expect(ben.locator(BODIES).last).to_have_text("How is it going?")
    expect(ben.locator("[data-edited]:visible")).to_have_text("edited")

    ida.once("dialog", lambda dialog: dialog.accept())
    menu_of(ida, "How is it going?")
    ida.get_by_role("button", name="Take back").and_(ida.locator(":visible")).click()
    expect(ben.locator(BODIES).last).to_have_text("A message was taken back")

    file = tmp_path / "river.jpg"
    file.write_bytes(picture(640, 480))
    ida.locator("[data-files]").set_input_files(file)
    expect(ida.locator("[data-tray] progress")).to_have_count(0)
    ida.get_by_role("button", name="Send", exact=True).click()
    expect(ben.locator(".message__media img")).to_be_visible()
    shown = ida.locator(".message", has=ida.locator(".message__media"))
    shown.hover()
    shown.get_by_label("What to do with this message").click()
    ida.get_by_role("link", name="Reply").and_(ida.locator(":visible")).click()
    expect(ida.locator("[data-about-text]")).to_contain_text("A picture")
    ida.get_by_role("link", name="Never mind").click()
    document = tmp_path / "notes.pdf"
    document.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    ben.locator("[data-files]").set_input_files(document)
    expect(ben.locator("[data-tray] progress")).to_have_count(0)
    ben.get_by_role("button", name="Send", exact=True).click()
    expect(ida.locator(".message__file")).to_contain_text("notes.pdf")
    for page in (ida, ben):
        assert not sticking_out(page)


def test_nothing_is_lost_or_doubled_without_a_network(two: Two) -> None:
    ida, ben = two.ida, two.ben
    write(ida, "one")
    ben.goto(ida.url)
    expect(ben.locator(BODIES)).to_have_text(["one"])

    ben.context.set_offline(True)
    write(ben, "two, from the tunnel")
    write(ben, "three, too")
    expect(ben.locator("[data-offline]")).to_be_visible()
    expect(ben.locator(".message [data-state]").last).to_have_text("Waiting for the network…")
    write(ida, "two, from the desk")
    ben.context.set_offline(False)

    expected = ["one", "two, from the desk", "two, from the tunnel", "three, too"]
    for page in (ida, ben):
        expect(page.locator(BODIES)).to_have_text(expected)
    expect(ben.locator("[data-offline]")).to_be_hidden()
    ben.reload()
    expect(ben.locator(BODIES)).to_have_text(expected)


def test_a_lively_conversation_asks_little_of_who_looks_on(two: Two) -> None:
    """Limits allow 30 writes and 100 reads a minute: messages that come must not use them up."""
    ida, ben, names = two
    ben.goto("/messages")
    asked: list[tuple[str, str]] = []
    ben.on("request", lambda request: asked.append((request.method, urlsplit(request.url).path)))
    began = monotonic()
    for number in range(12):
        write(ida, f"number {number}")
        expect(ida.locator(".message--own:not([aria-busy=true])")).to_have_count(number + 1)
    row = ben.locator(".conversation", has_text=names[0])
    expect(row).to_contain_text("number 11")
    ben.get_by_role("link", name=names[0]).first.focus()
    write(ida, "and on")
    expect(row).to_contain_text("and on")
    expect(ben.locator(".conversation:focus")).to_have_count(1)
    seconds = monotonic() - began
    delivered = [path for method, path in asked if method == "PUT" and path.endswith("/delivered")]
    looks = [path for method, path in asked if method == "GET" and path == "/messages"]
    assert 1 <= len(delivered) <= 1 + seconds // 10
    assert 1 <= len(looks) <= 1 + seconds // 3


def test_a_long_history_is_read_both_ways(two: Two) -> None:
    ida, ben = two.ida, two.ben
    script = """async ([path, token]) => {
        for (let number = 1; number <= 130; number += 1) {
            const body = JSON.stringify({client_id: crypto.randomUUID(), body: `number ${number}`});
            const headers = {"Content-Type": "application/json", "X-CSRF-Token": token};
            await fetch(path, {method: "POST", headers, body});
        }
    }"""
    conversation = ida.url.rsplit("/", 1)[1]
    token = ida.locator("body").get_attribute("data-csrf-token")
    ida.evaluate(script, [f"/api/v1/conversations/{conversation}/messages", token])
    ida.goto(ida.url)
    expect(ida.locator(BODIES).last).to_have_text("number 130")
    scroller = ida.locator("[data-scroll]")
    for _ in range(5):
        scroller.evaluate("element => element.scrollTo(0, 0)")
        ida.wait_for_timeout(300)  # the list grows when its end comes into sight
    expect(ida.locator(BODIES)).to_have_text([f"number {number}" for number in range(1, 131)])
    expect(ida.locator("[data-day-start]")).to_have_count(1)

    ida.get_by_label("Your message").fill("not sent yet")
    ben.goto(ida.url)
    for words, end in (("are you there?", "click"), ("and now?", "scroll")):
        scroller.evaluate("element => element.scrollTo(0, 0)")
        write(ben, words)
        newest = ida.get_by_role("link", name="New messages")
        expect(newest).to_be_visible()
        if end == "click":
            newest.click()
        else:
            scroller.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        expect(newest).to_be_hidden()
        expect(ida.locator(BODIES).last).to_have_text(words)
        expect(ida.locator(BODIES).last).to_be_in_viewport()
    expect(ida.get_by_label("Your message")).to_have_value("not sent yet")

    ida.goto(f"{ida.url}?before=60#m-50")
    expect(ida.locator("#m-50")).to_be_in_viewport()
    for _ in range(6):
        scroller.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        ida.wait_for_timeout(300)
    expect(ida.locator(BODIES).last).to_have_text("and now?")
    numbers = [int(each.split()[1]) for each in ida.locator(BODIES).all_inner_texts()[:-2]]
    assert numbers == list(range(numbers[0], 131))


def test_what_the_server_refuses_can_be_sent_again_or_discarded(two: Two) -> None:
    ida, ben = two.ida, two.ben
    write(ida, "hello")
    ben.goto(ida.url)
    expect(ben.locator(BODIES)).to_have_text(["hello"])
    ben.evaluate(
        """async (token) => {
            const id = document.querySelector("[data-talk]").dataset.partner;
            await fetch(`/api/v1/users/${id}/block`, {method: "PUT", headers: {"X-CSRF-Token": token}});
        }""",
        ben.locator("body").get_attribute("data-csrf-token"),
    )
    write(ida, "are you there?")
    expect(ida.locator("[data-failed]:visible")).to_be_visible()
    ida.get_by_role("button", name="Discard").click()
    expect(ida.locator(BODIES)).to_have_text(["hello"])


def test_a_group_is_managed(two: Two) -> None:
    ida, ben, names = two
    ida.goto("/messages/new-group")
    assert not sticking_out(ida)
    ida.get_by_label("Name of the group").fill("Runners")
    ida.get_by_label("Usernames of the others").fill(names[1].lower())
    ida.get_by_role("button", name="Start the group").click()
    expect(ida.locator(".message-notice").last).to_have_text(f"{names[0]} added {names[1]}")
    ben.goto(ida.url)
    write(ida, "Tomorrow at six?")
    expect(ben.locator(BODIES)).to_have_text(["Tomorrow at six?"])
    expect(ida.locator(".message--own [data-state]").last).to_have_text("Seen by 1")
    ida.get_by_role("link", name="Runners").and_(ida.locator("h1 a")).click()
    assert not sticking_out(ida)
    ida.get_by_label("Name of the group").fill("Walkers")
    ida.get_by_role("button", name="Save").click()
    expect(ben.get_by_role("heading", name="Walkers")).to_be_visible()
    expect(ben.locator(".message-notice").last).to_have_text(f"{names[0]} gave the group another name")
    ida.get_by_role("button", name=f"Remove {names[1]}").click()
    ben.wait_for_url("**/messages")
