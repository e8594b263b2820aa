"""Requests to addresses that members give us: they reach public hosts over TLS, and nothing of our own.

Names are looked up here and the connection goes to the address that was checked, so that a name cannot mean
something else a moment later. Redirects are not followed, and the whole exchange has one deadline.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpcore

SECONDS = 5.0
_TLS_PORT = 443
# Addresses that carry an IPv4 address on to wherever a gateway takes it (RFC 6052, RFC 8215, RFC 3056).
_GATEWAYS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PrivateAddress(Exception):
    """The address is not one of the public internet."""


class PublicHosts:
    """Sends to public hosts only.

    Args:
        with_loopback: this machine may be reached as well, over plain http and on any port; in development.
        seconds: for looking up, connecting, sending and reading the answer.
        tls: who is trusted; by default the usual authorities.
    """

    def __init__(
        self, *, with_loopback: bool = False, seconds: float = SECONDS, tls: ssl.SSLContext | None = None
    ) -> None:
        self._with_loopback = with_loopback
        self._seconds = seconds
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made by the first request: most processes never send one."""
        return self._given_tls or httpcore.default_ssl_context()

    def may_be_at(self, url: str) -> bool:
        """Whether an address looks like one of the public internet; its name is not looked up."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if not parts.hostname or parts.username is not None or parts.password is not None:
            return False
        literal = _literal(parts.hostname)
        if self._with_loopback and (parts.hostname == "localhost" or (literal and literal.is_loopback)):
            return parts.scheme in ("http", "https")
        is_public = is_global(literal) if literal else "." in parts.hostname
        return parts.scheme == "https" and port in (None, _TLS_PORT) and is_public

    def post(self, url: str, headers: Mapping[str, str], content: bytes) -> tuple[int, dict[str, str]]:
        """Send a request; the status and the headers (in small letters) of the answer. Its body is not read.

        Raises:
            PrivateAddress: nothing was sent.
            OSError: the host cannot be reached or does not answer in time.
        """
        if not self.may_be_at(url):
            raise PrivateAddress("not an address of the public internet")
        backend = _PublicNetwork(time.monotonic() + self._seconds, with_loopback=self._with_loopback)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool,
                pool.stream("POST", url, headers=_with_host(url, headers), content=content) as response,
            ):
                answered = {
                    name.decode().lower(): value.decode("latin-1") for name, value in response.headers
                }
                return response.status, answered
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            ssl.SSLError,
        ) as error:
            # Its own text may name the address.
            raise OSError(f"the push service cannot be reached: {type(error).__name__}") from error


def is_global(address: Address) -> bool:
    """Whether an IP address belongs to a single host of the public internet."""
    is_gateway = any(address.version == network.version and address in network for network in _GATEWAYS)
    return address.is_global and not (address.is_multicast or is_gateway)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _with_host(url: str, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("Host", urlsplit(url).netloc), *headers.items(), ("Connection", "close")]


class _PublicNetwork(httpcore.NetworkBackend):
    """Connects to public addresses, for one exchange with one deadline."""

    def __init__(self, ends_at: float, *, with_loopback: bool) -> None:
        self._ends_at = ends_at
        self._with_loopback = with_loopback
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in self._look_up(host, port):
            try:
                stream = self._network.connect_tcp(
                    address, port, _left(self._ends_at), local_address, socket_options or ()
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error  # it may have others, such as one of the older protocol
            else:
                return _Stream(stream, self._ends_at)
        raise failed

    def _look_up(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of them public."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name is not known") from error
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            ip = ipaddress.ip_address(address)
            if not (is_global(ip) or (self._with_loopback and ip.is_loopback)):
                raise PrivateAddress("the name leads to a private address")
        return addresses


class _Stream(httpcore.NetworkStream):
    """A connection that ends at a deadline, however slowly the other side goes on."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._ends_at))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends_at))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._ends_at))
        return _Stream(stream, self._ends_at)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline has passed")
    return left
