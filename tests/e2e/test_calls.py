"""Strangers call each other through a relay, as the default is: two browsers and coturn."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PHONE, OpenPage, arrive, plaza, sticking_out, wait_until
from tests.turn import NEEDS_A_RELAY, Relay, new_relay

pytestmark = [*IN_A_BROWSER, NEEDS_A_RELAY]

LONG = 60_000  # milliseconds until browsers give a connection up
NO_RELAY = "The relay that calls go through does not answer."

# Keeps what a page makes, to be looked at; `gate` holds back the camera until a test lets go of it.
WATCH = """(() => {
  window.made = { peers: [], tracks: [] };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      made.peers.push(this);
    }
  };
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    made.tracks.push(...stream.getTracks());
    await window.gate;
    return stream;
  };
})()"""

# The candidates of the pair that a call goes over, and all that a browser has of its own and of the other.
LOOK = """async () => {
  const stats = await made.peers.at(-1).getStats();
  const all = [...stats.values()];
  const transport = all.find(({ type }) => type === "transport");
  const pair = stats.get(transport.selectedCandidatePairId);
  const candidates = all.filter(({ type }) => /^(local|remote)-candidate$/.test(type));
  return {
    own: stats.get(pair.localCandidateId).candidateType,
    other: stats.get(pair.remoteCandidateId).candidateType,
    all: [...new Set(candidates.map(({ candidateType }) => candidateType))],
  };
}"""


@pytest.fixture(scope="module")
def relay() -> Relay:
    """Where Plaza says that the relay is; each test runs it, or does not."""
    return new_relay()


@pytest.fixture(scope="module")
def address(relay: Relay) -> Iterator[str]:
    """A Plaza that knows the relay, and has the defaults otherwise."""
    settings = {"PLAZA_ICE_URLS": relay.url, "PLAZA_TURN_SECRET": relay.secret}
    with plaza(three_ports=False, settings=settings) as address:
        yield address


@pytest.fixture
def relay_runs(relay: Relay, tmp_path: Path) -> Iterator[ExitStack]:
    """The relay runs until the end of the test, or until this is closed."""
    with ExitStack() as running:
        running.enter_context(relay.running(tmp_path))
        yield running


def come(open_page: OpenPage, address: str, name: str, width: int, **options: Any) -> Page:
    """Somebody who joins."""
    page = open_page(address, width, **options)
    page.add_init_script(WATCH)
    arrive(page, name)
    return page


@pytest.fixture
def hana(address: str, open_page: OpenPage) -> Page:
    """Somebody at a desk, who is the first of the two."""
    return come(open_page, address, "Hana", DESKTOP, permissions=["camera", "microphone"])


@pytest.fixture
def teo(address: str, open_page: OpenPage) -> Page:
    """Somebody with a phone."""
    return come(open_page, address, "Teo", PHONE, permissions=["camera", "microphone"])


def find_each_other(*pages: Page) -> None:
    """Let two strangers meet, with what the page offers by itself."""
    for page in pages:
        page.goto("/anonymous")
        page.get_by_role("button", name="I am 18 or older").click()
    for page in pages:
        expect(page.locator("[data-part=talk]")).to_be_visible()
        expect(page.locator("[data-presence]")).to_have_text("here now")


def ring(page: Page) -> None:
    """Call the other."""
    page.get_by_role("button", name="Video call").click()


def hold_the_camera(page: Page) -> None:
    """As while the browser still asks whether the page may use it."""
    page.evaluate("() => { window.gate = new Promise((open) => { window.openGate = open; }); }")


def expect_to_talk(*pages: Page) -> None:
    """Wait until pictures move on both sides."""
    for page in pages:
        expect(page.locator("[data-call]")).to_have_attribute("data-state", "talking")
        wait_until(page, "document.querySelector('[data-call-other]').videoWidth > 0")
        at = page.evaluate("document.querySelector('[data-call-other]').currentTime")
        wait_until(page, f"document.querySelector('[data-call-other]').currentTime > {at}")


def expect_to_be_free(*pages: Page) -> None:
    """The call is over, another one may begin, and nobody films any more."""
    for page in pages:
        expect(page.locator("[data-call]")).to_be_hidden()
        expect(page.get_by_role("button", name="Video call")).to_be_visible()
        wait_until(page, "made.tracks.every(({ readyState }) => readyState === 'ended')")
        wait_until(page, "made.peers.every(({ connectionState }) => connectionState === 'closed')")


def heard(page: Page) -> list[dict[str, Any]]:
    """What comes over a page's sockets from now on, filled in as it comes."""
    frames: list[dict[str, Any]] = []

    def note(text: str | bytes) -> None:
        frames.append(json.loads(text))

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", note)
        socket.on("framesent", note)

    page.on("websocket", listen)
    return frames


def addresses_in(frames: list[dict[str, Any]]) -> tuple[list[str], set[str]]:
    """The types of all candidates that were told, in descriptions too, and the addresses behind them."""
    told = json.dumps([frame for frame in frames if frame.get("event") == "signal"])
    return re.findall(r"typ (\w+)", told), set(re.findall(r"raddr (\S+)", told))


@pytest.mark.usefixtures("relay_runs")
def test_strangers_see_each_other_through_the_relay_alone(hana: Page, teo: Page) -> None:
    told = [*map(heard, (hana, teo))]
    find_each_other(hana, teo)
    writing = teo.get_by_label("Your message")
    writing.focus()
    ring(hana)
    expect(teo.locator("[data-call-rings]")).to_be_visible()
    expect(writing).to_be_focused()  # a space in what one types must not turn the camera on
    assert not sticking_out(teo)
    teo.get_by_role("button", name="Answer").click()
    expect_to_talk(hana, teo)
    for page in (hana, teo):
        assert page.evaluate(LOOK) == {"own": "relay", "other": "relay", "all": ["relay"]}
        assert not sticking_out(page)
    for frames in told:
        kinds, behind = addresses_in(frames)
        assert set(kinds) == {"relay"}
        assert behind <= {"0.0.0.0"}  # noqa: S104  # no address at all
    hana.get_by_role("button", name="Hang up").click()
    expect_to_be_free(hana, teo)
    expect(hana.get_by_role("button", name="Video call")).to_be_focused()

    ring(teo)
    hana.get_by_role("button", name="Answer").click()
    expect_to_talk(hana, teo)
    # Each call has credentials of its own, because those of a relay end.
    names = "made.peers.map((peer) => peer.getConfiguration().iceServers[0].username)"
    assert len(set(hana.evaluate(names))) == 2
    teo.reload()  # as when it is closed
    expect(hana.get_by_text("The call is over.")).to_be_visible()
    expect_to_be_free(hana)


@pytest.mark.usefixtures("relay_runs")
@pytest.mark.parametrize("faster", [0, 1])
def test_two_who_call_at_once_have_one_call(hana: Page, teo: Page, faster: int) -> None:
    pages = (hana, teo)
    find_each_other(*pages)
    for page in pages:
        hold_the_camera(page)
        ring(page)
        wait_until(page, "made.tracks.length > 0")  # the camera is there, and the page learns it soon
    first, second = pages[faster], pages[1 - faster]
    first.evaluate("openGate()")
    wait_until(first, "made.peers.length > 0")
    second.evaluate("openGate()")
    expect_to_talk(*pages)
    hana.get_by_role("button", name="Hang up").click()
    expect_to_be_free(*pages)


@pytest.mark.usefixtures("relay_runs")
def test_a_call_rings_in_each_window_until_it_is_answered_in_one(hana: Page, teo: Page) -> None:
    find_each_other(hana, teo)
    other = teo.context.new_page()
    other.goto("/anonymous")
    expect(other.locator("[data-part=talk]")).to_be_visible()
    ring(hana)
    expect(other.get_by_role("button", name="Answer")).to_be_visible()
    teo.get_by_role("button", name="Answer").click()
    expect(other.locator("[data-call]")).to_be_hidden()
    other.close()
    expect_to_talk(hana, teo)


@pytest.mark.usefixtures("relay_runs")
def test_who_allows_no_camera_is_told_and_so_is_the_other(
    hana: Page, open_page: OpenPage, address: str
) -> None:
    shy = come(open_page, address, "Shy", PHONE)
    find_each_other(hana, shy)
    ring(hana)
    shy.get_by_role("button", name="Answer").click()
    expect(shy.get_by_text("Plaza may not use your camera and microphone")).to_be_visible()
    expect(hana.get_by_text("The call was not answered.")).to_be_visible()
    expect_to_be_free(hana, shy)
    ring(shy)
    expect_to_be_free(hana, shy)


@pytest.mark.usefixtures("relay_runs")
def test_nobody_is_filmed_who_hung_up_or_turned_the_camera_off_in_time(hana: Page, teo: Page) -> None:
    find_each_other(hana, teo)
    hold_the_camera(hana)
    ring(hana)
    wait_until(hana, "made.tracks.length > 0")
    hana.get_by_role("button", name="Hang up").click()
    hana.evaluate("openGate()")
    expect_to_be_free(hana, teo)

    ring(hana)
    hold_the_camera(teo)
    teo.get_by_role("button", name="Answer").click()
    teo.get_by_role("button", name="Camera off").click()
    teo.evaluate("openGate()")
    expect_to_talk(teo)
    assert teo.evaluate("made.tracks.map(({ kind, enabled }) => `${kind} ${enabled}`).sort()") == [
        "audio true",
        "video false",
    ]
    teo.get_by_role("button", name="Camera off").click()
    assert teo.evaluate("made.tracks.every(({ enabled }) => enabled)")


def test_a_relay_that_goes_away_and_one_that_refuses_are_told(
    hana: Page, teo: Page, relay: Relay, relay_runs: ExitStack, tmp_path: Path
) -> None:
    find_each_other(hana, teo)
    ring(hana)
    teo.get_by_role("button", name="Answer").click()
    expect_to_talk(hana, teo)
    relay_runs.close()
    expect(hana.get_by_text("The connection is poor.")).to_be_visible(timeout=LONG)
    expect(
        hana.get_by_text("The call was interrupted.").or_(hana.get_by_text("The call is over."))
    ).to_be_visible(timeout=LONG)
    expect_to_be_free(hana, teo)

    ring(hana)  # nothing listens
    expect(hana.get_by_text(NO_RELAY)).to_be_visible(timeout=LONG)
    expect_to_be_free(hana, teo)

    with relay.running(tmp_path, secret="another"):
        ring(teo)
        expect(teo.get_by_text(NO_RELAY)).to_be_visible()
        expect_to_be_free(hana, teo)
