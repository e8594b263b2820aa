"""Bodies of ``multipart/form-data`` (RFC 7578): a model with files among its fields, and a strict parser.

    class NewMedium(MultipartForm):
        LARGEST: ClassVar[int] = 100 * MEGABYTE
        file: UploadedFile
        purpose: str

What a part calls its file, and what type it says that it has, is told by nobody worth believing: both are
left aside. The parser keeps no more than a few pieces in memory, stops at limits of its own for parts and
their headers, and costs time by the body's length.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from tempfile import SpooledTemporaryFile
from typing import IO, Any, ClassVar, cast

from multipart import MultipartError, MultipartSegment, PushMultipartParser
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MEGABYTE = 1024 * 1024
MOST_PARTS = 20
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
    parser = PushMultipartParser(boundary, max_segment_count=MOST_PARTS)
    fields: dict[str, list[Any]] = {}
    try:
        for name, value in _parts(parser.parse_blocking(body.read, _PIECE)):
            fields.setdefault(name, []).append(value)
    except MultipartError as error:
        raise BrokenMultipart(str(error)) from error
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


def _parts(events: Iterable[MultipartSegment | bytes | None]) -> Iterator[tuple[str, str | UploadedFile]]:
    """Name and content of each part, of what the parser finds: the part, pieces of it, None at its end."""
    part = MultipartSegment([])
    content = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the last reference to it
    for event in events:
        if isinstance(event, MultipartSegment):
            part = event
            content = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - as above
            if not part.name:
                raise BrokenMultipart("A part of the form has no name.")
        elif event is not None:
            content.write(event)
            # A name of the file, even an empty one, is what makes it a file.
            if part.filename is None and part.bytes_received > LONGEST_TEXT:
                raise BrokenMultipart("A field of the form is too long.")
        else:
            content.seek(0)
            file = UploadedFile(cast("IO[bytes]", content), part.size)
            yield part.name or "", _text(file) if part.filename is None else file


def _text(field: UploadedFile) -> str:
    try:
        return field.file.read().decode()
    except UnicodeDecodeError as error:
        raise BrokenMultipart("A field of the form is not UTF-8.") from error
