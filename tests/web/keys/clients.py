"""Clients that seal and open: a member's devices, with PyNaCl.

As ``static/js/sealed.js`` they pad texts to a multiple of 160 bytes, so that the length says little.
"""

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.public import Box, PrivateKey, PublicKey

from tests.factories import Person
from tests.web.conftest import Api
from web.accounts.sessions.service import SessionService
from web.core.app import App

BLOCK = 160


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def unb64(value: str) -> bytes:
    return base64.b64decode(value)


@dataclass
class Device:
    """A member's device; its secret key stays here."""

    api: Api
    owner: Person
    id: UUID = field(default_factory=uuid4)
    secret: PrivateKey = field(default_factory=PrivateKey.generate)
    former: list[PrivateKey] = field(default_factory=list)

    @property
    def public_key(self) -> str:
        return b64(bytes(self.secret.public_key))

    def put(self, status: int = 200, **values: Any) -> Any:
        """Register the key."""
        new = {"device_id": str(self.id), "public_key": self.public_key, **values}
        return self.api.call("PUT", "/keys/me", self.owner, new, status=status).json

    def rotate(self) -> None:
        """Make a new key, and keep the former until what was sealed to it is opened."""
        self.former.append(self.secret)
        self.secret = PrivateKey.generate()
        self.put()

    def devices_of(self, user_id: UUID) -> list[Any]:
        devices: list[Any] = self.api.get(f"/keys/{user_id}", self.owner)["devices"]
        return devices

    def seal(self, text: str, public_key: str) -> dict[str, str]:
        """A copy for one device."""
        box = Box(self.secret, PublicKey(unb64(public_key)))
        sealed = box.encrypt(sodium_pad(text.encode(), BLOCK))
        return {"public_key": public_key, "nonce": b64(sealed.nonce), "ciphertext": b64(sealed.ciphertext)}

    def sealed(self, text: str, recipient_id: UUID) -> dict[str, Any]:
        """A message as it is sent: for all devices of the recipient and one's own others."""
        keys = [
            device["public_key"]
            for user_id in (recipient_id, self.owner.id)
            for device in self.devices_of(user_id)
            if device["public_key"] != self.public_key
        ]
        return {
            "client_id": str(uuid4()),
            "recipient_id": str(recipient_id),
            "sender_public_key": self.public_key,
            "copies": [self.seal(text, key) for key in keys],
        }

    def send(self, text: str, recipient_id: UUID, status: int = 201) -> Any:
        return self.api.post("/secret-messages", self.sealed(text, recipient_id), self.owner, status=status)

    def open(self, message: Any, copy: Any) -> str:
        """The text of a message."""
        keys = {b64(bytes(secret.public_key)): secret for secret in (self.secret, *self.former)}
        box = Box(keys[copy["public_key"]], PublicKey(unb64(message["sender_public_key"])))
        padded = box.decrypt(unb64(copy["ciphertext"]), unb64(copy["nonce"]))
        return sodium_unpad(padded, BLOCK).decode()

    def read(self, peer: Person) -> list[str]:
        """What this device can open of a conversation, oldest first."""
        page = f"/secret-messages?peer={peer.id}&device_id={self.id}"
        items = self.api.every_page(page, self.owner)[::-1]
        return [self.open(item, item["sealed"]) for item in items if item["sealed"]]


def prove(app: App, who: Person) -> None:
    """Somebody says once more who they are."""
    with app.work() as services:
        services[SessionService].proved(who.session_id)


def device_of(api: Api, owner: Person, app: App | None = None, **values: Any) -> Device:
    """A registered device; with ``app``, right after signing in, as all changes after the first take it."""
    if app:
        prove(app, owner)
    device = Device(api, owner)
    device.put(**values)
    return device


def ask(device: Device, recipient: Person, status: int = 201) -> Any:
    """Ask to exchange keys."""
    new = {"recipient_id": str(recipient.id), "public_key": device.public_key}
    return device.api.post("/key-exchanges", new, device.owner, status=status)


def agree(device: Device, exchange: Any, status: int = 200) -> Any:
    """Agree to exchange keys."""
    answer = {"public_key": device.public_key}
    return device.api.call(
        "PUT", f"/key-exchanges/{exchange['id']}", device.owner, answer, status=status
    ).json


def exchange(one: Device, other: Device) -> Any:
    """Two members who write each other from now on."""
    return agree(other, ask(one, other.owner))


def post(device: Device, message: Any, status: int = 201) -> Any:
    """Send a message as it is."""
    return device.api.post("/secret-messages", message, device.owner, status=status)
