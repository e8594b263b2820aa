"""Addresses that members give are asked only where they are on the public internet."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from web.notifications.delivery.public_hosts import PrivateAddress, PublicHosts

PUBLIC = PublicHosts()


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com:443/QGu",
        "https://8.8.8.8/push",
        "https://[2606:4700::1111]/push",
    ],
)
def test_public_addresses_are_taken(url: str) -> None:
    assert PUBLIC.may_be_at(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/",
        "https://user@push.example.com/",
        "https://user:password@push.example.com/",
        "https://localhost/",
        "https://intranet/",
        "https://2130706433/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.0.1/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[ff02::1]/",
        "https://push.example.com:port/",
        "https:///push",
        "ftp://push.example.com/",
        "file:///etc/passwd",
        "",
    ],
)
def test_private_ones_are_not(url: str) -> None:
    assert not PUBLIC.may_be_at(url)


@pytest.mark.parametrize("url", ["http://localhost:99/", "http://127.0.0.1/", "https://[::1]:5/"])
def test_development_may_reach_this_machine(url: str) -> None:
    assert PublicHosts(with_loopback=True).may_be_at(url)
    assert not PublicHosts(with_loopback=True).may_be_at("http://10.0.0.1/")


@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "64:ff9b::a00:1"])
def test_a_name_that_leads_within_is_not_asked(monkeypatch: pytest.MonkeyPatch, private: str) -> None:
    """The names of the world are not ours to set, so looking them up is replaced."""

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        assert host == "rebound.example.com"
        return [(None, None, None, "", (address, port)) for address in ("93.184.215.14", private)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(PrivateAddress):
        PUBLIC.post("https://rebound.example.com/", {}, b"x")


def test_the_addresses_of_a_name_are_tried_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **options: Any) -> list[Any]:
        hosts = ("127.0.0.2", "127.0.0.1") if host == "localhost" else (host,)
        return [entry for each in hosts for entry in real(each, *arguments, **options)]

    with dripping(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n") as port:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        assert PublicHosts(with_loopback=True).post(f"http://localhost:{port}/", {}, b"x")[0] == 201


def test_a_name_that_nobody_knows_is_an_outage() -> None:
    with pytest.raises(OSError, match="ConnectError"):
        PUBLIC.post("https://nobody.invalid/", {}, b"x")


def test_an_answer_that_drips_has_the_same_deadline() -> None:
    with dripping() as port:
        hosts = PublicHosts(with_loopback=True, seconds=0.3)
        began = time.monotonic()
        with pytest.raises(OSError, match="ReadTimeout"):
            hosts.post(f"http://127.0.0.1:{port}/", {}, b"x")
        assert time.monotonic() - began < 2


def test_a_body_without_end_is_not_read() -> None:
    with dripping(b"HTTP/1.1 201 Created\r\nContent-Length: 1000000000\r\n\r\n") as port:
        hosts = PublicHosts(with_loopback=True, seconds=2)
        status, headers = hosts.post(f"http://127.0.0.1:{port}/", {}, b"x")
        assert (status, headers["content-length"]) == (201, "1000000000")


def test_what_is_not_http_is_an_outage() -> None:
    with dripping(b"220 mail.example.com ESMTP\r\n") as port, pytest.raises(OSError, match="ProtocolError"):
        PublicHosts(with_loopback=True).post(f"http://127.0.0.1:{port}/", {}, b"x")


def test_tls_is_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    with dripping(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", tls=certificate) as port:
        trusting = PublicHosts(with_loopback=True, tls=ssl.create_default_context(cafile=certificate))
        assert trusting.post(f"https://localhost:{port}/", {}, b"x")[0] == 201
        with pytest.raises(OSError, match="ConnectError"):  # not the name in the certificate
            trusting.post(f"https://127.0.0.1:{port}/", {}, b"x")
        with pytest.raises(OSError, match="ConnectError"):  # nobody known vouches for it
            PublicHosts(with_loopback=True).post(f"https://localhost:{port}/", {}, b"x")


@contextmanager
def dripping(begin: bytes = b"", tls: Path | None = None) -> Iterator[int]:
    """A server that begins to answer, and goes on with a byte of a header at a time; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls:
        context.load_cert_chain(tls)

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # the test is over
                return
            try:
                with context.wrap_socket(connection, server_side=True) if tls else connection as stream:
                    read_all(stream)
                    stream.sendall(begin or b"HTTP/1.1 201 Created\r\nX: ")
                    if not begin:
                        drip(stream)
            except OSError:  # the other side has gone
                connection.close()

    thread = Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def read_all(stream: socket.socket) -> None:
    """Read a request whose body is an x: closing with something unread would reset the connection."""
    received = b""
    while not received.endswith(b"\r\n\r\nx") and (chunk := stream.recv(65536)):
        received += chunk


def drip(stream: socket.socket) -> None:
    """Send a byte at a time until the other side goes."""
    stream.settimeout(0.05)
    while True:
        stream.sendall(b"x")
        with suppress(TimeoutError):
            if not stream.recv(65536):
                return


def make_certificate(folder: Path, name: str) -> Path:
    """A file with a certificate for a name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path
