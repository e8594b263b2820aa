"""Journeys through accounts in a real browser: joining, second factors, forgetting, leaving, languages."""

import re
import time

import pyotp
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PASSWORD, PHONE, OpenPage, join, mailed, sticking_out

pytestmark = IN_A_BROWSER


def log_out(page: Page) -> None:
    """Leave through the menu."""
    page.goto("/feed")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile(r"/$"))


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Address and password."""
    page.goto("/login")
    page.get_by_label("Email").fill(f"{name.lower()}@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_the_code_is_six_boxes_that_act_as_one_field(open_page: OpenPage, address: str) -> None:
    page = open_page(address, PHONE, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/code?ticket=00000000-0000-4000-8000-000000000000")
    field, boxes = page.get_by_label("Code", exact=True), page.locator("[data-code] span")
    expect(field).to_be_focused()
    place = field.bounding_box()
    page.evaluate("navigator.clipboard.writeText(' 12 34-56\\n')")
    page.keyboard.press("Control+V")
    expect(boxes).to_have_text(["1", "2", "3", "4", "5", "6"])
    page.keyboard.press("Backspace")
    expect(boxes).to_have_text(["1", "2", "3", "4", "5", ""])
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(boxes.nth(2)).to_have_class("is-current")
    page.keyboard.type("x9")
    expect(boxes).to_have_text(["1", "2", "9", "4", "5", ""])
    assert field.bounding_box() == place
    expect(page.get_by_role("button", name="Send another code")).to_be_disabled()


def test_joining_and_choosing_a_language(open_page: OpenPage, address: str) -> None:
    page = open_page(address, PHONE)
    join(page, "Nari")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    log_out_button = page.locator("form[action='/logout'] button")
    page.locator("[popovertarget=account]").click()
    log_out_button.click()
    page.wait_for_url(re.compile(r"/$"))
    elsewhere = open_page(address, DESKTOP)
    log_in(elsewhere, "Nari")
    elsewhere.wait_for_url("**/feed")
    expect(elsewhere.locator("html")).to_have_attribute("lang", "ja")


def test_the_looks_are_those_that_were_chosen_from_the_first_paint(open_page: OpenPage, address: str) -> None:
    page = open_page(address, PHONE, reduced_motion="reduce")
    join(page, "Lumi")
    page.goto("/settings/appearance")
    page.get_by_label("Dark").check()
    page.get_by_label("Accent colour").fill("#cc2288")
    page.get_by_label("Size of letters").fill("1.2")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_css("font-size", "19.2px")
    button = page.get_by_role("button", name="Save")
    preview = button.evaluate("element => getComputedStyle(element).backgroundColor")
    button.click()
    expect(page.locator(".said")).to_have_text("Saved.")
    for path in ("/feed", "/nowhere"):
        page.goto(path)
        expect(root).to_have_attribute("data-theme", "dark")
        expect(root).to_have_css("font-size", "19.2px")
        assert not sticking_out(page)
    page.goto("/settings/appearance")
    assert button.evaluate("element => getComputedStyle(element).backgroundColor") == preview


def test_every_accent_colour_stays_readable(open_page: OpenPage, address: str) -> None:
    """WCAG 2.2 contrast (1.4.3) of links on the ground and of words on buttons, for colours all around."""
    page = open_page(address, PHONE)
    page.goto("/login")
    worst = page.evaluate(
        """() => {
          const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          const luminance = (color) => {
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
              const part = value / 255;
              return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const contrast = (one, other) => {
            const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
          };
          const root = document.documentElement;
          const button = document.querySelector("button.button");
          root.toggleAttribute("data-accent", true);
          button.style.transition = "none";
          let worst = 99;
          for (const theme of ["light", "dark"]) {
            root.dataset.theme = theme;
            for (const r of [0, 128, 255]) for (const g of [0, 128, 255]) for (const b of [0, 128, 255]) {
              root.style.setProperty("--accent", `rgb(${r} ${g} ${b})`);
              const shown = getComputedStyle(button);
              const ground = getComputedStyle(document.body).backgroundColor;
              const link = getComputedStyle(document.querySelector("main a")).color;
              worst = Math.min(worst, contrast(shown.color, shown.backgroundColor), contrast(link, ground));
            }
          }
          return worst;
        }"""
    )
    assert worst >= 4.5


def test_two_step_log_in_with_an_app_and_a_recovery_code(open_page: OpenPage, address: str) -> None:
    page = open_page(address, DESKTOP)
    join(page, "Taro")
    page.goto("/settings/security")
    page.get_by_role("link", name="Turn on").click()
    page.get_by_role("button", name="Set up an app").click()
    totp = pyotp.TOTP(re.sub(r"\s", "", page.locator(".secret").inner_text()))
    assert page.locator(".setup__code svg").bounding_box()
    page.get_by_label("Code that the app shows").fill("000000" if totp.now() != "000000" else "111111")
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#code-error")).to_be_visible()
    page.get_by_label("Code that the app shows").fill(totp.now())
    page.get_by_role("button", name="Turn on").click()
    codes = page.locator("[data-recovery-codes] code").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file").click()
    assert download.value.path().read_text().splitlines() == codes

    log_out(page)
    log_in(page, "Taro")
    page.wait_for_url(re.compile("/second-factor"))
    page.get_by_label("Code").fill(totp.at(int(time.time()) + 30))  # the one before was used already
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/feed")

    log_out(page)
    log_in(page, "Taro")
    page.get_by_label("Code").fill(codes[3].upper())
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/feed")
    page.goto("/settings/security")
    expect(page.get_by_text("9 left")).to_be_visible()


def test_a_passkey_is_a_way_in_alone(open_page: OpenPage, address: str) -> None:
    page = open_page(address, PHONE)
    authenticator = page.context.new_cdp_session(page)
    authenticator.send("WebAuthn.enable")
    authenticator.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    join(page, "Pia")
    page.goto("/settings/security/passkeys")
    page.get_by_label("Name of the passkey").fill("my phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".said")).to_have_text("The passkey is added.")
    expect(page.get_by_text("my phone", exact=True).first).to_be_visible()
    log_out(page)
    page.goto("/login")
    page.get_by_role("button", name="With a passkey").click()
    page.wait_for_url("**/feed")
    page.goto("/prove-it?next=/settings/privacy")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/settings/privacy")


def test_forgetting_the_password_then_leaving_for_a_while(open_page: OpenPage, address: str) -> None:
    page = open_page(address, PHONE)
    join(page, "Rosa")
    log_out(page)
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill("rosa@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(mailed(page, "rosa@example.com", r"/reset\?token=[\w-]+"))
    page.get_by_label("New password").fill("another fine password")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator(".said")).to_contain_text("Your new password is set.")
    log_in(page, "Rosa", "another fine password")
    page.wait_for_url("**/feed")

    page.goto("/settings/account")
    page.get_by_role("link", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate my account").click()
    expect(page.locator(".said")).to_contain_text("deactivated")
    page.goto("/feed")
    expect(page).to_have_url(re.compile("/login"))
    log_in(page, "Rosa", "another fine password")
    expect(page.locator(".said")).to_contain_text("Welcome back")
