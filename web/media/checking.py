"""What an upload is, found in its bytes: neither its name nor what the client says about it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Literal

import av
import pillow_heif
import puremagic
from PIL import Image

from web.core.multipart import UploadedFile
from web.media.documents import document_type
from web.media.errors import MediaRefused
from web.media.purposes import LARGEST_FILE, LARGEST_SOUND, LARGEST_VIDEO, MOST_PIXELS, Rules

pillow_heif.register_heif_opener()

_HEAD = 4096  # bytes in which signatures are looked for


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken.

    Attributes:
        reader: the one plugin of Pillow, or demuxer of FFmpeg, that may read it; none for documents. Others
            are not tried: of some formats (playlists, documents) reading means to fetch what they name.
    """

    content_type: str
    kind: Literal["image", "video", "audio", "file"]
    reader: str


# By what puremagic calls it, in the order of preference: HEIF is a box of MP4's making.
KINDS: Mapping[str, FileKind] = {
    "image/jpeg": FileKind("image/jpeg", "image", "JPEG"),
    "image/png": FileKind("image/png", "image", "PNG"),
    "image/webp": FileKind("image/webp", "image", "WEBP"),
    "image/gif": FileKind("image/gif", "image", "GIF"),
    "image/avif": FileKind("image/avif", "image", "AVIF"),
    "image/heic": FileKind("image/heic", "image", "HEIF"),
    "image/heif": FileKind("image/heif", "image", "HEIF"),
    "video/quicktime": FileKind("video/quicktime", "video", "mov"),
    "video/mp4": FileKind("video/mp4", "video", "mov"),
    "video/webm": FileKind("video/webm", "video", "matroska"),
    "audio/mpeg": FileKind("audio/mpeg", "audio", "mp3"),
    "audio/aac": FileKind("audio/aac", "audio", "aac"),
    "application/ogg": FileKind("audio/ogg", "audio", "ogg"),
}
# What a recording is in whose container there are no pictures, by the container's reader.
SOUNDS: Mapping[str, FileKind] = {
    "mov": FileKind("audio/mp4", "audio", "mov"),
    "matroska": FileKind("audio/webm", "audio", "matroska"),
}


def kind_named(content_type: str) -> FileKind:
    """The kind of an upload that was taken, by the type that was noted then."""
    known = {kind.content_type: kind for kind in (*KINDS.values(), *SOUNDS.values())}
    return known.get(content_type) or FileKind(content_type, "file", "")


def kind_of(file: IO[bytes]) -> FileKind | None:
    """What a file is by its first bytes; None for what is not taken."""
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    try:
        found = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):  # unknown; empty
        return None
    return next((kind for name, kind in KINDS.items() if name in found), None)


def check(upload: UploadedFile, rules: Rules) -> FileKind:
    """Look at an upload without decoding it, which is done later and elsewhere.

    Raises:
        MediaRefused: with the reason ``empty_file``, ``unknown_type``, ``no_video``, ``no_sound``,
            ``too_large``, ``too_many_pixels`` or ``broken_file``.
    """
    if upload.size == 0:
        raise MediaRefused(reason="empty_file")
    kind = kind_of(upload.file)
    if kind is None and rules.takes_files and (document := document_type(upload.file)):
        kind = FileKind(document, "file", "")
    if kind is None:
        raise MediaRefused(reason="unknown_type")
    if kind.kind == "video" and rules.longest_sound is not None and not _has_pictures(upload.file, kind):
        kind = SOUNDS[kind.reader]
    if kind.kind == "video" and rules.longest_video is None:
        raise MediaRefused(reason="no_video")
    if kind.kind == "audio" and rules.longest_sound is None:
        raise MediaRefused(reason="no_sound")
    limits = {"video": LARGEST_VIDEO, "audio": LARGEST_SOUND, "file": LARGEST_FILE}
    limit = limits.get(kind.kind, rules.largest_image)
    if upload.size > limit:
        raise MediaRefused(reason="too_large", limit_bytes=limit)
    if kind.kind == "image":
        with open_picture(upload.file, kind):
            upload.file.seek(0)
    return kind


def _has_pictures(file: IO[bytes], kind: FileKind) -> bool:
    """Whether a container that may hold a film does, by its header.

    Raises:
        MediaRefused: ``broken_file``.
    """
    try:
        with av.open(file, "r", format=kind.reader) as container:
            return bool(container.streams.video)
    except Exception as error:  # readers fail in any way on what somebody made to break them
        raise MediaRefused(reason="broken_file") from error
    finally:
        file.seek(0)


def open_picture(file: IO[bytes], kind: FileKind) -> Image.Image:
    """A picture whose header has been read, and no more.

    Raises:
        MediaRefused: ``broken_file``, or ``too_many_pixels`` however small the file is.
    """
    try:
        image = Image.open(file, formats=[kind.reader])
    except Image.DecompressionBombError as error:
        raise MediaRefused(reason="too_many_pixels", limit=MOST_PIXELS) from error
    except Exception as error:  # readers fail in any way on what somebody made to break them
        raise MediaRefused(reason="broken_file") from error
    if image.width * image.height > MOST_PIXELS:
        image.close()
        raise MediaRefused(reason="too_many_pixels", limit=MOST_PIXELS)
    return image
