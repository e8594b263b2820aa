"""What becomes of a video: H.264 and AAC within 720 lines, a still, upright, bare, and never too long."""

import io
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import av
import pytest
from PIL import Image

from tests.web.media.samples import BLUE, RED, video
from web.media.checking import kind_of
from web.media.errors import MediaRefused
from web.media.pictures import Made
from web.media.videos import SHORT_SIDE, Shape, fitted, make_film, quality

LONGEST = timedelta(seconds=90)


def made(
    content: bytes, longest: timedelta = LONGEST, progress: Callable[[int], None] = lambda _: None
) -> Made:
    kind = kind_of(io.BytesIO(content))
    assert kind is not None
    return make_film(io.BytesIO(content), kind, longest, progress)


def refusal(content: bytes, longest: timedelta = LONGEST) -> dict[str, Any]:
    with pytest.raises(MediaRefused) as refused:
        made(content, longest)
    return refused.value.details


def frame_of(result: Made) -> Image.Image:
    """The first frame of the film."""
    with av.open(result.files[0].content) as film:
        image: Image.Image = next(film.decode(video=0)).to_image()
        return image


def is_near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 60 for one, other in zip(pixel[:3], colour, strict=True))


@pytest.mark.parametrize("container", ["mp4", "mov", "webm"])
def test_a_film_plays_everywhere(container: str) -> None:
    result = made(video(seconds=2, container=container))
    with av.open(result.files[0].content) as film:
        assert film.streams.video[0].codec.canonical_name == "h264"
        assert film.streams.video[0].format.name == "yuv420p"
        assert film.streams.audio[0].codec.canonical_name == "aac"
        assert film.duration is not None
        assert film.duration / av.time_base == pytest.approx(2, abs=0.2)
    assert result.duration_ms == pytest.approx(2000, abs=150)
    assert result.variants["film"] == {"width": 128, "height": 64, "formats": ["mp4"]}


def test_it_begins_to_play_before_it_is_loaded() -> None:
    content = made(video()).files[0].content.read()
    assert content.index(b"moov") < content.index(b"mdat")


def test_without_sound_there_is_none() -> None:
    with av.open(made(video(sound=False)).files[0].content) as film:
        assert not film.streams.audio


def test_a_still_and_a_thumbnail_come_with_it() -> None:
    result = made(video(400, 200, seconds=2))
    names = {f"{file.variant}.{file.extension}": file for file in result.files}
    assert names.keys() == {"film.mp4", "poster.webp", "poster.jpg", "thumb.webp", "thumb.jpg"}
    poster = Image.open(names["poster.jpg"].content)
    assert poster.size == (400, 200)
    assert is_near(poster.getpixel((50, 100)), RED)
    assert is_near(poster.getpixel((350, 100)), BLUE)
    assert Image.open(names["thumb.webp"].content).size == (320, 160)
    assert 20 <= len(result.blurhash) <= 30


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ((1920, 1080), (1280, 720)),
        ((1080, 1920), (720, 1280)),
        ((3840, 2160), (1280, 720)),
        ((640, 360), (640, 360)),
        ((1000, 1000), (720, 720)),
        ((3000, 500), (1280, 214)),
        ((101, 51), (100, 52)),
        ((2, 2), (2, 2)),
    ],
)
def test_films_are_within_720_lines_and_even(came: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(*came) == expected
    assert min(expected) <= SHORT_SIDE


def test_a_large_video_becomes_smaller() -> None:
    result = made(video(1920, 1080, seconds=0.3, rate=30))
    assert (result.width, result.height) == (1280, 720)
    assert frame_of(result).size == (1280, 720)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_video_is_turned_as_the_phone_was_held(turn: int) -> None:
    """Red is left of blue; turned by 90 degrees counter-clockwise, left becomes below."""
    result = made(video(128, 64, turn=turn, seconds=1.5))
    red_at = {90: (32, 100), 180: (100, 32), 270: (32, 20)}[turn]
    shape = (128, 64) if turn == 180 else (64, 128)
    poster = Image.open(next(file.content for file in result.files if file.variant == "poster"))
    for image in (frame_of(result), poster):
        assert image.size == shape
        assert is_near(image.convert("RGB").getpixel(red_at), RED)
    with av.open(result.files[0].content) as film:
        assert next(film.decode(video=0)).rotation == 0


def test_where_it_was_taken_is_left_behind() -> None:
    content = video(container="mov", title="A-TITLE-THAT-TELLS", comment="+37.5665+126.9780/")
    assert b"A-TITLE-THAT-TELLS" in content
    film = made(content).files[0].content.read()
    assert b"A-TITLE-THAT-TELLS" not in film
    assert b"+37.5665" not in film


def test_many_frames_a_second_become_thirty() -> None:
    with av.open(made(video(rate=60)).files[0].content) as film:
        frames = sum(1 for _ in film.decode(video=0))
        assert film.streams.video[0].average_rate == 30
    assert 28 <= frames <= 32


def test_a_video_that_is_too_long_is_refused() -> None:
    assert refusal(video(seconds=4), timedelta(seconds=2)) == {"reason": "too_long", "limit_seconds": 2}
    made(video(seconds=2.4), timedelta(seconds=2))  # players round, too


def test_what_the_header_says_of_the_length_is_not_believed() -> None:
    content = video(seconds=5, container="webm", sound=False)
    # The header of WebM has the duration as a float; without one it says nothing.
    nothing_said = content.replace(b"\x44\x89", b"\xec\x82", 1)
    assert nothing_said != content
    assert refusal(nothing_said, timedelta(seconds=2))["reason"] == "too_long"


def test_too_many_pixels_are_refused_by_the_header() -> None:
    assert refusal(video(4098, 2306, seconds=0.1))["reason"] == "too_many_pixels"


def test_sound_alone_is_no_video() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as target:
        tone = target.add_stream("aac", rate=48_000, layout="stereo")
        silence = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        silence.sample_rate, silence.pts, silence.time_base = 48_000, 0, Fraction(1, 48_000)
        target.mux(tone.encode(silence))
        target.mux(tone.encode(None))
    assert refusal(file.getvalue())["reason"] == "broken_file"


def test_progress_is_told_and_never_falls() -> None:
    told: list[int] = []
    made(video(seconds=3), progress=told.append)
    assert told == sorted(told)
    assert told[-1] > 80
    assert max(told) <= 99


def test_quality_is_pixels_and_frames() -> None:
    assert quality(Shape(1280, 720, 0), 30) == 1
    assert quality(Shape(720, 1280, 0), 15) == pytest.approx(0.9)
    assert quality(Shape(640, 360, 0), 60) == pytest.approx(0.4)
