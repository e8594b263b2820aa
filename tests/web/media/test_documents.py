"""Documents that are sent in messages: which are taken, and how they are handed on."""

import io
import zipfile

import pytest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.media.conftest import Uploads
from tests.web.media.samples import form

PDF = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF"


def zipped(*names: str, **contents: str) -> bytes:
    """A zip archive with some files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


WORD = ("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    "content",
    [
        PDF,
        zipped(*WORD),
        zipped(mimetype="application/vnd.oasis.opendocument.text"),
        zipped(mimetype="application/epub+zip"),
        "이름,나이\n미나,24\n".encode(),
    ],
    ids=["pdf", "docx", "odt", "epub", "csv"],
)
def test_a_document_is_handed_on_as_it_came(api: Api, uploads: Uploads, mina: Person, content: bytes) -> None:
    sent = form({"purpose": "message", "name": "보고서 1.pdf", "file": content}, "ignored.exe")
    media_id = uploads.respond("POST", "/media", mina, sent).json["id"]
    uploads.process()
    item = api.get(f"/media/{media_id}", mina)["item"]
    assert (item["kind"], item["name"], item["size"]) == ("file", "보고서 1.pdf", len(content))
    served = uploads.fetch(item["variants"]["file"]["url"])
    assert served.body == content
    assert served.content_type == "application/octet-stream"
    disposition = "attachment; filename*=UTF-8''%EB%B3%B4%EA%B3%A0%EC%84%9C%201.pdf"
    assert served.headers["Content-Disposition"] == disposition
    uploads.fetch(item["variants"]["file"]["url"].split("?")[0], status=404)  # only under a signature


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + bytes(100),
        b"\x7fELF" + bytes(100),
        b"<!doctype html><script>alert(1)</script>",
        b" <svg xmlns='http://www.w3.org/2000/svg'/>",
        b"text\x00with a nul",
        "caf\u00e9".encode("latin-1"),
        zipped("run.exe"),
        zipped(*WORD, "word/vbaProject.bin"),
        zipped(mimetype="application/java-archive"),
        b"PK\x03\x04 and no more",
    ],
    ids=["exe", "elf", "html", "svg", "nul", "latin-1", "zip", "macros", "jar", "broken zip"],
)
def test_what_could_do_harm_is_refused(uploads: Uploads, mina: Person, content: bytes) -> None:
    assert uploads.request_any(mina, content, "message") == {"status": 422, "reason": "unknown_type"}


def test_documents_are_for_messages(uploads: Uploads, mina: Person) -> None:
    assert uploads.request_any(mina, PDF, "post") == {"status": 422, "reason": "unknown_type"}
