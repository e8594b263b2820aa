"""The pages in a real browser, over a whole Plaza: two members see each other live."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PATIENCE, PHONE, OpenPage, join, plaza, sticking_out

pytestmark = IN_A_BROWSER


def share(page: Page, body: str) -> str:
    """Write a post in the composer; its id."""
    page.get_by_label("Your post").fill(body)
    page.get_by_role("button", name="Post", exact=True).click()
    post = page.locator("[data-posts] > li:not([aria-busy]) article", has_text=body)
    expect(post).to_be_visible()
    return post.get_attribute("data-post") or ""


def test_two_members_see_each_other_live(open_page: OpenPage, address: str) -> None:
    watch_each_other(open_page(address, DESKTOP), open_page(address, PHONE))


def test_they_do_so_without_a_proxy_in_front(open_page: OpenPage) -> None:
    """Other origins: the socket takes a ticket, the analytics API a token and CORS."""
    with plaza(three_ports=True) as address:
        watch_each_other(open_page(address, DESKTOP), open_page(address, PHONE))


def watch_each_other(mina: Page, joon: Page) -> None:
    """Two visitors join; what one does shows in the other's window."""
    name = join(mina, "Mina")
    expect(mina.locator("[data-panel-part=streak] [data-current]")).to_have_text("0")
    expect(mina.locator("[data-stale]")).to_be_visible()  # there was no night yet
    join(joon, "Joon")

    post_id = share(mina, "the river at dawn <b>is quiet</b>")
    mine = mina.locator(f"[data-post='{post_id}']")
    expect(mine.locator("[data-like-count]")).to_have_text("0")

    joon.goto(f"/posts/{post_id}")
    assert not sticking_out(joon)
    expect(joon.locator("[data-body]").first).to_have_text("the river at dawn <b>is quiet</b>")
    joon.locator("[data-like] button").click()
    expect(mine.locator("[data-like-count]")).to_have_text("1", timeout=PATIENCE)
    unread = mina.locator("[data-unread-count]:visible")
    expect(unread).to_have_text("1", timeout=PATIENCE)
    expect(mina.locator(".notice")).to_have_accessible_name("Joon likes your post")

    joon.get_by_label("Your comment").fill("I was there")
    joon.get_by_role("button", name="Comment", exact=True).click()
    expect(mine.locator("[data-comment-count]")).to_have_text("1", timeout=PATIENCE)

    joon.goto(f"/members/@{name}")
    assert not sticking_out(joon)
    joon.get_by_role("button", name="Follow").click()
    expect(joon.locator("[data-follower-count]")).to_have_text("1")
    expect(unread).to_have_text("3", timeout=PATIENCE)

    mina.get_by_role("button", name="Notifications").click()
    expect(mina.locator("[data-newest] .notification")).to_have_count(3)
    mina.get_by_role("link", name="All notifications").click()
    assert not sticking_out(mina)
    expect(mina.locator(".notification__text")).to_contain_text(
        ["Joon follows you now", "Joon commented on your post", "Joon likes your post"]
    )
    joon.goto("/feed")
    expect(joon.locator(f"[data-post='{post_id}']")).to_be_visible()


def test_what_was_missed_is_told_after_a_break(open_page: OpenPage, address: str) -> None:
    hana, sora = open_page(address, PHONE), open_page(address, DESKTOP)
    join(hana, "Hana")
    join(sora, "Sora")
    post_id = share(hana, "back in a minute")
    # A first frame, so that the page knows its place.
    sora.goto(f"/posts/{post_id}")
    sora.get_by_label("Your comment").fill("first")
    sora.get_by_role("button", name="Comment", exact=True).click()
    count = hana.locator(f"[data-post='{post_id}'] [data-comment-count]")
    expect(count).to_have_text("1", timeout=PATIENCE)

    hana.goto("/api/v1/docs")  # no socket here
    sora.get_by_label("Your comment").fill("second")
    sora.get_by_role("button", name="Comment", exact=True).click()
    expect(sora.locator("[data-comments] > li:not([aria-busy])")).to_have_count(2)
    hana.goto("/feed")
    notice = hana.locator(".notice")
    expect(notice).to_have_accessible_name("Sora commented on your post", timeout=PATIENCE)


def test_a_refused_like_and_post_are_taken_back(open_page: OpenPage, address: str) -> None:
    page = open_page(address, PHONE)
    join(page, "Yuna")
    post_id = share(page, "still here")
    page.context.set_offline(True)
    like = page.locator(f"[data-post='{post_id}'] [data-like] button")
    like.click()
    expect(page.locator(".notice").first).to_have_text("You seem to be offline.")
    expect(like).to_have_attribute("aria-pressed", "false")
    expect(like.locator("[data-like-count]")).to_have_text("0")
    page.get_by_label("Your post").fill("not lost")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_label("Your post")).to_have_value("not lost")
    expect(page.locator("[data-posts] > li")).to_have_count(1)


def test_it_works_with_the_keyboard_alone(open_page: OpenPage, address: str) -> None:
    page = open_page(address, DESKTOP)
    join(page, "Kay")
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Your story")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your post")).to_be_focused()
    page.keyboard.type("typed only")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-posts] [data-body]")).to_have_text("typed only")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_sticks_out(open_page: OpenPage, address: str, width: int, scheme: str) -> None:
    page = open_page(address, width, color_scheme=scheme)
    for path in ("/", "/signup", "/login", "/code", "/dev/mailbox", "/api/v1/docs", "/nowhere"):
        page.goto(path)
        assert not sticking_out(page), path


def test_forms_work_without_scripts(open_page: OpenPage, address: str) -> None:
    page = open_page(address, DESKTOP, java_script_enabled=False)
    page.goto("/signup")
    page.get_by_label("Email").fill("plain@example.com")
    page.get_by_label("Password").fill("short")
    page.locator("form.stack").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Send me the code").click()
    expect(page.locator("#password-error")).to_have_text("Use at least 8 characters.")
    expect(page.get_by_label("Email")).to_have_value("plain@example.com")
    join(page, "Plain")
    page.get_by_label("Your post").fill("no scripts at all")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.locator("[data-posts] [data-body]")).to_have_text("no scripts at all")
    page.locator("[data-like] button").click()
    expect(page.locator("[data-like-count]")).to_have_text("1")
