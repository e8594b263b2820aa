"""Files made to break something: each is refused, or nothing of it but pixels is left."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, PngImagePlugin

from tests.factories import Person
from tests.web.media.conftest import Uploads
from tests.web.media.samples import noise, picture, saved, video
from web.media.purposes import MOST_PIXELS, PURPOSES

SCRIPT = b"<script>alert(document.cookie)</script>"
PAYLOAD = b"PAYLOAD-THAT-NOBODY-SHOULD-GET"


def png_of(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes whose header announces this many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def a_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("payload.txt", PAYLOAD + b"\0" * 10_000_000)
    return file.getvalue()


REFUSED = {
    "nothing": (b"", "empty_file"),
    "text": (b"just some words", "unknown_type"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", "unknown_type"),
    "svg with a prologue": (
        b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        "unknown_type",
    ),
    "html": (b"<html>" + SCRIPT + b"</html>", "unknown_type"),
    "program": (b"MZ" + b"\0" * 500, "unknown_type"),
    "zip bomb": (a_zip(), "unknown_type"),
    "gzip": (b"\x1f\x8b\x08\0" + b"\0" * 100, "unknown_type"),
    "pdf": (b"%PDF-1.7\n" + b"x" * 200, "unknown_type"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "unknown_type"),
    "playlist": (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "unknown_type"),
    "tiff": (saved(Image.new("RGB", (8, 8)), "TIFF"), "unknown_type"),
    "50,000 x 50,000 png": (png_of(50_000, 50_000), "too_many_pixels"),
    "more pixels than decoders hold": (png_of(8_000, 8_000), "too_many_pixels"),
    "script after a gif's signature": (b"GIF89a/*" + SCRIPT + b"*/=1;", "broken_file"),
    "script after a jpeg's signature": (b"\xff\xd8\xff\xe0" + SCRIPT * 10, "broken_file"),
    "head of a png": (b"\x89PNG\r\n\x1a\n", "broken_file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_at_once(name: str, uploads: Uploads, mina: Person) -> None:
    content, reason = REFUSED[name]
    for claimed in ("image/jpeg", "image/png", "video/mp4"):
        refusal = uploads.send(mina, content, status=422, file_name="cat.jpg", claimed=claimed)
        assert refusal["error"]["code"] == "MEDIA_REFUSED"
        assert refusal["error"]["details"]["reason"] == reason
    assert uploads.process() == 0


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF"])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_picture_that_was_cut_off_never_becomes_ready(
    format_name: str, part: float, uploads: Uploads, mina: Person
) -> None:
    """Readers that look no further than the header take it in; then decoding it finds out."""
    content = noise(200, 200, format_name)
    answer = uploads.request_any(mina, content[: int(len(content) * part)])
    if answer["status"] == 202:
        uploads.process()
        row = uploads.row(answer["id"])
        assert (row.status, row.failure) == ("failed", "broken_file")
    else:
        assert (answer["status"], answer["reason"]) == (422, "broken_file")


def test_a_png_that_lies_about_its_size_fails(failing: Callable[..., str]) -> None:
    assert failing(png_of(500, 500)) == "broken_file"


def test_a_small_file_of_just_too_many_pixels_is_refused(uploads: Uploads, mina: Person) -> None:
    refusal = uploads.send(mina, png_of(MOST_PIXELS // 100 + 1, 100), status=422)
    assert refusal["error"]["details"] == {"reason": "too_many_pixels", "limit": MOST_PIXELS}


def test_a_picture_with_endless_text_in_it_is_harmless(uploads: Uploads, mina: Person) -> None:
    """Text is compressed a thousandfold in PNG: 100 MB of it are a file of 100 KB."""
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * 100_000_000, zip=True)
    content = picture(16, 16, "PNG", pnginfo=text)
    assert len(content) < 200_000
    assert uploads.request_any(mina, content)["reason"] == "broken_file"


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF"])
def test_of_a_file_with_two_faces_only_pixels_are_left(
    format_name: str, uploads: Uploads, mina: Person
) -> None:
    """A picture with a zip, a page or a program behind it is a picture for one and the other for another."""
    for tail in (a_zip(), SCRIPT + PAYLOAD, b"<?php system($_GET['c']); ?>" + PAYLOAD):
        media_id = uploads.ready(mina, picture(64, 48, format_name) + tail)
        for name in ("large.webp", "large.jpg", "thumb.webp", "thumb.jpg"):
            content = uploads.file(media_id, name)
            assert PAYLOAD not in content
            assert b"script" not in content
            assert b"php" not in content
            assert not zipfile.is_zipfile(io.BytesIO(content))


def test_comments_in_a_picture_are_left_behind(uploads: Uploads, mina: Person) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", (SCRIPT + PAYLOAD).decode())
    for content in (
        picture(comment=SCRIPT + PAYLOAD),
        picture(format_name="PNG", pnginfo=text),
        picture(format_name="GIF", comment=SCRIPT + PAYLOAD),
    ):
        media_id = uploads.ready(mina, content)
        assert PAYLOAD not in uploads.file(media_id, "large.jpg") + uploads.file(media_id, "large.webp")


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_where_and_with_what_it_was_taken_is_left_behind(
    format_name: str, uploads: Uploads, mina: Person, run_jobs: Callable[[], int]
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "MAKER-OF-THE-CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 58.0), 3: "E", 4: (126.0, 58.0, 40.0)})
    content = picture(64, 48, format_name, exif=exif.tobytes())
    assert b"MAKER-OF-THE-CAMERA" in content
    media_id = uploads.ready(mina, content)
    for name in ("large.webp", "large.jpg", "medium.webp", "medium.jpg", "thumb.webp", "thumb.jpg"):
        file = uploads.file(media_id, name)
        assert b"MAKER" not in file
        assert b"Exif" not in file
        assert not Image.open(io.BytesIO(file)).getexif()
    run_jobs()
    assert not uploads.is_kept(f"uploads/{media_id}")  # nor does the file that came stay


def test_a_wrong_name_and_type_are_not_believed(uploads: Uploads, mina: Person) -> None:
    answer = uploads.send(mina, picture(format_name="PNG"), file_name="cat.php", claimed="text/html")
    assert uploads.row(answer["id"]).content_type == "image/png"
    answer = uploads.send(mina, video(), file_name="cat.jpg", claimed="image/jpeg")
    assert uploads.row(answer["id"]).kind == "video"


def test_a_name_that_leads_elsewhere_leads_nowhere(uploads: Uploads, mina: Person) -> None:
    media_id = uploads.send(mina, picture(), file_name="../../../etc/passwd")["id"]
    uploads.process()
    assert uploads.row(media_id).status == "ready"


def test_each_purpose_limits_the_bytes_of_a_picture(uploads: Uploads, mina: Person) -> None:
    largest = PURPOSES["profile"].largest_image
    content = picture() + b"\0" * largest
    refusal = uploads.send(mina, content, "profile", status=422)
    assert refusal["error"]["details"] == {"reason": "too_large", "limit_bytes": largest}
    assert uploads.send(mina, content, "post")["status"] == "processing"


def test_a_broken_video_fails(failing: Callable[..., str]) -> None:
    content = video(container="webm")
    assert failing(content[: len(content) // 3] + b"\0" * 300) == "broken_file"
    mp4 = video()
    assert failing(mp4[: len(mp4) // 2]) == "broken_file"
    assert failing(mp4[:32] + b"\xff" * 5000) == "broken_file"


def test_a_video_whose_parts_are_elsewhere_fetches_nothing(failing: Callable[..., str]) -> None:
    """A playlist behind the signature of a video is read as a video, by the one reader that there is."""
    signature = video()[:32]
    playlist = b"\n#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/secret\nfile:///etc/passwd\n"
    assert failing(signature + playlist) == "broken_file"
