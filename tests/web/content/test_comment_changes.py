"""Editing, correcting and liking comments, and naming members in them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.together import together
from web.content.comments import CommentService
from web.content.events import CommentEdited, CommentLiked, CommentUnliked
from web.content.models import Comment, Revision
from web.content.schemas import CommentChange
from web.core.app import App
from web.core.events import Event

Emitted = Callable[..., list[Event]]


@pytest.fixture
def post_id(app: App, mina: Person) -> UUID:
    """A public post of Mina's."""
    return make_post(app, mina)


@pytest.fixture
def comment_id(api: Api, joon: Person, post_id: UUID) -> UUID:
    """Joon's comment on it."""
    return UUID(api.post(f"/posts/{post_id}/comments", {"body": "I has a cat"}, joon)["id"])


def patch(api: Api, comment_id: UUID, who: Person, body: Any, status: int = 200) -> Any:
    return api.call("PATCH", f"/comments/{comment_id}", who, {"body": body}, status=status).json


def told(api: Api, who: Person) -> list[str]:
    """The kinds of what somebody was notified of, oldest first."""
    return [item["type"] for item in api.get("/notifications", who)["items"]][::-1]


def test_an_edit_shows_the_new_text_and_keeps_the_old(
    api: Api, joon: Person, comment_id: UUID, post_id: UUID, owner_engine: sa.Engine, emitted: Emitted
) -> None:
    edited = patch(api, comment_id, joon, " I have a cat ")
    assert edited["body"] == "I have a cat"
    assert edited["edited_at"] is not None
    assert api.get(f"/posts/{post_id}/comments")["items"][0]["body"] == "I have a cat"
    with owner_engine.connect() as connection:
        assert connection.execute(sa.select(Revision.comment_id, Revision.body)).all() == [
            (comment_id, "I has a cat")
        ]
    assert emitted()[-1] == CommentEdited(author_id=joon.id, comment_id=comment_id, content_id=post_id)


def test_an_edit_that_changes_nothing_is_none(
    api: Api, joon: Person, comment_id: UUID, owner_engine: sa.Engine, emitted: Emitted
) -> None:
    before = emitted()
    assert patch(api, comment_id, joon, "I has a cat")["edited_at"] is None
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Revision)) == 0
    assert emitted() == before


def test_its_author_reads_what_a_comment_said_before(
    api: Api, mina: Person, joon: Person, comment_id: UUID
) -> None:
    path = f"/comments/{comment_id}/history"
    for body in ("I have a cat", "I have two cats", "I have no cat"):
        patch(api, comment_id, joon, body)
    before = [item["body"] for item in api.every_page(path, joon)]
    assert before == ["I have two cats", "I have a cat", "I has a cat"]
    assert api.get(path, mina, status=403)["error"]["code"] == "NOT_OWNER"


def test_what_is_not_fit_to_be_shown_is_refused(
    api: Api, joon: Person, sora: Person, comment_id: UUID, post_id: UUID
) -> None:
    flood = " ".join(f"https://example.com/{number}" for number in range(20))
    path = f"/posts/{post_id}/comments"
    assert api.post(path, {"body": flood}, joon, status=422)["error"]["code"] == "CONTENT_REFUSED"
    assert patch(api, comment_id, joon, flood, status=422)["error"]["code"] == "CONTENT_REFUSED"
    correction = {"corrected": "I have a cat", "body": flood}
    api.post(f"/comments/{comment_id}/correction", correction, sora, status=422)
    [unchanged] = api.get(path)["items"]
    assert (unchanged["body"], unchanged["reply_count"]) == ("I has a cat", 0)


def test_only_its_author_edits_a_comment(api: Api, mina: Person, joon: Person, comment_id: UUID) -> None:
    assert patch(api, comment_id, mina, "mine", status=403)["error"]["code"] == "NOT_OWNER"
    for body in ("", "  ", "x" * 1_001, None):
        patch(api, comment_id, joon, body, status=422)
    api.delete(f"/comments/{comment_id}", joon)
    patch(api, comment_id, joon, "too late", status=404)
    patch(api, uuid4(), joon, "nothing", status=404)


def test_a_correction_is_a_reply_with_the_corrected_text(
    api: Api, joon: Person, sora: Person, comment_id: UUID, post_id: UUID
) -> None:
    new = {"corrected": "I have a cat", "body": "I, you, we, they *have*"}
    correction = api.post(f"/comments/{comment_id}/correction", new, sora)
    assert (correction["corrected"], correction["body"]) == (new["corrected"], new["body"])
    assert correction["parent_id"] == str(comment_id)
    [shown] = api.get(f"/posts/{post_id}/comments")["items"]
    assert (shown["reply_count"], shown["corrected"]) == (1, None)
    assert api.get(f"/comments/{comment_id}/replies")["items"] == [correction]
    assert told(api, joon) == ["comment_corrected"]


def test_what_is_no_correction_is_refused(
    api: Api, mina: Person, joon: Person, sora: Person, comment_id: UUID
) -> None:
    path = f"/comments/{comment_id}/correction"
    for who, corrected, code in (
        (joon, "I have a cat", "OWN_COMMENT"),
        (sora, "I has a cat", "NOTHING_CORRECTED"),
        (sora, " ", "VALIDATION_FAILED"),
    ):
        answer = api.post(path, {"corrected": corrected}, who, status=422)
        assert answer["error"]["code"] == code
    api.put(f"/users/{sora.id}/block", joon)
    api.post(path, {"corrected": "I have a cat"}, sora, status=404)


def test_a_correction_without_words_cannot_be_corrected_itself(
    api: Api, mina: Person, sora: Person, comment_id: UUID
) -> None:
    corrected = {"corrected": "I have a cat"}
    correction = api.post(f"/comments/{comment_id}/correction", corrected, sora)
    answer = api.post(f"/comments/{correction['id']}/correction", corrected, mina, status=422)
    assert answer["error"]["code"] == "NOTHING_CORRECTED"


def test_corrections_with_unwanted_words_are_left_out(
    api: Api, mina: Person, sora: Person, comment_id: UUID
) -> None:
    api.post(f"/comments/{comment_id}/correction", {"corrected": "I have a cat"}, sora)
    api.call("PUT", "/settings/blocked-keywords", mina, {"keywords": ["cat"]}, status=200)
    assert api.get(f"/comments/{comment_id}/replies", mina)["items"] == []


def test_liking_a_comment_twice_is_liking_it_once(
    api: Api, joon: Person, sora: Person, comment_id: UUID, post_id: UUID, emitted: Emitted
) -> None:
    path = f"/comments/{comment_id}/like"
    liked = {"comment_id": str(comment_id), "liked": True, "like_count": 1}
    assert api.put(path, sora) == api.put(path, sora) == liked
    [shown] = api.get(f"/posts/{post_id}/comments", sora)["items"]
    assert (shown["liked_by_me"], shown["like_count"]) == (True, 1)
    [to_others] = api.get(f"/posts/{post_id}/comments", joon)["items"]
    assert (to_others["liked_by_me"], to_others["like_count"]) == (False, 1)
    unliked = {"comment_id": str(comment_id), "liked": False, "like_count": 0}
    assert api.delete(path, sora, status=200) == api.delete(path, sora, status=200) == unliked
    facts = {"member_id": sora.id, "comment_id": comment_id, "content_id": post_id, "author_id": joon.id}
    assert emitted()[2:] == [CommentLiked(**facts), CommentUnliked(**facts)]
    assert told(api, joon) == ["comment_liked"]


def test_comments_out_of_sight_cannot_be_liked(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, comment_id: UUID
) -> None:
    private = make_post(app, mina, visibility="private")
    note = api.post(f"/posts/{private}/comments", {"body": "note"}, mina)["id"]
    api.put(f"/users/{sora.id}/block", joon)
    for unseen in (note, comment_id, uuid4()):
        api.put(f"/comments/{unseen}/like", sora, status=404)
        api.delete(f"/comments/{unseen}/like", sora, status=404)
    api.delete(f"/comments/{comment_id}", joon)
    api.put(f"/comments/{comment_id}/like", mina, status=404)


def test_who_is_named_in_a_comment_is_told_once(
    api: Api, mina: Person, joon: Person, sora: Person, post_id: UUID
) -> None:
    new = {"body": "@sora님, @mina and @joon: look"}
    comment = api.post(f"/posts/{post_id}/comments", new, joon)
    assert {each["name"] for each in comment["mentions"]} == {"sora", "mina", "joon"}
    assert told(api, sora) == ["mentioned"]
    assert told(api, mina) == ["content_commented"]
    assert told(api, joon) == []


def test_an_edit_tells_who_was_not_named_before(api: Api, joon: Person, sora: Person, post_id: UUID) -> None:
    comment = api.post(f"/posts/{post_id}/comments", {"body": "look"}, joon)
    for body in ("look, @sora", "look at this, @sora"):
        patch(api, comment["id"], joon, body)
    assert told(api, sora) == ["mentioned"]
    assert patch(api, comment["id"], joon, "never mind")["mentions"] == []


def test_edits_at_once_lose_no_version(
    app: App, joon: Person, comment_id: UUID, owner_engine: sa.Engine
) -> None:
    def edit(body: str) -> Callable[[], None]:
        def change() -> None:
            with app.work() as services:
                services[CommentService].edit(joon.id, comment_id, CommentChange(body=body))

        return change

    texts = [f"version {number}" for number in range(6)]
    together([edit(text) for text in texts])
    with owner_engine.connect() as connection:
        current = connection.scalar(sa.select(Comment.body).where(Comment.id == comment_id))
        before = connection.scalars(sa.select(Revision.body)).all()
    assert sorted([*before, current or ""]) == sorted(["I has a cat", *texts])
