"""Sounds that are sent in messages: what is taken, and what is made of it."""

import io

import av
import pytest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.media.conftest import Uploads
from tests.web.media.samples import sound, video


@pytest.mark.parametrize("container", ["mp3", "ogg", "adts", "mp4", "webm"])
def test_a_sound_becomes_one_that_everything_plays(
    api: Api, uploads: Uploads, mina: Person, container: str
) -> None:
    media_id = uploads.send(mina, sound(container, title="my bedroom"), "message")["id"]
    uploads.process()
    state = api.get(f"/media/{media_id}", mina)
    assert (state["kind"], state["status"], state["failure"]) == ("audio", "ready", None)
    assert 900 <= state["item"]["duration_ms"] <= 1200
    address = state["item"]["variants"]["sound"]["url"]
    served = uploads.fetch(address)
    assert served.content_type == "audio/mp4"
    with av.open(io.BytesIO(served.body)) as made:
        assert [stream.codec_context.name for stream in made.streams] == ["aac"]
        assert "my bedroom" not in str(made.metadata)


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_film_stays_a_film(uploads: Uploads, mina: Person, container: str) -> None:
    assert uploads.send(mina, video(container=container), "message")["kind"] == "video"


def test_sounds_are_for_messages(uploads: Uploads, mina: Person) -> None:
    assert uploads.request_any(mina, sound("mp3"), "post") == {"status": 422, "reason": "no_sound"}


def test_what_only_begins_like_a_sound_fails(api: Api, uploads: Uploads, mina: Person) -> None:
    media_id = uploads.send(mina, b"OggS" + bytes(2000), "message")["id"]
    uploads.process()
    assert api.get(f"/media/{media_id}", mina)["failure"] == "broken_file"
