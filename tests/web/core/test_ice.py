"""Servers for calls, and the credentials that relays take."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from web.core.ice import LASTS, ice_servers
from web.core.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_nothing_is_offered_where_nothing_is_set_up(settings: Settings) -> None:
    assert ice_servers(settings, NOW) == []


def test_relays_get_credentials_that_end(settings: Settings) -> None:
    urls = ("stun:stun.example.com", "turn:turn.example.com", "turns:turn.example.com:443?transport=tcp")
    stun, turn = ice_servers(replace(settings, ice_urls=urls, turn_secret="north"), NOW)
    assert stun == {"urls": ["stun:stun.example.com"]}
    assert turn["urls"] == list(urls[1:])
    ends, _, name = turn["username"].partition(":")
    assert int(ends) == int((NOW + LASTS).timestamp())
    assert name
    again = ice_servers(replace(settings, ice_urls=urls, turn_secret="north"), NOW)[1]
    assert again["username"] != turn["username"]


def test_the_password_is_the_one_that_a_relay_computes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.core.ice.secrets.token_hex", lambda _: "ab")
    [turn] = ice_servers(replace(settings, ice_urls=("turn:turn.example.com",), turn_secret="north"), NOW)
    assert turn["username"] == "1767247200:ab"
    # printf '1767247200:ab' | openssl dgst -sha1 -hmac north -binary | base64
    assert turn["credential"] == "o7h7jXwZCrR0W0HWzKZqoDyK7+c="
