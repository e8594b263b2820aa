"""Pictures made anew: upright, in sRGB, in the sizes that are shown, with nothing of the file that came.

Only pixels go from the old file to the new ones. So no place where it was taken, no name of a camera, no
comment and no second file hidden in the first one is ever served.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

import blurhash
from PIL import Image, ImageCms

from web.media.checking import FileKind, open_picture
from web.media.errors import MediaRefused
from web.media.purposes import Size

WHITE = (255, 255, 255)
_ORIENTATION = 0x0112  # of EXIF 2.32, 4.6.4; the values from 2 to 8 say how to turn the picture upright
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
_SPARE = 2  # sizes are made from a picture this many times as large, for sharp edges
_BLUR_PIXELS = 32
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class MadeFile:
    """A file to be kept: ``<variant>.<extension>``."""

    variant: str
    extension: str
    content: IO[bytes]


@dataclass(frozen=True)
class Made:
    """What an upload became.

    Attributes:
        variants: width, height and formats by name, as the table keeps them.
        quality: 0..1.
        width: in pixels; 0 for what is not seen, as is ``height``.
    """

    files: Sequence[MadeFile]
    variants: dict[str, dict[str, Any]]
    width: int
    height: int
    blurhash: str | None
    quality: float
    duration_ms: int | None = None


def make_picture(file: IO[bytes], kind: FileKind, sizes: Sequence[Size]) -> Made:
    """Decode a picture whole and make its variants.

    Raises:
        MediaRefused: ``broken_file`` (cut off, or not what it looked like), ``too_many_pixels``.
    """
    file.seek(0)
    with open_picture(file, kind) as image:
        pixels = image.width * image.height
        try:
            upright = _upright(image, sizes)
        except Exception as error:  # readers fail in any way on what somebody made to break them
            raise MediaRefused(reason="broken_file") from error
    files, variants = make_variants(upright, sizes)
    largest = variants[sizes[0].name]
    return Made(
        files=files,
        variants=variants,
        width=largest["width"],
        height=largest["height"],
        blurhash=blurhash_of(upright),
        quality=resolution(pixels, sizes[0]),
    )


def make_variants(
    image: Image.Image, sizes: Iterable[Size]
) -> tuple[list[MadeFile], dict[str, dict[str, Any]]]:
    """Each size as WebP, and as JPEG for who cannot show that."""
    files: list[MadeFile] = []
    variants: dict[str, dict[str, Any]] = {}
    for size in sizes:
        resized = _resized(image, size)
        files += (
            MadeFile(size.name, "webp", _saved(resized, "WEBP", quality=80, method=4)),
            MadeFile(
                size.name,
                "jpg",
                _saved(on_white(resized), "JPEG", quality=82, optimize=True, progressive=True),
            ),
        )
        variants[size.name] = {
            "width": resized.width,
            "height": resized.height,
            "formats": ["webp", "jpg"],
        }
    return files, variants


def resolution(pixels: int, largest: Size) -> float:
    """How much there is to see, 0..1 (``image_resolution`` in seed 003, component 4).

    1 for a picture that fills the largest size or more, in proportion to its pixels below that.
    """
    return min(1.0, pixels / (largest.width * largest.height))


def blurhash_of(image: Image.Image) -> str:
    """The picture in some 30 characters (https://blurha.sh): 4×3 parts, more along the longer side."""
    small = on_white(image.resize((_BLUR_PIXELS, _BLUR_PIXELS), Image.Resampling.BOX))
    row, channels = _BLUR_PIXELS * 3, small.tobytes()
    rows = [
        [channels[start + at : start + at + 3] for at in range(0, row, 3)]
        for start in range(0, len(channels), row)
    ]
    across, down = (4, 3) if image.width >= image.height else (3, 4)
    return str(blurhash.encode(rows, across, down))


def on_white(image: Image.Image) -> Image.Image:
    """Without transparency."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _upright(image: Image.Image, sizes: Sequence[Size]) -> Image.Image:
    """Decode: the pixels in sRGB, turned as the camera was held, not much larger than they are needed."""
    turn = _orientation(image)
    box = image.size[::-1] if turn in _ON_ITS_SIDE else image.size
    scale = min(1.0, _SPARE * max(_scale(box, size) for size in sizes))
    target = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    image.draft("RGB", target)  # lets JPEG skip detail that would be thrown away
    image.load()
    profile = image.info.get("icc_profile")
    has_alpha = image.has_transparency_data
    if image.mode.startswith("I"):  # 16 bits, of which ``convert`` would keep the lower 8
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    plain = image if image.mode == "CMYK" else image.convert("RGBA" if has_alpha else "RGB")
    if target != plain.size:
        plain = plain.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    plain = _in_srgb(plain, profile)
    return plain.transpose(_UPRIGHT[turn]) if turn in _UPRIGHT else plain


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # what is told beside the pixels may be broken without harm to them
        return 1
    return value if isinstance(value, int) else 1


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as meant, in the space that everything assumes where no profile is named.

    So colours look right also where profiles are ignored, and no profile (half a megabyte from some cameras,
    made by anybody) is sent with each thumbnail. Without a usable profile sRGB is what is there already.
    """
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            colours = image if image.mode == "CMYK" else image.convert("RGB")
            converted = ImageCms.profileToProfile(colours, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            if image.mode == "RGBA":
                converted.putalpha(image.getchannel("A"))
            return converted
    return image.convert("RGB") if image.mode == "CMYK" else image


def _scale(box: tuple[int, int], size: Size) -> float:
    across, down = size.width / box[0], size.height / box[1]
    return max(across, down) if size.is_cut else min(across, down)


def _resized(image: Image.Image, size: Size) -> Image.Image:
    """The picture in a size: cut to the box's shape around the middle, or whole."""
    if size.is_cut:
        scale = max(1.0, size.width / image.width, size.height / image.height)  # never larger than it was
        width, height = max(1, round(size.width / scale)), max(1, round(size.height / scale))
        image = _cut(image, width / height)
    else:
        scale = min(1.0, _scale(image.size, size))
        width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if image.size == (width, height):
        return image
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _cut(image: Image.Image, shape: float) -> Image.Image:
    """The largest part of a shape (width : height) around the middle."""
    width = min(image.width, max(1, round(image.height * shape)))
    height = min(image.height, max(1, round(image.width / shape)))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _saved(image: Image.Image, format_name: str, **options: Any) -> IO[bytes]:
    # What came along in ``info`` (EXIF, profiles, comments) is what some writers would save again.
    bare = image.copy()
    bare.info.clear()
    file = io.BytesIO()
    bare.save(file, format_name, **options)
    file.seek(0)
    return file
