"""Bodies of ``multipart/form-data`` (RFC 7578): a model with files among its fields, and a strict parser.

    class NewMedium(MultipartForm):
        LARGEST: ClassVar[int] = 100 * MEGABYTE
        file: UploadedFile
        purpose: str

What a part calls its file, and what type it says that it has, is told by nobody worth believing: both are
left aside. The parser keeps no more than a few pieces in memory and costs time by the body's length alone,
which the libraries' own does not promise for parts with endless headers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from tempfile import SpooledTemporaryFile
from typing import IO, Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MEGABYTE = 1024 * 1024
MOST_PARTS = 20
LONGEST_HEADERS = 8 * 1024
LONGEST_TEXT = 64 * 1024
_IN_MEMORY = MEGABYTE  # a file above it is kept on disk
_PIECE = 64 * 1024
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")  # RFC 2046, 5.1.1


class BrokenMultipart(ValueError):
    """The body is not what its header says."""


@dataclass(frozen=True)
class UploadedFile:
    """A file of a form, read from its beginning.

    Attributes:
        file: seekable; closed with the last reference to it.
        size: in bytes.
    """

    file: IO[bytes]
    size: int

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "binary"}


class MultipartForm(BaseModel):
    """Base of bodies that are sent as ``multipart/form-data``.

    Attributes:
        LARGEST: bytes that the whole body may have.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    LARGEST: ClassVar[int] = 10 * MEGABYTE


def boundary_of(content_type: str) -> str:
    """What stands between the parts.

    Raises:
        BrokenMultipart: the header is not one of a form with parts.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary("")
    if header.get_content_type() != "multipart/form-data" or not _BOUNDARY.fullmatch(boundary):
        raise BrokenMultipart("The body is not multipart/form-data.")
    return boundary


def parse(body: IO[bytes], boundary: str) -> dict[str, Any]:
    """The fields of a form: texts and :class:`UploadedFile`; a list where a name comes more than once.

    Raises:
        BrokenMultipart: no parts, too many, too long a text, or the body ends too early.
    """
    fields: dict[str, list[Any]] = {}
    reader = _Reader(body, b"\r\n--" + boundary.encode("ascii"))
    for number, (name, is_file) in enumerate(reader.parts(), 1):
        if number > MOST_PARTS:
            raise BrokenMultipart("The form has too many parts.")
        fields.setdefault(name, []).append(reader.file() if is_file else reader.text())
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


class _Reader:
    """Reads a body part by part; each part's content has to be read before the next one."""

    def __init__(self, body: IO[bytes], delimiter: bytes) -> None:
        self._body = body
        self._delimiter = delimiter
        self._rest = b"\r\n"  # so that the first delimiter looks like the others

    def parts(self) -> Iterator[tuple[str, bool]]:
        """Name of each part, and whether it is a file."""
        for piece in self._until_delimiter():
            if piece.strip():
                raise BrokenMultipart("The form does not begin with its boundary.")
        while not self._is_last():
            yield self._headers()

    def text(self) -> str:
        """The content of this part."""
        text = b""
        for piece in self._until_delimiter():
            text += piece
            if len(text) > LONGEST_TEXT:
                raise BrokenMultipart("A field of the form is too long.")
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise BrokenMultipart("A field of the form is not UTF-8.") from error

    def file(self) -> UploadedFile:
        """The content of this part."""
        target = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the last reference to it
        for piece in self._until_delimiter():
            target.write(piece)
        size = target.tell()
        target.seek(0)
        return UploadedFile(cast("IO[bytes]", target), size)

    def _is_last(self) -> bool:
        """What follows a delimiter: another part, or the end."""
        self._fill(2)
        if self._rest.startswith(b"--"):
            return True
        line_end = self._rest.lstrip(b" \t")  # RFC 2046 allows padding
        if not line_end.startswith(b"\r\n"):
            raise BrokenMultipart("A boundary of the form is broken.")
        self._rest = line_end[2:]
        return False

    def _headers(self) -> tuple[str, bool]:
        self._fill(LONGEST_HEADERS)
        head, separator, self._rest = self._rest.partition(b"\r\n\r\n")
        if not separator or len(head) > LONGEST_HEADERS:
            raise BrokenMultipart("A part of the form has no or too many headers.")
        for line in head.decode("utf-8", "replace").split("\r\n"):
            title, _, value = line.partition(":")
            if title.strip().lower() == "content-disposition":
                header = Message()
                header["Content-Disposition"] = value.strip().replace("\n", " ").replace("\r", " ")
                name = header.get_param("name", header="content-disposition")
                if isinstance(name, str) and name:
                    # A name of the file, even an empty one, is what makes it a file.
                    return name, header.get_param("filename", None, "content-disposition") is not None
        raise BrokenMultipart("A part of the form has no name.")

    def _until_delimiter(self) -> Iterator[bytes]:
        """The content up to the next delimiter, which is left out, in pieces."""
        kept = len(self._delimiter) - 1  # a delimiter may begin in one piece and end in the next
        while True:
            self._fill(_PIECE)
            found = self._rest.find(self._delimiter)
            if found >= 0:
                yield self._rest[:found]
                self._rest = self._rest[found + len(self._delimiter) :]
                return
            if len(self._rest) <= kept:
                raise BrokenMultipart("The form ends before its last boundary.")
            yield self._rest[:-kept]
            self._rest = self._rest[-kept:]
            if not self._more():
                raise BrokenMultipart("The form ends before its last boundary.")

    def _fill(self, size: int) -> None:
        """Have at least ``size`` bytes at hand, or all that are left."""
        while len(self._rest) < size and self._more():
            pass

    def _more(self) -> bool:
        piece = self._body.read(_PIECE)
        self._rest += piece
        return bool(piece)
