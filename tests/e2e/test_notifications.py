"""Notifications in a browser: live in every window, dealt with in place, and the menu at the bell."""

from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PATIENCE, PHONE, OpenPage, arrive, sticking_out

pytestmark = IN_A_BROWSER

HERE = "/notifications"
# In place of the number on an app's icon, which browsers show for installed apps only.
NOTE_BADGE = "navigator.setAppBadge = async (count) => { window.appBadge = count; };"


def write(page: Page, body: str) -> str:
    """Post something; its address."""
    page.goto("/feed")
    page.get_by_label("Your post").fill(body)
    page.get_by_role("button", name="Post", exact=True).click()
    post = page.locator("[data-posts] > li:not([aria-busy]) article", has_text=body)
    return f"/posts/{post.get_attribute('data-post')}"


def comment(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Your comment").fill("I was there")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("[data-comments] > li:not([aria-busy])")).to_have_count(1)


def rows(page: Page) -> list[str]:
    return page.locator("[data-notifications] .notification__text").all_text_contents()


def choose(page: Page, row: int, action: str) -> None:
    """Press a button in the menu of a notification."""
    page.locator("[data-notifications] .notification__more summary").nth(row).click()
    page.get_by_role("button", name=action, exact=True).click()


def test_what_happens_and_what_is_done_about_it_shows_in_every_window(
    open_page: OpenPage, address: str
) -> None:
    nora, omar = open_page(address, DESKTOP), open_page(address, PHONE)
    arrive(nora, "Nora")
    arrive(omar, "Omar")
    first, second = write(nora, "the first"), write(nora, "the second")
    nora.add_init_script(NOTE_BADGE)
    nora.goto(HERE)
    other = nora.context.new_page()
    other.set_viewport_size({"width": PHONE, "height": 844})
    other.goto(HERE)
    expect(other.get_by_role("heading", name="Nothing new")).to_be_visible()

    comment(omar, first)
    for window in (nora, other):
        expect(window.locator("[data-notifications] .is-unread")).to_have_count(1, timeout=PATIENCE)
        expect(window).to_have_title("(1) Notifications · Plaza")
        expect(window.locator(".notice")).to_have_text("Omar commented on your post")
        expect(window.get_by_role("heading", name="Nothing new")).to_be_hidden()
        assert not sticking_out(window)
    comment(omar, second)
    for window in (nora, other):
        expect(window.locator("[data-notifications] .is-unread")).to_have_count(2, timeout=PATIENCE)

    assert nora.evaluate("window.appBadge") == 2
    choose(nora, 1, "Mark as read")
    for window in (nora, other):
        expect(window.locator("[data-notifications] .is-unread")).to_have_count(1, timeout=PATIENCE)
        expect(window).to_have_title("(1) Notifications · Plaza")
    choose(other, 1, "Archive")
    for window in (nora, other):
        expect(window.locator("[data-notifications] > li")).to_have_count(1, timeout=PATIENCE)
    other.get_by_role("button", name="Mark all as read").click()
    for window in (nora, other):
        expect(window.locator("[data-unread]:visible")).to_have_count(0, timeout=PATIENCE)
        expect(window).to_have_title("Notifications · Plaza")
        expect(window.get_by_role("button", name="Mark all as read")).to_be_disabled()
    assert nora.evaluate("window.appBadge") == 0
    choose(nora, 0, "Delete")
    for window in (nora, other):
        expect(window.get_by_role("heading", name="Nothing new")).to_be_visible(timeout=PATIENCE)
    other.get_by_role("link", name="Archived").click()
    expect(other.locator("[data-notifications] > li")).to_have_count(1)
    assert not sticking_out(other)


def test_the_bell_opens_the_newest_and_a_click_reads_one(open_page: OpenPage, address: str) -> None:
    pia, quinn = open_page(address, DESKTOP), open_page(address, PHONE)
    arrive(pia, "Pia")
    arrive(quinn, "Quinn")
    post = write(pia, "at the bell")
    comment(quinn, post)
    bell = pia.get_by_role("button", name="Notifications")
    expect(bell.locator("[data-unread-count]")).to_have_text("1", timeout=PATIENCE)
    bell.focus()
    pia.keyboard.press("Enter")
    link = pia.locator("[data-newest] .notification__link")
    expect(link).to_have_count(1)
    assert not sticking_out(pia)
    pia.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(bell).to_be_focused()
    bell.click()
    link.click()
    pia.wait_for_url(f"**{post}")
    expect(pia.locator("[data-unread]:visible")).to_have_count(0, timeout=PATIENCE)
    quinn.goto("/feed")
    quinn.get_by_role("link", name="Notifications").click()  # on a narrow window there is no menu
    quinn.wait_for_url(f"**{HERE}")


def test_who_comes_from_a_push_has_read_it(open_page: OpenPage, address: str) -> None:
    uma, vito = open_page(address, PHONE), open_page(address, PHONE)
    arrive(uma, "Uma")
    arrive(vito, "Vito")
    post = write(uma, "far away")
    comment(vito, post)
    [told] = uma.request.get("/api/v1/notifications").json()["items"]
    uma.goto(f"{post}?told={told['id']}")
    uma.wait_for_url(f"**{post}")
    expect(uma.locator("[data-unread]:visible")).to_have_count(0, timeout=PATIENCE)
    assert uma.request.get("/api/v1/notifications/unread-count").json() == {"unread": 0}


def test_the_list_works_without_scripts(open_page: OpenPage, address: str) -> None:
    rosa, said = open_page(address, DESKTOP, java_script_enabled=False), open_page(address, PHONE)
    username = arrive(rosa, "Rosa")
    arrive(said, "Said")
    said.goto(f"/members/@{username}")
    said.get_by_role("button", name="Follow").click()
    expect(said.locator("[data-follower-count]")).to_have_text("1")
    rosa.goto("/feed")
    rosa.get_by_role("link", name="Notifications").click()
    assert rows(rosa) == ["Said follows you now (unread)"]
    choose(rosa, 0, "Mark as read")
    assert rows(rosa) == ["Said follows you now"]
    choose(rosa, 0, "Archive")
    expect(rosa.get_by_role("heading", name="Nothing new")).to_be_visible()


def test_wishes_fit_into_a_narrow_window_and_are_kept(open_page: OpenPage, address: str) -> None:
    page = open_page(address, PHONE)
    arrive(page, "Tara")
    page.goto("/settings/notifications")
    assert not sticking_out(page)
    wish = page.get_by_role("checkbox", name="New followers: Mail")
    wish.check()
    page.get_by_label("From").fill("22:00")
    page.get_by_label("Until").fill("07:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".said")).to_have_text("Saved.")
    expect(wish).to_be_checked()
    expect(page.get_by_label("Until")).to_have_value("07:00")
