"""The settings choose the push services."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from web.core.settings import Settings, SettingsError
from web.notifications.delivery.choosing import push_services_for
from web.notifications.delivery.expo import Expo
from web.notifications.delivery.fcm import Fcm
from web.notifications.delivery.outbox import OutboxPush
from web.notifications.delivery.vapid import VapidKey, create_vapid_key
from web.notifications.delivery.web_push import WebPush


@pytest.fixture
def production(settings: Settings, tmp_path: Path) -> Settings:
    """Sends; and has no keys yet."""
    return replace(settings, environment="production", push="send", vapid_key=tmp_path / "vapid.pem")


def test_development_reaches_nobody_and_has_a_key(settings: Settings, tmp_path: Path) -> None:
    chosen = push_services_for(replace(settings, vapid_key=tmp_path / "vapid.pem"))
    assert all(isinstance(chosen.get(name), OutboxPush) for name in ("web_push", "expo", "fcm"))
    assert chosen.vapid_public_key == VapidKey.read(tmp_path / "vapid.pem").public_key


def test_production_makes_no_key_by_itself(production: Settings) -> None:
    chosen = push_services_for(production)
    assert isinstance(chosen.get("expo"), Expo)
    assert (chosen.get("web_push"), chosen.get("fcm"), chosen.vapid_public_key) == (None, None, None)


def test_keys_and_accounts_bring_their_services(production: Settings, tmp_path: Path) -> None:
    assert production.vapid_key is not None
    create_vapid_key(production.vapid_key)
    private = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    account = tmp_path / "account.json"
    names = ("project_id", "client_email", "private_key_id", "token_uri")
    account.write_text(json.dumps(dict.fromkeys(names, "x") | {"private_key": private.decode()}))
    chosen = push_services_for(replace(production, fcm_credentials=account))
    assert isinstance(chosen.get("fcm"), Fcm)
    web_push = chosen.get("web_push")
    assert isinstance(web_push, WebPush)
    assert not web_push.takes("http://127.0.0.1/")  # production reaches nothing within


def test_a_broken_key_stops_the_start(production: Settings) -> None:
    assert production.vapid_key is not None
    production.vapid_key.write_text("?")
    with pytest.raises(SettingsError, match="PLAZA_VAPID_KEY"):
        push_services_for(production)
