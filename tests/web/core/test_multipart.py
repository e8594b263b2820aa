"""Forms with files: read strictly, in time by the body's length, whatever somebody writes into them."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.core.multipart import BrokenMultipart, UploadedFile, boundary_of, parse

CRLF = b"\r\n"


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"' + (f'; filename="{file_name}"' if file_name is not None else "")
    return b"--x\r\nContent-Disposition: " + disposition.encode() + CRLF + CRLF + content + CRLF


def read(body: bytes, boundary: str = "x") -> dict[str, Any]:
    return parse(io.BytesIO(body), boundary)


def content_of(value: Any) -> bytes:
    assert isinstance(value, UploadedFile)
    content = value.file.read()
    assert value.size == len(content)
    return content


def test_texts_and_files_are_told_apart() -> None:
    fields = read(part("word", "안녕".encode()) + part("file", b"\0\xff", "a.png") + b"--x--")
    assert fields["word"] == "안녕"
    assert content_of(fields["file"]) == b"\0\xff"


def test_a_file_without_a_name_or_a_byte_is_a_file() -> None:
    assert content_of(read(part("file", b"", "") + b"--x--")["file"]) == b""


def test_a_name_that_comes_twice_is_a_list() -> None:
    assert read(part("a", b"1") + part("a", b"2") + b"--x--") == {"a": ["1", "2"]}


def test_what_stands_before_and_after_does_not_matter() -> None:
    assert read(CRLF + part("a", b"1") + b"--x--\r\nan epilogue") == {"a": "1"}
    assert read(b"--x--") == {}


@given(st.binary(max_size=300_000), st.binary(max_size=20))
def test_any_bytes_come_through(content: bytes, tail: bytes) -> None:
    content += b"\r\n--y" + tail + b"\r\n-"
    assert content_of(read(part("file", content, "f") + b"--x--")["file"]) == content


@pytest.mark.parametrize("size", [65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 65_536, 131_072])
def test_a_boundary_may_lie_across_two_pieces(size: int) -> None:
    content = b"a" * size
    fields = read(part("file", content, "f") + part("b", b"2") + b"--x--")
    assert (content_of(fields["file"]), fields["b"]) == (content, "2")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary",
        b"words" + part("a", b"1") + b"--x--",
        part("a", b"1"),
        part("a", b"1")[:-4],
        b"--x\r\nContent-Disposition: form-data; name=a",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
        b"--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--",
        b"--x garbage\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--",
        part("a", b"\xff\xfe") + b"--x--",
        part("a", b"1" * 70_000) + b"--x--",
        b"".join(part(f"a{number}", b"1") for number in range(21)) + b"--x--",
        b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\n1\r\n--x--",
    ],
)
def test_what_is_not_right_is_said_to_be_broken(body: bytes) -> None:
    with pytest.raises(BrokenMultipart):
        read(body)


@given(st.binary(max_size=2000))
def test_nothing_but_broken_comes_of_noise(body: bytes) -> None:
    try:
        read(body)
        read(part("a", b"1") + body)
    except BrokenMultipart:
        return


def test_endless_headers_are_not_read() -> None:
    body = io.BytesIO(b"--x\r\n" + b"A:b\r\n" * 4_000_000)
    with pytest.raises(BrokenMultipart):
        parse(body, "x")
    assert body.tell() < 200_000


@pytest.mark.parametrize(
    "header",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        f"multipart/form-data; boundary={'x' * 71}",
        "multipart/form-data; boundary=ä",
        'multipart/form-data; boundary="x\r\ny"',
    ],
)
def test_a_header_without_a_boundary_is_broken(header: str) -> None:
    with pytest.raises(BrokenMultipart):
        boundary_of(header)


def test_browsers_boundaries_are_understood() -> None:
    assert boundary_of("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWx") == (
        "----WebKitFormBoundary7MA4YWx"
    )
    assert boundary_of('Multipart/Form-Data; boundary="a b"') == "a b"
