"""Serving media: ``GET /media/<id>/<variant>.<extension>``, in the open or under a signature.

An address never changes what it leads to, so everything on the way may keep it.
"""

from collections.abc import Iterator
from typing import IO
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError
from pyramid.config import Configurator
from pyramid.response import Response

from web.core.api import UUID_PATTERN
from web.core.errors import NotFound
from web.core.media_addresses import KEPT_FOR, PREFIX, MediaAddresses
from web.core.requests import Request
from web.core.security import Permission
from web.core.storage import LINKS_HOLD, NoSuchFile, Storage, content_type_of
from web.media.files import variant_key
from web.media.queries import file_name, is_served

_PIECE = 256 * 1024
DOCUMENT = "file"  # the variant of what is handed on as it came


class Signature(BaseModel):
    """What a signed address ends with."""

    until: int = 0
    signature: str = ""


class FilePieces:
    """A file as the body of a response, or a part of it (``Range``, which players ask for)."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file = file
        self._left = left

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (piece := self._file.read(min(_PIECE, self._left))):
            self._left -= len(piece)
            yield piece

    def app_iter_range(self, start: int, stop: int) -> "FilePieces":
        """The bytes from ``start`` up to ``stop``; WebOb asks for it."""
        self._file.seek(start)
        return FilePieces(self._file, stop - start)

    def close(self) -> None:
        """Close the file, when the response has been sent or its reader is gone."""
        self._file.close()


def serve(request: Request) -> Response:
    """A variant of a medium, whole or a part of it.

    Raises:
        NotFound: there is none, or it is not public and the signature is not good (any more).
    """
    media_id = UUID(request.matchdict["media_id"])
    variant, extension = request.matchdict["variant"], request.matchdict["extension"]
    is_public = is_served(request.db, media_id, variant, extension)
    if is_public is None or not (is_public or _is_signed(request, media_id, variant, extension)):
        raise NotFound()
    key, storage = variant_key(media_id, variant, extension), request.services[Storage]
    readers = "public" if is_public else "private"
    # A document is saved under its own name, which only we can say; it is never shown as part of a page.
    link = None if variant == DOCUMENT else storage.link(key)
    if link is not None:
        # The redirect may be kept for as long as the link is sure to hold.
        kept = f"{readers}, max-age={int(LINKS_HOLD.total_seconds()) // 2}"
        return Response(status=302, headers={"Location": link, "Cache-Control": kept})
    try:
        file = storage.open(key)
    except NoSuchFile as error:
        raise NotFound() from error
    size = file.seek(0, 2)
    file.seek(0)
    response = Response(
        app_iter=FilePieces(file, size),
        content_type=content_type_of(key),
        content_length=size,
        conditional_response=True,
        charset=None,
    )
    response.etag = f"{media_id}-{variant}-{extension}"
    response.accept_ranges = "bytes"
    seconds = int(KEPT_FOR.total_seconds())
    response.headers["Cache-Control"] = f"{readers}, max-age={seconds}, immutable"
    if variant == DOCUMENT:
        name = quote(file_name(request.db, media_id) or "file", safe="")
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def _is_signed(request: Request, media_id: UUID, variant: str, extension: str) -> bool:
    try:
        given = TypeAdapter(Signature).validate_python(dict(request.GET))
    except ValidationError:
        return False
    addresses = request.services[MediaAddresses]
    signature, until = given.signature, given.until
    return signature.isascii() and addresses.is_valid(
        media_id, variant, extension, until, signature, request.clock.now()
    )


def includeme(config: Configurator) -> None:
    """The one address, outside the API: it answers files, which are asked for by browsers themselves."""
    pattern = f"{PREFIX}/{{media_id:{UUID_PATTERN}}}/{{variant:[a-z]+}}.{{extension:webp|jpg|mp4|m4a|bin}}"
    config.add_route("media", pattern)
    config.add_view(serve, route_name="media", request_method="GET", permission=Permission.PUBLIC.value)
