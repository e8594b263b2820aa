"""A TURN relay on loopback, set up as the README tells operators, and a small client of it (RFC 8656)."""

import hashlib
import hmac
import re
import secrets
import shutil
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Final

import pytest

from tests.eventually import eventually
from web.runtime import processes
from web.runtime.layout import ROOT
from web.runtime.ports import pick_free_port

TURNSERVER = shutil.which("turnserver")
NEEDS_A_RELAY = pytest.mark.skipif(
    TURNSERVER is None, reason="turnserver is not installed (apt-get install coturn)"
)
HERE: Final = "127.0.0.1"
RELAY_PORTS = 200  # more than all tests together need at a time; coturn passes over those that are taken


@dataclass(frozen=True)
class Relay:
    """Where a relay listens, or will."""

    port: int
    secret: str

    @property
    def url(self) -> str:
        """As in ``PLAZA_ICE_URLS``."""
        return f"turn:{HERE}:{self.port}?transport=udp"

    @contextmanager
    def running(self, folder: Path, *, secret: str | None = None) -> Iterator[None]:
        """Run coturn until the end of the block.

        Args:
            folder: for its configuration and what it writes.
            secret: another one than Plaza's.
        """
        assert TURNSERVER is not None
        config = folder / "turnserver.conf"
        config.write_text(_configuration(self.port, secret or self.secret, folder))
        log = folder / "turnserver.log"
        process = processes.spawn([TURNSERVER, "-c", str(config)], log=log)
        try:
            eventually(lambda: process.poll() is not None or self._answers())
            assert process.poll() is None, log.read_text()
            yield
        finally:
            processes.stop(process, signal.SIGKILL)  # at once, as when a machine is gone

    def _answers(self) -> bool:
        client = TurnClient(self.port, "", "", seconds=0.2)
        try:
            return client.ask(ALLOCATE, REQUESTED_TRANSPORT).error == UNAUTHORIZED
        except OSError:
            return False
        finally:
            client.close()


def new_relay() -> Relay:
    """A relay on a free port, with a secret of its own."""
    return Relay(pick_free_port(), secrets.token_hex(16))


def _configuration(port: int, secret: str, folder: Path) -> str:
    """The README's lines with ports and addresses of this machine, and what running on loopback takes."""
    found = re.search(r"```ini\n(realm=.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found, "the README tells no turnserver.conf"
    lines = found[1]
    first = pick_free_port()
    ours = {
        "static-auth-secret": secret,
        "listening-port": port,
        "min-port": first,
        "max-port": first + RELAY_PORTS,
        "allowed-peer-ip": HERE,
    }
    for name, value in ours.items():
        lines, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", lines)
        assert count == 1, name
    here = [f"listening-ip={HERE}", f"relay-ip={HERE}", "allow-loopback-peers", "no-tls", "no-dtls"]
    kept = [f"userdb={folder / 'turndb'}", f"pidfile={folder / 'pid'}", "log-file=stdout"]
    return "\n".join([lines, *here, *kept, ""])


COOKIE = 0x2112A442
ALLOCATE, REFRESH, CREATE_PERMISSION = 0x0003, 0x0004, 0x0008
_USERNAME, _INTEGRITY, _ERROR, _PEER, _REALM, _NONCE, _RELAYED = 0x06, 0x08, 0x09, 0x12, 0x14, 0x15, 0x16
REQUESTED_TRANSPORT = (0x19, bytes([17, 0, 0, 0]))  # UDP
UNAUTHORIZED, FORBIDDEN, STALE = 401, 403, 438

Attribute = tuple[int, bytes]


@dataclass(frozen=True)
class Answer:
    """What a relay answered.

    Attributes:
        error: 0 when it did what was asked.
        relayed: the address that it gave, where it gave one.
    """

    error: int
    attributes: dict[int, bytes]

    @property
    def relayed(self) -> str:
        """Where others reach this client."""
        number = struct.unpack("!I", self.attributes[_RELAYED][4:8])[0] ^ COOKIE
        return str(IPv4Address(number))


class TurnClient:
    """Asks a relay over UDP, with a name and a password as browsers get them."""

    def __init__(self, port: int, username: str, password: str, *, seconds: float = 5) -> None:
        self._username, self._password = username, password
        self._realm, self._nonce = b"", b""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(seconds)
        self._socket.connect((HERE, port))

    @classmethod
    def of(cls, relay: Relay, server: dict[str, Any]) -> "TurnClient":
        """With what :func:`web.core.ice.ice_servers` gave for a relay."""
        return cls(relay.port, server["username"], server["credential"])

    def allocate(self) -> Answer:
        """Ask for an address."""
        return self._ask_twice(ALLOCATE, REQUESTED_TRANSPORT)

    def refresh(self) -> Answer:
        """Ask to keep the address."""
        return self._ask_twice(REFRESH)

    def reach(self, address: str) -> Answer:
        """Ask to talk with a peer."""
        number = int(IPv4Address(address)) ^ COOKIE
        return self._ask_twice(CREATE_PERMISSION, (_PEER, struct.pack("!HHI", 1, 9, number)))

    def close(self) -> None:
        """Forget the socket; the relay forgets the address after some minutes."""
        self._socket.close()

    def ask(self, method: int, *attributes: Attribute) -> Answer:
        """Send one request, signed as soon as the relay has told its realm."""
        asked = b"".join(map(_packed, attributes))
        transaction = secrets.token_bytes(12)
        if self._realm:
            named = [(_USERNAME, self._username.encode()), (_REALM, self._realm), (_NONCE, self._nonce)]
            asked += b"".join(map(_packed, named))
            words = b":".join([self._username.encode(), self._realm, self._password.encode()])
            key = hashlib.md5(words, usedforsecurity=False).digest()  # the protocol's choice
            signed = _head(method, len(asked) + 24, transaction) + asked
            asked += _packed((_INTEGRITY, hmac.digest(key, signed, hashlib.sha1)))
        self._socket.send(_head(method, len(asked), transaction) + asked)
        while True:
            answer = self._socket.recv(2048)
            if answer[8:20] == transaction:
                return _read(answer)

    def _ask_twice(self, method: int, *attributes: Attribute) -> Answer:
        """Ask again with the realm and the nonce that the first answer told."""
        answer = self.ask(method, *attributes)
        if answer.error == STALE or (answer.error == UNAUTHORIZED and not self._realm):
            self._realm, self._nonce = answer.attributes[_REALM], answer.attributes[_NONCE]
            answer = self.ask(method, *attributes)
        return answer


def _head(method: int, length: int, transaction: bytes) -> bytes:
    return struct.pack("!HHI", method, length, COOKIE) + transaction


def _packed(attribute: Attribute) -> bytes:
    kind, value = attribute
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _read(message: bytes) -> Answer:
    attributes: dict[int, bytes] = {}
    rest = message[20:]
    while rest:
        kind, length = struct.unpack("!HH", rest[:4])
        attributes[kind] = rest[4 : 4 + length]
        rest = rest[4 + length + -length % 4 :]
    told = attributes.get(_ERROR)
    return Answer(told[2] * 100 + told[3] if told else 0, attributes)
