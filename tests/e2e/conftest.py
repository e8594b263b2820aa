"""One Plaza and one browser for all tests in browsers."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.e2e.browsing import ARGUMENTS, CHROMIUM, PATIENCE, OpenPage, plaza

# What browsers note about answers and connections; all else, such as a refused script, is our fault.
OF_THE_NETWORK = ("Failed to load resource", "WebSocket connection to")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where Plaza is served, behind nginx where that is installed."""
    with plaza(three_ports=False) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser; nothing is downloaded. Not for longer: it keeps an event loop running meanwhile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens windows of a width on an address, each a visitor of its own; no script may fail in any."""
    contexts, errors = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(OF_THE_NETWORK):
            errors.append(message.text)

    def make(address: str, width: int, **options: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844},
            base_url=address,
            locale="en-US",
            timezone_id="Asia/Seoul",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []
