"""Changing posts, their history, and putting them away."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium, make_post, make_story
from tests.web.conftest import Api
from tests.web.content.test_posting import flags, medium_of
from web.content.events import ContentArchived, ContentEdited, ContentUnarchived
from web.core.app import App
from web.core.events import Event

Emitted = Callable[..., list[Event]]


def edit(api: Api, post_id: Any, who: Person, status: int = 200, **change: Any) -> Any:
    return api.call("PATCH", f"/posts/{post_id}", who, change, status=status).json


def test_an_edit_changes_what_was_given_and_keeps_what_was_said(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    post_id = make_post(app, mina, "one")
    for body in ("two", "three"):
        edited = edit(api, post_id, mina, body=body, language="en")
    assert (edited["body"], edited["language"], edited["visibility"]) == ("three", "en", "public")
    assert edited["edited_at"] is not None
    assert api.get(f"/posts/{post_id}", joon)["body"] == "three"
    former = api.every_page(f"/posts/{post_id}/history", mina, limit=1)
    assert [each["body"] for each in former] == ["two", "one"]
    assert [event for event in emitted() if isinstance(event, ContentEdited)] == [
        ContentEdited(author_id=mina.id, content_id=post_id, changed=["body", "language"]),
        ContentEdited(author_id=mina.id, content_id=post_id, changed=["body"]),
    ]


def test_what_changes_nothing_is_no_edit(app: App, api: Api, mina: Person, emitted: Emitted) -> None:
    post_id = make_post(app, mina, "one")
    assert edit(api, post_id, mina, body=" one ", visibility="public")["edited_at"] is None
    assert edit(api, post_id, mina)["body"] == "one"
    assert len(emitted()) == 1


def test_only_its_author_edits_a_post_and_reads_its_history(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    seen, hidden = make_post(app, mina), make_post(app, mina, visibility="private")
    for post_id, status in ((seen, 403), (hidden, 404), (uuid4(), 404)):
        edit(api, post_id, joon, status=status, body="mine")
        api.get(f"/posts/{post_id}/history", joon, status=status)
        api.post(f"/posts/{post_id}/archive", who=joon, status=status)
        api.delete(f"/posts/{post_id}/archive", joon, status=status)
    assert api.get(f"/posts/{seen}")["body"] == "hello"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": "  "}, "POST_INCOMPLETE"),
        ({"body": "kill yourself"}, "CONTENT_REFUSED"),
        ({"body": "x" * 5_001}, "VALIDATION_FAILED"),
        ({"body": None}, "VALIDATION_FAILED"),
        ({"type": "photo"}, "VALIDATION_FAILED"),
        ({"visibility": "nobody"}, "VALIDATION_FAILED"),
        ({"alt_texts": None}, "VALIDATION_FAILED"),
    ],
)
def test_a_post_cannot_be_changed_into_what_could_not_be_posted(
    app: App, api: Api, mina: Person, change: dict[str, Any], code: str
) -> None:
    post_id = make_post(app, mina)
    assert edit(api, post_id, mina, status=422, **change)["error"]["code"] == code
    assert api.get(f"/posts/{post_id}")["body"] == "hello"
    assert api.get(f"/posts/{post_id}/history", mina)["items"] == []


def test_an_edit_is_flagged_like_a_post(app: App, api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    post_id = make_post(app, mina)
    edit(api, post_id, mina, body="HELLO EVERYBODY")
    assert flags(owner_engine) == [(mina.id, "content", post_id, "shouting")]


def test_the_words_for_a_picture_can_be_changed(app: App, api: Api, mina: Person) -> None:
    first, second = make_medium(app, mina), make_medium(app, mina)
    media = [{"media_id": str(first), "alt_text": "a cat"}, {"media_id": str(second), "alt_text": "a dog"}]
    post_id = api.post("/posts", {"type": "photo", "media": media}, mina)["id"]
    changes = [{"media_id": str(first), "alt_text": "two cats"}, {"media_id": str(second), "alt_text": None}]
    edited = edit(api, post_id, mina, alt_texts=changes)
    assert [each["alt_text"] for each in edited["media"]] == ["two cats", None]
    edit(api, post_id, mina, status=404, alt_texts=[{"media_id": str(uuid4()), "alt_text": "x"}])


def test_media_are_served_to_all_only_while_the_post_is(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    media_id = make_medium(app, mina)
    post_id = api.post("/posts", {"type": "photo", "media": [{"media_id": str(media_id)}]}, mina)["id"]

    def is_open() -> bool:
        return bool(medium_of(owner_engine, media_id).is_public)

    edit(api, post_id, mina, visibility="friends")
    assert not is_open()
    edit(api, post_id, mina, visibility="public")
    assert is_open()
    api.post(f"/posts/{post_id}/archive", who=mina, status=200)
    assert not is_open()
    api.delete(f"/posts/{post_id}/archive", mina, status=200)
    assert is_open()
    api.delete(f"/posts/{post_id}", mina)
    assert not is_open()
    assert medium_of(owner_engine, media_id).attached_at is not None  # kept for moderators


def test_an_archived_post_is_seen_by_its_author_only(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    post_id = make_post(app, mina)
    for _ in range(2):
        assert api.post(f"/posts/{post_id}/archive", who=mina, status=200)["archived_at"] is not None
    api.get(f"/posts/{post_id}", joon, status=404)
    assert api.get("/users/@mina/posts", joon)["items"] == []
    assert api.get(f"/posts/{post_id}", mina)["body"] == "hello"
    assert [each["id"] for each in api.every_page("/posts/archived", mina, limit=1)] == [str(post_id)]
    assert api.get("/posts/archived", joon)["items"] == []
    for _ in range(2):
        assert api.delete(f"/posts/{post_id}/archive", mina, status=200)["archived_at"] is None
    assert len(api.get("/users/@mina/posts", joon)["items"]) == 1
    assert api.get("/posts/archived", mina)["items"] == []
    assert emitted()[1:] == [
        ContentArchived(author_id=mina.id, content_id=post_id),
        ContentUnarchived(author_id=mina.id, content_id=post_id),
    ]


def test_a_story_is_no_post_to_edit(app: App, api: Api, mina: Person) -> None:
    story_id: UUID = make_story(app, mina)
    edit(api, story_id, mina, status=404, body="later")
    api.post(f"/posts/{story_id}/archive", who=mina, status=404)
