"""Sounds made anew: AAC in MP4, which every browser and phone plays; nothing but what is heard is kept."""

from datetime import timedelta
from itertools import chain
from tempfile import NamedTemporaryFile
from typing import IO, cast

import av
from av.audio.resampler import AudioResampler
from av.container import InputContainer, OutputContainer

from web.media.checking import FileKind
from web.media.errors import MediaRefused
from web.media.pictures import Made, MadeFile

_RATE, _BITS = 48_000, 64_000
_FAST_START = {"movflags": "+faststart"}  # what a player has to know first comes first


def make_sound(file: IO[bytes], kind: FileKind, longest: timedelta, folder: str | None = None) -> Made:
    """Decode a sound whole and make it anew.

    Args:
        folder: where temporary files may be.

    Raises:
        MediaRefused: ``broken_file``, ``too_long``.
    """
    file.seek(0)
    made = cast("IO[bytes]", NamedTemporaryFile(dir=folder, suffix=".m4a"))  # noqa: SIM115 - handed on
    try:
        with (
            av.open(file, "r", format=kind.reader) as source,
            av.open(made.name, "w", format="mp4", options=_FAST_START) as target,
        ):
            seconds = _copy(source, target, longest.total_seconds())
    except MediaRefused:
        raise
    except Exception as error:  # readers fail in any way on what somebody made to break them
        raise MediaRefused(reason="broken_file") from error
    made.seek(0)
    return Made(
        files=[MadeFile("sound", "m4a", made)],
        variants={"sound": {"formats": ["m4a"]}},
        width=0,
        height=0,
        blurhash=None,
        quality=0.0,
        duration_ms=round(seconds * 1000),
    )


def _copy(source: InputContainer, target: OutputContainer, longest: float) -> float:
    """Copy what is heard; how many seconds that are."""
    if not source.streams.audio:
        raise MediaRefused(reason="broken_file")
    stream = target.add_stream("aac", rate=_RATE, layout="mono")
    stream.bit_rate = _BITS
    resampler = AudioResampler(format="fltp", layout="mono", rate=_RATE)
    samples = 0
    for frame in chain(source.decode(source.streams.audio[0]), [None]):
        for piece in resampler.resample(frame):
            samples += piece.samples
            if samples > (longest + 1) * _RATE:
                raise MediaRefused(reason="too_long", limit_seconds=int(longest))
            piece.pts = None
            target.mux(stream.encode(piece))
    target.mux(stream.encode(None))
    if not samples:
        raise MediaRefused(reason="broken_file")
    return samples / _RATE
