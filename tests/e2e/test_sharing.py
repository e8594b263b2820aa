"""Pictures, stories and reels in a real browser, through nginx and the worker."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.browsing import DESKTOP, IN_A_BROWSER, PATIENCE, PHONE, OpenPage, arrive, sticking_out

pytestmark = IN_A_BROWSER

MADE = PATIENCE * 3  # milliseconds until a worker has made what is shown
SECONDS, RATE = 2, 24


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "dawn.jpg"
    Image.linear_gradient("L").resize((1200, 900)).convert("RGB").save(path)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "walk.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 270, 480, "yuv420p"
        for number in range(SECONDS * RATE):
            frame = np.full((480, 270, 3), number * 5, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def upload(page: Page, path: Path, description: str = "") -> None:
    """Choose a file and wait until it is ready to be shown."""
    page.set_input_files("[data-files]", path)
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator(".tile progress")).to_have_count(0, timeout=MADE)
    page.locator(".tile input").fill(description)


def share_reel(page: Page, film: Path, words: str) -> None:
    """Share a film as a reel, as an app does."""
    headers = {"X-CSRF-Token": page.locator("body").get_attribute("data-csrf-token") or ""}
    file: FilePayload = {"name": "r.mp4", "mimeType": "video/mp4", "buffer": film.read_bytes()}
    form: dict[str, str | float | bool | bytes | FilePayload] = {"purpose": "post", "file": file}
    sent = page.request.post("/api/v1/media", multipart=form, headers=headers).json()
    for _ in range(300):
        state = page.request.get(f"/api/v1/media/{sent['id']}").json()
        if state["status"] != "processing":
            break
        page.wait_for_timeout(100)
    assert state["status"] == "ready", state
    reel = {"type": "reel", "body": words, "media": [{"media_id": sent["id"]}]}
    assert page.request.post("/api/v1/posts", data=reel, headers=headers).status == 201


def test_a_picture_is_shared_with_words_for_who_does_not_see_it(
    open_page: OpenPage, address: str, picture: Path
) -> None:
    page = open_page(address, PHONE)
    arrive(page, "Suri")
    upload(page, picture, "The sky, from dark to light")
    assert not sticking_out(page)
    page.get_by_label("Your post").fill("up early #dawn")
    page.get_by_role("button", name="Post", exact=True).click()
    shown = page.locator("[data-posts] .gallery img").first
    expect(shown).to_have_attribute("alt", "The sky, from dark to light", timeout=PATIENCE)
    shown.evaluate("image => image.decode()")
    assert not sticking_out(page)
    expect(page.locator(".tile")).to_have_count(0)
    page.locator("[data-posts] .hashtag").first.click()
    page.wait_for_url("**/hashtags/dawn")
    expect(page.locator("[data-list] .gallery img").first).to_be_visible()


def test_what_is_no_picture_is_refused_and_the_words_stay(
    open_page: OpenPage, address: str, tmp_path: Path
) -> None:
    page = open_page(address, DESKTOP)
    arrive(page, "Gaon")
    broken = tmp_path / "letter.jpg"
    broken.write_text("dear diary")
    page.get_by_label("Your post").fill("look at this")
    page.set_input_files("[data-files]", broken)
    expect(page.locator(".notice")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(0)
    expect(page.get_by_label("Your post")).to_have_value("look at this")


def test_a_story_is_shown_by_itself_and_by_keys(open_page: OpenPage, address: str, picture: Path) -> None:
    author, reader = open_page(address, PHONE), open_page(address, PHONE)
    arrive(author, "Haru")
    author.goto("/stories/new")
    upload(author, picture)
    author.get_by_label("Words to it").fill("good morning")
    author.get_by_role("button", name="Show it").click()
    author.wait_for_url("**/feed")
    arrive(reader, "Doyun")
    reader.goto("/members/@haru")
    with reader.expect_response("**/follow"):
        reader.locator(".follow__button").click()
    reader.goto("/feed")
    with reader.expect_response("**/view") as viewed:
        reader.locator(".tray-row a", has_text="Haru").click()
        expect(reader.locator(".story__text")).to_have_text("good morning")
    assert viewed.value.status == 204
    assert not sticking_out(reader)
    reader.keyboard.press("Escape")
    reader.wait_for_url("**/feed")
    expect(reader.locator(".tray-row .ring--new")).to_have_count(0)
    author.goto("/stories/@haru")
    expect(author.locator(".story__actions")).to_contain_text("1 viewer")


# Not page.wait_for_function: it evaluates text in the page, which the policy of contents forbids.
A_MOMENT_IN = """(video) => new Promise((seen) => {
    const look = () => video.currentTime > 0.3 && seen();
    video.addEventListener("timeupdate", look);
    look();
})"""


def test_reels_play_while_they_are_in_sight(open_page: OpenPage, address: str, film: Path) -> None:
    page = open_page(address, PHONE)
    arrive(page, "Bora")
    for words in ("first", "second"):
        share_reel(page, film, words)
    page.goto("/reels")
    first, second = page.locator("[data-reel] video").nth(0), page.locator("[data-reel] video").nth(1)
    expect(first).to_have_js_property("paused", False, timeout=PATIENCE)
    expect(second).to_have_js_property("paused", True)
    first.evaluate(A_MOMENT_IN)
    with page.expect_response("**/watch") as watched:
        page.keyboard.press("ArrowDown")
    assert watched.value.status == 204
    expect(second).to_have_js_property("paused", False, timeout=PATIENCE)
    expect(first).to_have_js_property("paused", True)
    assert not sticking_out(page)
