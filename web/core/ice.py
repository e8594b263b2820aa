"""Servers that browsers need for calls (ICE, RFC 8445), with credentials for the relays among them."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from web.core.settings import Settings

LASTS: Final = timedelta(hours=6)  # a call may go on longer, but begins within


def ice_servers(settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """The ``iceServers`` of an ``RTCConfiguration``.

    Relays get a name and a password that end by themselves: draft-uberti-behave-turn-rest-00, which coturn
    calls ``use-auth-secret``. The name says nothing of who asked.
    """
    relays = [url for url in settings.ice_urls if url.startswith(("turn:", "turns:"))]
    others = [url for url in settings.ice_urls if url not in relays]
    servers: list[dict[str, Any]] = [{"urls": others}] if others else []
    if relays:
        username = f"{int((now + LASTS).timestamp())}:{secrets.token_hex(8)}"
        # The protocol's choice; a MAC under a secret key does not need a hash without collisions.
        mac = hmac.digest(settings.turn_secret.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(mac).decode()
        servers.append({"urls": relays, "username": username, "credential": credential})
    return servers
