"""The one socket of a page, when what is between it and the server forgets it without a word."""

import re
from time import monotonic

from playwright.sync_api import Page, WebSocketRoute

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PATIENCE, OpenPage, arrive

pytestmark = IN_A_BROWSER


def test_a_connection_that_fell_silent_is_opened_anew(address: str, open_page: OpenPage) -> None:
    page = open_page(address, DESKTOP)
    greeted: list[str | bytes] = []
    silent = False

    def between(route: WebSocketRoute) -> None:
        is_after = silent

        def is_passed_on() -> bool:
            return is_after or not silent

        def from_server(message: str | bytes) -> None:
            if is_passed_on():
                route.send(message)
                if '"connected"' in str(message):
                    greeted.append(message)

        server = route.connect_to_server()
        server.on_message(from_server)
        route.on_message(lambda message: server.send(message) if is_passed_on() else None)

    arrive(page, "Noa")
    page.clock.install()
    page.route_web_socket(re.compile(r"/ws\b"), between)
    page.goto("/")
    wait_for(page, greeted, 1)
    silent = True
    page.clock.fast_forward(50_000)  # it asks whether anybody is there,
    page.clock.fast_forward(20_000)  # and is not answered
    wait_for(page, greeted, 2)


def wait_for(page: Page, greeted: list[str | bytes], number: int) -> None:
    """Return when the server has greeted so often, while the browser goes on."""
    deadline = monotonic() + PATIENCE / 1000
    while len(greeted) < number:
        assert monotonic() < deadline
        page.wait_for_timeout(20)
