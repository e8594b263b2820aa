"""Pictures and videos made for tests, and forms to send them in."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import pillow_heif
from av.audio.resampler import AudioResampler
from PIL import Image

pillow_heif.register_heif_opener()

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
BOUNDARY = "a-boundary-of-tests"


def picture(
    width: int = 64, height: int = 48, format_name: str = "JPEG", mode: str = "RGB", **options: Any
) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return saved(image.convert(mode), format_name, **options)


def noise(width: int, height: int, format_name: str = "JPEG") -> bytes:
    """A picture that cannot be made small, so that cutting it off anywhere takes pixels away."""
    return saved(Image.effect_noise((width, height), 80).convert("RGB"), format_name)


def cut_off() -> bytes:
    """A picture that looks whole until it is decoded."""
    content = noise(200, 200)
    return content[: len(content) // 2]


def saved(image: Image.Image, format_name: str, **options: Any) -> bytes:
    """The bytes of a picture."""
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def video(
    width: int = 128,
    height: int = 64,
    seconds: float = 1,
    *,
    rate: int = 10,
    container: str = "mp4",
    sound: bool = True,
    turn: int = 0,
    **metadata: str,
) -> bytes:
    """A video whose left half is red and whose right half is blue.

    Args:
        turn: degrees, counter-clockwise, that a player has to turn it.
    """
    file = io.BytesIO()
    image = Image.open(io.BytesIO(picture(width, height, "PNG")))
    with av.open(file, "w", format=container) as target:
        target.metadata.update(metadata)
        codec, sound_codec = ("libvpx", "libopus") if container == "webm" else ("libx264", "aac")
        pictures = target.add_stream(codec, rate=rate)
        pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p"
        if turn:
            pictures.set_display_rotation(turn)
        tone = target.add_stream(sound_codec, rate=48_000, layout="stereo") if sound else None
        for number in range(round(seconds * rate)):
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            target.mux(pictures.encode(frame))
        target.mux(pictures.encode(None))
        if tone is not None:
            samples = 960
            for number in range(int(seconds * 48_000) // samples):
                silence = av.AudioFrame(format="fltp", layout="stereo", samples=samples)
                for plane in silence.planes:
                    plane.update(bytes(plane.buffer_size))
                silence.sample_rate, silence.pts = 48_000, number * samples
                silence.time_base = Fraction(1, 48_000)
                target.mux(tone.encode(silence))
            target.mux(tone.encode(None))
    return file.getvalue()


@dataclass(frozen=True)
class Form:
    """A body of ``multipart/form-data``, and the header that says so."""

    body: bytes
    headers: dict[str, str]


def form(fields: dict[str, str | bytes], file_name: str = "file.jpg", claimed: str = "image/jpeg") -> Form:
    """A form; bytes are sent as a file, with a name and a type that nobody should believe."""
    body = b""
    for name, value in fields.items():
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if isinstance(value, bytes):
            body += f'; filename="{file_name}"\r\nContent-Type: {claimed}'.encode()
        body += b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return Form(
        body + f"--{BOUNDARY}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    )


def sound(container: str = "mp3", seconds: float = 1, **metadata: str) -> bytes:
    """A second of silence."""
    codecs = {"mp3": "libmp3lame", "ogg": "libopus", "webm": "libopus", "adts": "aac", "mp4": "aac"}
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        target.metadata.update(metadata)
        tone = target.add_stream(codecs[container], rate=48_000, layout="stereo")
        codec = tone.codec_context
        resampler = AudioResampler(codec.format.name, "stereo", 48_000, frame_size=codec.frame_size or 0)
        for number in range(round(seconds * 50)):
            silence = av.AudioFrame(format="fltp", layout="stereo", samples=960)
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            silence.sample_rate, silence.pts = 48_000, number * 960
            for piece in resampler.resample(silence):
                target.mux(tone.encode(piece))
        target.mux(tone.encode(None))
    return file.getvalue()
