"""What becomes of a picture: the sizes of its purpose, upright, in sRGB, bare."""

import io
from typing import Any

import pytest
from PIL import Image, ImageCms

from tests.web.media.samples import BLUE, RED, noise, picture, saved
from web.media.checking import kind_of
from web.media.pictures import Made, make_picture, resolution
from web.media.purposes import PURPOSES, Size


def made(content: bytes, purpose: str = "post") -> Made:
    kind = kind_of(io.BytesIO(content))
    assert kind is not None
    return make_picture(io.BytesIO(content), kind, PURPOSES[purpose].sizes)


def opened(result: Made, variant: str, extension: str = "jpg") -> Image.Image:
    file = next(file for file in result.files if (file.variant, file.extension) == (variant, extension))
    return Image.open(file.content)


def is_near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(pixel[:3], colour, strict=True))


def sizes_of(result: Made) -> dict[str, tuple[int, int]]:
    return {name: (facts["width"], facts["height"]) for name, facts in result.variants.items()}


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ("profile", {"large": (800, 800), "medium": (400, 400), "thumb": (150, 150)}),
        ("cover", {"large": (1200, 400)}),
        ("post", {"large": (1080, 720), "medium": (640, 427), "thumb": (320, 213)}),
        ("story", {"large": (1080, 720), "thumb": (320, 213)}),
        ("goal", {"large": (1080, 720), "thumb": (320, 213)}),
    ],
)
def test_each_purpose_has_its_sizes(purpose: str, expected: dict[str, tuple[int, int]]) -> None:
    result = made(picture(1500, 1000), purpose)
    assert sizes_of(result) == expected
    for name, size in expected.items():
        assert opened(result, name, "webp").size == opened(result, name, "jpg").size == size
        assert opened(result, name, "webp").format == "WEBP"
        assert opened(result, name, "jpg").format == "JPEG"


def test_a_small_picture_is_not_blown_up() -> None:
    assert sizes_of(made(picture(100, 50))) == {"large": (100, 50), "medium": (100, 50), "thumb": (100, 50)}
    assert sizes_of(made(picture(100, 50), "profile"))["large"] == (50, 50)
    assert sizes_of(made(picture(1, 1), "cover"))["large"] == (1, 1)


@pytest.mark.parametrize("box", [(5000, 3), (3, 5000)])
def test_a_very_long_picture_keeps_a_side_of_one_pixel(box: tuple[int, int]) -> None:
    assert min(sizes_of(made(picture(*box)))["thumb"]) == 1


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF"])
def test_what_phones_and_programs_make_is_taken(format_name: str) -> None:
    large = opened(made(picture(64, 48, format_name)), "large")
    assert is_near(large.getpixel((10, 24)), RED)
    assert is_near(large.getpixel((54, 24)), BLUE)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_pixels_of_any_kind_are_taken(mode: str) -> None:
    large = opened(made(picture(32, 32, "PNG", mode=mode)), "large")
    assert (large.mode, large.size) == ("RGB", (32, 32))


def test_sixteen_bits_of_grey_become_eight() -> None:
    grey = Image.new("I;16", (32, 32), 0x8000)
    pixel = opened(made(saved(grey, "PNG")), "large").getpixel((16, 16))
    assert is_near(pixel, (128, 128, 128))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_the_camera_was_held(orientation: int) -> None:
    upright = Image.new("RGB", (80, 40), RED)
    upright.paste(BLUE, (0, 0, 20, 20))  # the upper left corner says which way is up
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    large = opened(made(saved(held, "JPEG", exif=exif, quality=95)), "large")
    assert large.size == (80, 40)
    assert is_near(large.getpixel((8, 8)), BLUE)
    assert is_near(large.getpixel((70, 30)), RED)
    assert 0x0112 not in large.getexif()


def test_colours_are_as_the_profile_means_them_and_it_is_left_behind() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # In the table of the profile, what red looks like and what blue looks like change places.
    swapped = srgb.replace(b"rXYZ", b"tmp.", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmp.", b"bXYZ", 1)
    for format_name in ("PNG", "JPEG"):
        result = made(picture(64, 32, format_name, icc_profile=swapped))
        large = opened(result, "large")
        assert is_near(large.getpixel((10, 16)), BLUE)
        assert is_near(large.getpixel((54, 16)), RED)
        assert "icc_profile" not in large.info
        assert "icc_profile" not in opened(result, "large", "webp").info


def test_a_broken_profile_leaves_the_colours_as_they_are() -> None:
    large = opened(made(picture(32, 32, "PNG", icc_profile=b"no profile" * 50)), "large")
    assert is_near(large.getpixel((4, 16)), RED)


def test_print_colours_are_converted() -> None:
    large = opened(made(picture(32, 32, "JPEG", mode="CMYK")), "large")
    assert large.mode == "RGB"
    assert is_near(large.getpixel((4, 16)), RED)


def test_transparency_stays_in_webp_and_is_white_in_jpeg() -> None:
    clear = made(saved(Image.new("RGBA", (32, 32), (255, 0, 0, 0)), "PNG"))
    webp = opened(clear, "large", "webp")
    assert webp.mode == "RGBA"
    assert webp.getpixel((16, 16))[3] == 0  # type: ignore[index]  # a pixel of four channels
    assert is_near(opened(clear, "large", "jpg").getpixel((16, 16)), (255, 255, 255))


def test_of_an_animation_the_first_picture_is_taken() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, BLUE)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    large = opened(made(content), "large", "webp")
    assert is_near(large.convert("RGB").getpixel((16, 16)), RED)
    assert getattr(large, "n_frames", 1) == 1


def test_a_blurred_preview_and_the_shape_come_with_it() -> None:
    result = made(picture(300, 200))
    assert (result.width, result.height) == (300, 200)
    assert 20 <= len(result.blurhash) <= 30


def test_quality_is_how_much_of_the_largest_size_there_is() -> None:
    largest = Size("large", 100, 100)
    assert resolution(100 * 100, largest) == resolution(500 * 500, largest) == 1
    assert resolution(50 * 100, largest) == 0.5
    assert made(noise(1080, 1350)).quality == 1
    assert made(picture(108, 135)).quality == pytest.approx(0.01)
