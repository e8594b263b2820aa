"""Settings name what is missing, and production takes no development secrets."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from web.core.app import App
from web.core.key_file import DEVELOPMENT_MARK
from web.core.settings import Settings, SettingsError
from web.core.tokens import KeyRing

GOOD = {
    "PLAZA_ENV": "production",
    "PLAZA_DATABASE_URL": "postgresql://web@db/plaza",
    "PLAZA_VALKEY_URL": "redis://cache/0",
    "PLAZA_SECRET": "s" * 40,
    "PLAZA_SIGNING_KEYS": "/etc/plaza/keys.json",
    "PLAZA_PUBLIC_URL": "https://plaza.example",
    "PLAZA_SMTP_URL": "smtps://plaza:secret@mail.example",
}


def test_each_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({**GOOD, "PLAZA_DATABASE_URL": "", "PLAZA_SECRET": ""})
    assert "PLAZA_DATABASE_URL, PLAZA_SECRET" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLAZA_SECRET", "development-" + "x" * 40),
        ("PLAZA_SECRET", "short"),
        ("PLAZA_SIGNING_KEYS", ""),
        ("PLAZA_PUBLIC_URL", "http://plaza.example"),
        ("PLAZA_PUBLIC_URL", ""),
        ("PLAZA_SMTP_URL", ""),
    ],
)
def test_production_refuses_what_only_development_may_have(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.load({**GOOD, name: value})


def test_production_does_not_boot_with_keys_that_were_made_for_development(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    KeyRing.create(keys, mark=DEVELOPMENT_MARK)
    with pytest.raises(SettingsError, match="made for development"):
        App(Settings.load({**GOOD, "PLAZA_SIGNING_KEYS": str(keys)}))


def test_addresses_for_calls_may_stand_apart() -> None:
    urls = " stun:stun.example.com, turn:turn.example.com:3478?transport=udp,turns:[2001:db8::1]:443 ,"
    settings = Settings.load({**GOOD, "PLAZA_ICE_URLS": urls, "PLAZA_TURN_SECRET": "north"})
    assert settings.ice_urls == (
        "stun:stun.example.com",
        "turn:turn.example.com:3478?transport=udp",
        "turns:[2001:db8::1]:443",
    )


@pytest.mark.parametrize(
    "url", ["turn.example.com", "turn://turn.example.com", "https://turn.example.com", "turn:a?transport=tls"]
)
def test_an_address_that_browsers_would_refuse_is_refused_at_boot(url: str) -> None:
    with pytest.raises(SettingsError, match="PLAZA_ICE_URLS"):
        Settings.load(
            {**GOOD, "PLAZA_ICE_URLS": f"stun:stun.example.com,{url}", "PLAZA_TURN_SECRET": "north"}
        )


def test_a_relay_needs_its_secret() -> None:
    with pytest.raises(SettingsError, match="PLAZA_TURN_SECRET"):
        Settings.load({**GOOD, "PLAZA_ICE_URLS": "turn:turn.example.com"})
    assert Settings.load({**GOOD, "PLAZA_ICE_URLS": "stun:stun.example.com"}).ice_urls


def test_whether_people_come_over_tls_is_told_by_the_address() -> None:
    assert Settings.load(GOOD).is_secure
    assert not replace(Settings.load(GOOD), public_url="http://localhost:8080").is_secure


def test_pushes_are_sent_in_production_and_elsewhere_on_demand(tmp_path: Path) -> None:
    assert Settings.load(GOOD).push == "send"
    elsewhere = {**GOOD, "PLAZA_ENV": "development", "PLAZA_VAR": str(tmp_path)}
    assert Settings.load(elsewhere).push == "outbox"
    assert Settings.load({**elsewhere, "PLAZA_PUSH": "send"}).push == "send"
    with pytest.raises(SettingsError, match="PLAZA_PUSH"):
        Settings.load({**GOOD, "PLAZA_PUSH": "yes"})


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(SettingsError, match="PLAZA_ENV"):
        Settings.load({**GOOD, "PLAZA_ENV": "staging"})


def test_development_takes_what_the_embedded_servers_wrote_and_the_environment_wins(tmp_path: Path) -> None:
    written = {
        "PLAZA_DATABASE_URL": "postgresql://a/b",
        "PLAZA_VALKEY_URL": "redis://x",
        "PLAZA_SECRET": "development-1",
    }
    (tmp_path / "runtime.json").write_text(json.dumps(written))
    overrides = {"PLAZA_ENV": "development", "PLAZA_VAR": str(tmp_path), "PLAZA_VALKEY_URL": "redis://y"}
    settings = Settings.load(overrides)
    assert settings.database_url == "postgresql://a/b"
    assert settings.valkey_url == "redis://y"
    assert settings.signing_keys == tmp_path / "signing_keys.json"


def test_production_does_not_read_what_the_embedded_servers_wrote(tmp_path: Path) -> None:
    (tmp_path / "runtime.json").write_text(json.dumps({"PLAZA_DATABASE_URL": "postgresql://a/b"}))
    with pytest.raises(SettingsError, match="PLAZA_DATABASE_URL"):
        Settings.load({**GOOD, "PLAZA_DATABASE_URL": "", "PLAZA_VAR": str(tmp_path)})


def test_every_variable_is_in_the_readme() -> None:
    root = Path(__file__).parents[3]
    sources = [root / "web/core/settings.py", root / "analytics_api/settings.py", root / "nginx/plaza.conf"]
    sources += (root / "web/runtime").glob("*.py")
    used = {name for path in sources for name in re.findall(r"PLAZA_[A-Z0-9_]*[A-Z0-9]", path.read_text())}
    inner = {"PLAZA_STACK"}  # by which the supervisor knows its own processes
    known = set(re.findall(r"PLAZA_[A-Z0-9_]+", (root / "README.md").read_text()))
    assert used - inner - known == set()
