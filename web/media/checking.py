"""What an upload is, found in its bytes: neither its name nor what the client says about it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Literal

import pillow_heif
import puremagic
from PIL import Image

from web.core.multipart import UploadedFile
from web.media.errors import MediaRefused
from web.media.purposes import LARGEST_VIDEO, MOST_PIXELS, Rules

pillow_heif.register_heif_opener()

_HEAD = 4096  # bytes in which signatures are looked for


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken.

    Attributes:
        reader: the one plugin of Pillow, or demuxer of FFmpeg, that may read it. Others are not tried:
            of some formats (playlists, documents) reading means to fetch what they name.
    """

    content_type: str
    kind: Literal["image", "video"]
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
}


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
        MediaRefused: with the reason ``empty_file``, ``unknown_type``, ``no_video``, ``too_large``,
            ``too_many_pixels`` or ``broken_file``.
    """
    if upload.size == 0:
        raise MediaRefused(reason="empty_file")
    kind = kind_of(upload.file)
    if kind is None:
        raise MediaRefused(reason="unknown_type")
    if kind.kind == "video" and rules.longest_video is None:
        raise MediaRefused(reason="no_video")
    limit = LARGEST_VIDEO if kind.kind == "video" else rules.largest_image
    if upload.size > limit:
        raise MediaRefused(reason="too_large", limit_bytes=limit)
    if kind.kind == "image":
        with open_picture(upload.file, kind):
            upload.file.seek(0)
    return kind


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
