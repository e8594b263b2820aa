"""Videos made anew: H.264 and AAC in MP4, 720 lines, beginning to play before they are loaded; and a still.

As with pictures, only what is seen and heard goes into the new file.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from tempfile import NamedTemporaryFile
from typing import IO, Any, cast

import av
import av.error
import av.filter
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from web.media.checking import FileKind
from web.media.errors import MediaRefused
from web.media.pictures import Made, MadeFile, blurhash_of, make_variants
from web.media.purposes import Size

SHORT_SIDE, LONG_SIDE = 720, 1280
MOST_PIXELS = 4096 * 2304  # of a frame that comes in
FRAMES_PER_SECOND = 30
_MOST_FRAMES_PER_SECOND = 240  # that come in, on average; slow motion of phones
_SOUND_RATE, _SOUND_BITS = 48_000, 128_000
_QUALITY = {"crf": "23", "preset": "veryfast", "threads": "2"}
_STILL_AT = 1.0  # seconds: many videos begin black
_THUMB = Size("thumb", 320, 400)

_FAST_START = {"movflags": "+faststart"}  # what a player has to know first comes first

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Shape:
    """The frames of the film that is made."""

    width: int
    height: int
    turn: int  # degrees, counter-clockwise, until frames are upright


def make_film(
    file: IO[bytes], kind: FileKind, longest: timedelta, progress: Progress, folder: str | None = None
) -> Made:
    """Decode a video whole and make its film, still and thumbnail.

    Args:
        progress: told the percentage now and then.
        folder: where temporary files may be.

    Raises:
        MediaRefused: ``broken_file``, ``too_long``, ``too_many_pixels``.
    """
    file.seek(0)
    film = cast("IO[bytes]", NamedTemporaryFile(dir=folder, suffix=".mp4"))  # noqa: SIM115 - handed on
    try:
        with (
            av.open(file, "r", format=kind.reader) as source,
            # By name, because what comes first is written last, through a second handle of the library's own.
            av.open(film.name, "w", format="mp4", options=_FAST_START) as target,
        ):
            copy = _Copy(source, target, longest, progress)
            copy.run()
    except MediaRefused:
        raise
    except Exception as error:  # readers fail in any way on what somebody made to break them
        raise MediaRefused(reason="broken_file") from error
    film.seek(0)
    still, shape = copy.still, copy.shape
    files, variants = make_variants(still, (Size("poster", still.width, still.height), _THUMB))
    size = {"width": shape.width, "height": shape.height}
    return Made(
        files=[MadeFile("film", "mp4", film), *files],
        variants={"film": {**size, "formats": ["mp4"]}, **variants},
        **size,
        blurhash=blurhash_of(still),
        quality=quality(shape, copy.rate),
        duration_ms=round(copy.seconds * 1000),
    )


def quality(shape: Shape, rate: float) -> float:
    """How good a film is to look at, 0..1 (``quality_signal`` in seed 003, component 4).

    0.8 × its pixels of the largest film + 0.2 × its frames per second of the most that are kept.
    """
    pixels = min(1.0, shape.width * shape.height / (SHORT_SIDE * LONG_SIDE))
    return 0.8 * pixels + 0.2 * min(1.0, rate / FRAMES_PER_SECOND)


def fitted(width: int, height: int) -> tuple[int, int]:
    """Width and height of the film for an upright frame: within 720 by 1280 either way, and even."""
    short, long = sorted((width, height))
    scale = min(1.0, SHORT_SIDE / short, LONG_SIDE / long)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


# Filters that turn a frame counter-clockwise.
_TURNS: dict[int, list[tuple[str, ...]]] = {
    0: [],
    90: [("transpose", "cclock")],
    180: [("hflip",), ("vflip",)],
    270: [("transpose", "clock")],
}


def _chained(
    before: list[VideoFrame | AudioFrame], rest: Iterator[VideoFrame | AudioFrame]
) -> Iterator[VideoFrame | AudioFrame]:
    yield from before
    yield from rest


class _Copy:
    """One run from the file that came to the film.

    Attributes:
        still: the picture that stands for the film.
        seconds: how long it turned out to be, whatever the file says of itself.
    """

    def __init__(
        self, source: InputContainer, target: OutputContainer, longest: timedelta, progress: Progress
    ) -> None:
        if not source.streams.video:
            raise MediaRefused(reason="broken_file")
        self._source = source
        self._target = target
        self._seen = source.streams.video[0]
        self._heard = source.streams.audio[0] if source.streams.audio else None
        self._longest = longest.total_seconds()
        self._progress = progress
        self._told = 0
        self._frames = 0
        self._first: float | None = None
        self._still: VideoFrame | None = None
        self._still_at = 0.0
        self.seconds = 0.0
        self.rate = float(self._seen.average_rate or FRAMES_PER_SECOND)
        self._refuse_unfit()

    def run(self) -> None:
        """Copy everything."""
        self._seen.thread_type = "AUTO"
        first, frames = self._first_frame()
        self.shape = self._shape(first)
        pictures = self._add_pictures()
        sound = self._add_sound()
        graph = self._graph(first)
        resampler = AudioResampler(format="fltp", layout="stereo", rate=_SOUND_RATE)
        for frame in frames:
            if isinstance(frame, VideoFrame):
                self._look_at(frame)
                graph.push(frame)
                self._write_pictures(graph, pictures)
            elif sound is not None and isinstance(frame, AudioFrame):
                for piece in resampler.resample(frame):
                    self._target.mux(sound.encode(piece))
        graph.push(None)
        self._write_pictures(graph, pictures)
        self._target.mux(pictures.encode(None))
        if sound is not None:
            for piece in resampler.resample(None):
                self._target.mux(sound.encode(piece))
            self._target.mux(sound.encode(None))
        self.seconds += 1 / self.rate  # the last frame is shown, too

    @property
    def still(self) -> Image.Image:
        """The picture that stands for the film, upright and as large as the film."""
        if self._still is None:
            raise MediaRefused(reason="broken_file")
        image: Image.Image = self._still.to_image()  # type: ignore[no-untyped-call]  # half typed
        image = image.rotate(self.shape.turn, expand=True) if self.shape.turn else image
        return image.resize((self.shape.width, self.shape.height), Image.Resampling.LANCZOS)

    def _refuse_unfit(self) -> None:
        """What the headers admit need not be decoded to be refused."""
        if self._seen.width * self._seen.height > MOST_PIXELS:
            raise MediaRefused(reason="too_many_pixels", limit=MOST_PIXELS)
        duration = self._source.duration
        if duration is not None and duration / av.time_base > self._longest + 1:
            raise MediaRefused(reason="too_long", limit_seconds=int(self._longest))

    def _first_frame(self) -> tuple[VideoFrame, Iterator[VideoFrame | AudioFrame]]:
        """The first picture, which tells the shape, and everything again from the beginning."""
        frames, before = self._decoded(), list[VideoFrame | AudioFrame]()
        for frame in frames:
            before.append(frame)
            if isinstance(frame, VideoFrame):
                return frame, _chained(before, frames)
            if len(before) > _MOST_FRAMES_PER_SECOND * 10:
                break
        raise MediaRefused(reason="broken_file")

    def _decoded(self) -> Iterator[VideoFrame | AudioFrame]:
        streams: list[Any] = [self._seen] if self._heard is None else [self._seen, self._heard]
        return cast("Iterator[VideoFrame | AudioFrame]", self._source.decode(*streams))

    def _shape(self, first: VideoFrame) -> Shape:
        turn = round(first.rotation / 90) * 90 % 360
        across, down = (first.height, first.width) if turn in (90, 270) else (first.width, first.height)
        return Shape(*fitted(across, down), turn)

    def _add_pictures(self) -> VideoStream:
        stream = self._target.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_QUALITY)
        stream.width, stream.height, stream.pix_fmt = self.shape.width, self.shape.height, "yuv420p"
        return stream

    def _add_sound(self) -> AudioStream | None:
        if self._heard is None:
            return None
        stream = self._target.add_stream("aac", rate=_SOUND_RATE, layout="stereo")
        stream.bit_rate = _SOUND_BITS
        return stream

    def _graph(self, first: VideoFrame) -> av.filter.Graph:
        """Turns, scales and evens out the frames."""
        graph = av.filter.Graph()
        nodes = [graph.add_buffer(template=self._seen, time_base=first.time_base)]
        nodes += [graph.add(*step) for step in _TURNS[self.shape.turn]]
        nodes += [
            graph.add("scale", f"{self.shape.width}:{self.shape.height}"),
            graph.add("setsar", "1"),
            graph.add("fps", str(FRAMES_PER_SECOND)),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        return graph

    def _write_pictures(self, graph: av.filter.Graph, stream: VideoStream) -> None:
        while True:
            try:
                frame = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._target.mux(stream.encode(cast("VideoFrame", frame)))

    def _look_at(self, frame: VideoFrame) -> None:
        """Keep the still, and stop at what is more than was admitted."""
        self._frames += 1
        if frame.width * frame.height > MOST_PIXELS:
            raise MediaRefused(reason="too_many_pixels", limit=MOST_PIXELS)
        at = frame.time or 0.0
        self._first = at if self._first is None else self._first
        self.seconds = max(self.seconds, at - self._first)
        is_endless = self._frames > (self._longest + 1) * _MOST_FRAMES_PER_SECOND
        if self.seconds > self._longest + 1 or is_endless:
            raise MediaRefused(reason="too_long", limit_seconds=int(self._longest))
        if self._still is None or self._still_at < _STILL_AT <= self.seconds:
            self._still, self._still_at = frame, self.seconds
        self._tell()

    def _tell(self) -> None:
        duration = (self._source.duration or 0) / av.time_base
        percent = min(99, math.floor(100 * self.seconds / duration)) if duration > 0 else 0
        if percent > self._told:
            self._told = percent
            self._progress(percent)
