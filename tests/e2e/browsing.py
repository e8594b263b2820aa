"""A Plaza for browsers, and what people do first in it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import APIResponse, Page

from tests.eventually import eventually
from web.runtime.environment import PORTS
from web.runtime.layout import ROOT, Layout
from web.runtime.ports import pick_free_port

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a camera and a microphone, for who may use them
]
PHONE, DESKTOP = 390, 1280
PASSWORD = "a good password"
PATIENCE = 20_000  # milliseconds for what other processes have to do

OpenPage = Callable[..., Page]

# One worker, so that all of them share one Plaza.
IN_A_BROWSER = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]


def plaza_command(environ: dict[str, str], *words: str) -> None:
    """Run the ``plaza`` command; its output is shown when it fails.

    Without measuring coverage: everything that it starts is much faster.
    """
    hidden = ("PLAZA_", "COVERAGE_")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    result = subprocess.run(
        [sys.executable, "-m", "web.cli.main", *words],
        cwd=ROOT,
        env=outside | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@contextmanager
def plaza(*, three_ports: bool, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """A Plaza of its own; the address that a browser opens.

    Args:
        three_ports: whether browsers are sent to the programs' own ports, as without nginx.
        settings: more of the variables that the README lists.
    """
    folder = Path(tempfile.mkdtemp(prefix="plaza-browser-"))
    folder.chmod(0o711)  # the account that runs PostgreSQL for root has to pass through
    ports: dict[str, str] = {}
    while len(set(ports.values())) < len(PORTS):
        ports = {name: str(pick_free_port()) for name in PORTS}
    environ = {"PLAZA_VAR": str(folder), **ports, **(settings or {})}
    environ |= {f"PLAZA_LIMIT_{kind}": "10000/minute" for kind in ("AUTH", "READS", "WRITES")}
    if three_ports:
        here = f"http://localhost:{ports['PLAZA_WEB_PORT']}"
        environ |= {
            "PLAZA_PUBLIC_URL": here,
            "PLAZA_CORS_ORIGINS": here,
            "PLAZA_ANALYTICS_URL": f"http://localhost:{ports['PLAZA_ANALYTICS_PORT']}",
            "PLAZA_REALTIME_URL": f"http://localhost:{ports['PLAZA_REALTIME_PORT']}",
        }
    try:
        plaza_command(environ, "up", "--detach", "--no-demo", "--no-nightly")
        yield Layout.of(environ).read_state()["PLAZA_PUBLIC_URL"]
    finally:
        plaza_command(environ, "down")
        shutil.rmtree(folder, ignore_errors=True)


_STICKING_OUT = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.body.querySelectorAll("*")].filter(
        (element) => element.getBoundingClientRect().right > width + 0.5,
    );
    return wide.map((element) => element.outerHTML.slice(0, 120)).concat("the page");
}"""


def sticking_out(page: Page) -> list[str]:
    """What makes the page wider than its window; nothing should."""
    elements: list[str] = page.evaluate(_STICKING_OUT)
    return elements


def wait_until(page: Page, expression: str, seconds: float = PATIENCE / 1000) -> None:
    """Wait until something is true in a page, whose policy lets Playwright's own waiting look only once."""
    eventually(lambda: page.evaluate(expression), seconds)


_joined: Counter[str] = Counter()


def join(page: Page, name: str) -> str:
    """Sign up, read the code in the mailbox, come in; by hand, which takes seconds.

    Returns:
        The username.
    """
    username = _username(name)
    page.goto("/signup")
    assert not sticking_out(page)
    page.get_by_label("Email").fill(f"{username}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name shown to others").fill(name)
    page.get_by_label("Date of birth").fill("1999-05-17")
    page.get_by_role("button", name="Send me the code").click()
    page.wait_for_url("**/code?ticket=*")
    assert not sticking_out(page)
    code = mailed_code(page, f"{username}@example.com")
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url("**/feed")
    assert not sticking_out(page)
    return username


def arrive(page: Page, name: str) -> str:
    """As :func:`join`, by the same forms without a look at them: for tests of what comes afterwards.

    Returns:
        The username.
    """
    username = _username(name)
    person = {"email": f"{username}@example.com", "password": PASSWORD, "nickname": name}
    asked = _send_form(page, "/signup", {**person, "birth_date": "1999-05-17", "zone": "Asia/Seoul"})
    [ticket] = parse_qs(urlsplit(asked.url).query)["ticket"]
    codes: list[str] = []

    def is_mailed() -> bool:
        mails = page.request.get("/dev/mailbox").text().split("<article")
        codes.extend(re.findall(r"\b\d{6}\b", next((mail for mail in mails if person["email"] in mail), "")))
        return bool(codes)

    eventually(is_mailed, PATIENCE / 1000)
    _send_form(page, "/code", {"ticket": ticket, "code": codes[0]}, shown_at=asked.url)
    page.goto("/feed")
    page.wait_for_url("**/feed")
    return username


def _username(name: str) -> str:
    """All tests share one Plaza, where an address is taken once: the second Mina writes from ``mina2@``."""
    _joined[name] += 1
    return name.lower() if _joined[name] == 1 else f"{name.lower()}{_joined[name]}"


def _send_form(page: Page, path: str, values: dict[str, str], shown_at: str | None = None) -> APIResponse:
    """Send a form of a page, with the token against forgeries that the page has."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.request.get(shown_at or path).text())
    assert found
    language = {"Accept-Language": "en-US"}  # as the windows of ``open_page`` say; an account keeps it
    answer = page.request.post(path, form={**values, "csrf_token": found[1]}, headers=language)
    assert answer.ok, answer.text()
    return answer


def mailed_code(page: Page, recipient: str) -> str:
    """The code that the worker mails, read on the mailbox page."""
    return mailed(page, recipient, r"\d{6}")


def mailed(page: Page, recipient: str, pattern: str) -> str:
    """What matches in the newest mail to somebody that has it, as soon as it has come."""
    mailbox = page.context.new_page()
    mails = mailbox.locator(".mail", has_text=recipient).filter(has_text=re.compile(pattern))
    mailbox.goto("/dev/mailbox")
    for _ in range(100):
        if mails.count():
            break
        mailbox.wait_for_timeout(100)
        mailbox.reload()
    assert not sticking_out(mailbox)
    found = re.search(pattern, mails.first.inner_text())
    assert found, "nothing was mailed"
    mailbox.close()
    return found.group()
