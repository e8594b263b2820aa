"""What media are uploaded for, and what follows: limits, and the sizes that are made (seed 002, 7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from web.core.multipart import MEGABYTE

Purpose = Literal["profile", "cover", "post", "story", "goal", "message", "gossip"]

LARGEST_IMAGE = 20 * MEGABYTE
LARGEST_VIDEO = 100 * MEGABYTE
LARGEST_SOUND = 20 * MEGABYTE
LARGEST_FILE = 20 * MEGABYTE
LARGEST_FORM = LARGEST_VIDEO + MEGABYTE
# What a decoder has to hold: four bytes for each pixel. Phones take pictures of 12 to 50 million.
MOST_PIXELS = 50_000_000


@dataclass(frozen=True)
class Size:
    """A variant of a picture: within a box, or cut to fill it; never larger than the picture was."""

    name: str
    width: int
    height: int
    is_cut: bool = False


@dataclass(frozen=True)
class Rules:
    """What an upload may be, and what becomes of it.

    Attributes:
        sizes: the variants of a picture, largest first.
        longest_video: None where no videos are taken.
        longest_sound: None where no sounds are taken.
        takes_files: documents, handed on as they are.
        largest_image: bytes of a picture.
        is_shown_at_once: it becomes the member's picture as soon as it is ready, without anything else.
    """

    sizes: tuple[Size, ...]
    longest_video: timedelta | None = None
    longest_sound: timedelta | None = None
    takes_files: bool = False
    largest_image: int = LARGEST_IMAGE
    is_shown_at_once: bool = False


_THUMB = Size("thumb", 320, 400)
_POST = (Size("large", 1080, 1350), Size("medium", 640, 800), _THUMB)
_PROFILE = (Size("large", 800, 800, True), Size("medium", 400, 400, True), Size("thumb", 150, 150, True))
_LONGEST = timedelta(seconds=90)

PURPOSES: Mapping[str, Rules] = {
    "profile": Rules(_PROFILE, largest_image=10 * MEGABYTE, is_shown_at_once=True),
    "cover": Rules((Size("large", 1200, 400, True),), largest_image=10 * MEGABYTE, is_shown_at_once=True),
    "post": Rules(_POST, _LONGEST),
    "story": Rules((Size("large", 1080, 1920), _THUMB), timedelta(seconds=60)),
    "goal": Rules((Size("large", 1080, 1350), _THUMB)),
    "message": Rules(
        (Size("large", 1080, 1350), _THUMB), _LONGEST, longest_sound=timedelta(minutes=10), takes_files=True
    ),
    "gossip": Rules(_POST),
}
# Every file that a medium may have, whatever it was uploaded for; they are all deleted with it.
VARIANT_FILES = (
    *(
        f"{name}.{extension}"
        for name in ("large", "medium", "thumb", "poster")
        for extension in ("webp", "jpg")
    ),
    "film.mp4",
    "sound.m4a",
    "file.bin",
)
