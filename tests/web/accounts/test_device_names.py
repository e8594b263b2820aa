"""Devices have names that people know."""

import pytest

from web.accounts.sessions.device_names import DeviceName, device_label, device_name
from web.core.i18n import translator

ENGLISH = translator("en")
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "client", "label"),
    [
        (SAFARI, "web", "Mobile Safari on iOS"),
        (CHROME.format(130), "web", "Chrome on Linux"),
        ("curl/8.1", "api", "curl"),
        ("a program of my own", "api", "App"),
        (None, "api", "App"),
        ("", "web", "Browser"),
        (None, "cli", "Command line"),
        (None, None, "Unknown device"),
        ("x" * 100_000, None, "Unknown device"),
    ],
)
def test_a_device_is_named_by_what_is_known(user_agent: str | None, client: str | None, label: str) -> None:
    assert device_label(user_agent, client, ENGLISH) == label


def test_versions_make_no_other_device() -> None:
    assert device_name(CHROME.format(130)) == device_name(CHROME.format(131)) == DeviceName("Chrome", "Linux")


def test_a_device_is_looked_at_once() -> None:
    device_name.cache_clear()
    for _ in range(3):
        device_name(SAFARI)
    assert (device_name.cache_info().misses, device_name.cache_info().hits) == (1, 2)
