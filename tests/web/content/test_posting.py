"""Sharing texts, pictures, videos and reels; and what is refused or flagged."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_medium
from tests.web.conftest import Api
from tests.web.together import together
from tests.web.vanishing import set_columns
from web.content.models import Content, ReelFacts
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.app import App
from web.media.errors import MediaInUse
from web.media.models import Medium
from web.moderation.models import Flag


def medium_of(owner_engine: sa.Engine, media_id: UUID) -> Any:
    with owner_engine.connect() as connection:
        return connection.execute(sa.select(Medium).where(Medium.id == media_id)).one()


def flags(owner_engine: sa.Engine) -> list[Any]:
    with owner_engine.connect() as connection:
        rows = connection.execute(sa.select(Flag.author_id, Flag.subject_kind, Flag.subject_id, Flag.reason))
        return [tuple(row) for row in rows]


def test_a_photo_shows_up_to_ten_pictures_in_order_with_their_words(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    media = [make_medium(app, mina, quality=number / 10) for number in range(10)]
    shown = [{"media_id": str(each), "alt_text": f" picture {place} "} for place, each in enumerate(media)]
    post = api.post("/posts", {"type": "photo", "media": shown, "target_language": "KO-kr"}, mina)
    assert [(each["id"], each["alt_text"]) for each in post["media"]] == [
        (str(each), f"picture {place}") for place, each in enumerate(media)
    ]
    assert (post["body"], post["target_language"]) == ("", "ko-KR")
    assert medium_of(owner_engine, media[0]).is_public
    with app.reading() as services:
        quality = services[Session].scalar(sa.select(Content.quality).where(Content.id == UUID(post["id"])))
    assert quality == pytest.approx(0.45)


def test_media_of_what_is_not_public_are_not_served_to_all(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    media_id = make_medium(app, mina)
    body = {"type": "photo", "visibility": "followers", "media": [{"media_id": str(media_id)}]}
    post = api.post("/posts", body, mina)
    assert not medium_of(owner_engine, media_id).is_public
    assert "signature=" in post["media"][0]["variants"]["large"]["url"]


def test_media_of_a_public_post_are_as_open_as_the_profile(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    """The addresses follow the profile, also of what was shared before and of what others share on."""
    media_id = make_medium(app, mina)
    post = api.post("/posts", {"type": "photo", "media": [{"media_id": str(media_id)}]}, mina)
    share = api.post(f"/posts/{post['id']}/share", who=joon)
    api.put(f"/users/{mina.id}/follow", joon)

    def addresses() -> list[str]:
        own, shared = api.get(f"/posts/{post['id']}", joon), api.get(f"/posts/{share['id']}", joon)["shared"]
        return [shown["media"][0]["variants"]["large"]["url"] for shown in (own, shared)]

    assert not any("signature=" in address for address in addresses())
    set_columns(owner_engine, mina, profile_visibility="friends")
    assert all("signature=" in address for address in addresses())


def test_a_reel_is_a_video_of_at_most_ninety_seconds(app: App, api: Api, mina: Person) -> None:
    short, long = (
        make_medium(app, mina, kind="video", duration_ms=duration_ms) for duration_ms in (90_000, 90_001)
    )
    reel = api.post("/posts", {"type": "reel", "media": [{"media_id": str(short)}]}, mina)
    assert reel["type"] == "reel"
    refused = api.post("/posts", {"type": "reel", "media": [{"media_id": str(long)}]}, mina, status=422)
    assert (refused["error"]["code"], refused["error"]["details"]) == (
        "MEDIUM_DOES_NOT_FIT",
        {"reason": "too_long"},
    )
    api.post("/posts", {"type": "video", "media": [{"media_id": str(long)}]}, mina)
    with app.reading() as services:
        assert services[Session].scalars(sa.select(ReelFacts.duration_ms)).all() == [90_000]


@pytest.mark.parametrize(("type_", "kind"), [("photo", "video"), ("video", "image"), ("reel", "image")])
def test_media_have_to_be_of_the_kind_of_the_post(
    app: App, api: Api, mina: Person, type_: str, kind: str
) -> None:
    media_id = make_medium(app, mina, kind=kind)
    refused = api.post("/posts", {"type": type_, "media": [{"media_id": str(media_id)}]}, mina, status=422)
    assert refused["error"]["code"] == "MEDIUM_DOES_NOT_FIT"


@pytest.mark.parametrize(
    "body",
    [
        {"type": "text", "body": "x", "media": ["one"]},
        {"type": "photo"},
        {"type": "photo", "media": ["one"] * 11},
        {"type": "photo", "media": ["one", "one"]},
        {"type": "video", "media": ["one", "two"]},
        {"type": "share", "body": "x"},
        {"type": "story", "media": ["one"]},
        {"body": "x", "language": "klingon"},
    ],
)
def test_a_post_has_the_media_of_its_type(api: Api, mina: Person, body: dict[str, Any]) -> None:
    ids = {"one": str(uuid4()), "two": str(uuid4())}
    sent = {**body, "media": [{"media_id": ids[each]} for each in body.get("media", ())]}
    assert api.post("/posts", sent, mina, status=422)["error"]["code"] == "VALIDATION_FAILED"


def test_only_ones_own_uploads_that_are_ready_and_not_shown_yet_can_be_shown(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    def answer(media_id: UUID) -> tuple[int, str]:
        response = api.call("POST", "/posts", mina, {"type": "photo", "media": [{"media_id": str(media_id)}]})
        return response.status_int, response.json.get("error", {}).get("code", "")

    shown = make_medium(app, mina)
    assert answer(shown) == (201, "")
    assert answer(shown) == (409, "MEDIA_IN_USE")
    assert answer(make_medium(app, mina, status="processing")) == (409, "MEDIA_NOT_READY")
    assert answer(make_medium(app, joon)) == (404, "NOT_FOUND")
    assert answer(make_medium(app, mina, "profile")) == (404, "NOT_FOUND")
    assert answer(uuid4()) == (404, "NOT_FOUND")


def test_of_two_posts_that_want_the_same_picture_at_once_one_gets_it(app: App, mina: Person) -> None:
    media_id = make_medium(app, mina)
    new = NewPost.model_validate({"type": "photo", "media": [{"media_id": media_id}]})

    def post() -> bool:
        try:
            with app.work() as services:
                services[ContentService].post(mina.id, new)
        except MediaInUse:
            return False
        return True

    assert sorted(together([post] * 4)) == [False, False, False, True]


def test_refused_words_are_neither_shown_nor_kept(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    media_id = make_medium(app, mina)
    for body in (
        {"body": "kill yourself"},
        {"type": "photo", "media": [{"media_id": str(media_id), "alt_text": "kill yourself"}]},
    ):
        error = api.post("/posts", body, mina, status=422)["error"]
        assert (error["code"], error["details"]) == ("CONTENT_REFUSED", {"reason": "words"})
    assert api.get("/users/@mina/posts", mina)["items"] == []
    assert flags(owner_engine) == []


def test_shouting_is_shown_and_flagged(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    post = api.post("/posts", {"body": "HELLO EVERYBODY"}, mina)
    api.post("/posts", {"body": "hello everybody"}, mina)
    assert flags(owner_engine) == [(mina.id, "content", UUID(post["id"]), "shouting")]
