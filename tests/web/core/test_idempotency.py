"""An Idempotency-Key makes a POST happen once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.eventually import eventually
from tests.factories import Person
from tests.web.conftest import Api
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.app import App
from web.core.db import give_back
from web.core.events import Event
from web.core.models import IdempotencyKey

KEY = {"Idempotency-Key": "4f8a"}


def test_the_same_key_gets_the_same_answer_and_happens_once(
    api: Api, mina: Person, emitted: Callable[..., list[Event]]
) -> None:
    first = api.call("POST", "/posts", mina, {"body": "once"}, headers=KEY, status=201)
    again = api.call("POST", "/posts", mina, {"body": "once"}, headers=KEY, status=201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(emitted()) == 1


def test_a_key_does_not_serve_another_request(api: Api, mina: Person) -> None:
    api.post("/posts", {"body": "one"}, mina, headers=KEY)
    error = api.post("/posts", {"body": "two"}, mina, headers=KEY, status=422)["error"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_two_members_may_use_the_same_key(api: Api, mina: Person, joon: Person) -> None:
    mine = api.post("/posts", {"body": "one"}, mina, headers=KEY)
    theirs = api.post("/posts", {"body": "one"}, joon, headers=KEY)
    assert mine["id"] != theirs["id"]


def test_a_refused_request_may_be_tried_again_under_its_key(api: Api, mina: Person) -> None:
    api.post("/conversations", {"member_id": str(mina.id)}, mina, headers=KEY, status=422)
    api.post("/posts", {"body": "now right"}, mina, headers=KEY)


def test_a_key_is_kept_for_a_day(api: Api, app: App, mina: Person, owner_engine: sa.Engine) -> None:
    first = api.post("/posts", {"body": "one"}, mina, headers=KEY)
    with owner_engine.begin() as connection:
        day_before = IdempotencyKey.created_at - timedelta(hours=25)
        connection.execute(sa.update(IdempotencyKey).values(created_at=day_before))
    assert api.post("/posts", {"body": "one"}, mina, headers=KEY)["id"] != first["id"]


def test_a_key_that_is_none_is_refused(api: Api, mina: Person) -> None:
    for bad in ("", "x" * 201):
        api.post("/posts", {"body": "x"}, mina, headers={"Idempotency-Key": bad}, status=422)


def test_while_the_first_is_being_answered_the_second_is_told_so(
    api: Api, app: App, mina: Person, owner_engine: sa.Engine
) -> None:
    """The first request is held up by a lock on the table that it wants to write to."""
    answers: list[int] = []

    def first() -> None:
        answers.append(api.call("POST", "/posts", mina, {"body": "slow"}, headers=KEY).status_int)

    thread = threading.Thread(target=first)
    with owner_engine.begin() as blocker:
        blocker.execute(sa.text("LOCK TABLE content IN ACCESS EXCLUSIVE MODE"))
        thread.start()
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        eventually(lambda: blocker.scalar(waiting) or answers)
        error = api.post("/posts", {"body": "slow"}, mina, headers=KEY, status=409)["error"]
    thread.join(timeout=10)
    assert error["code"] == "IDEMPOTENCY_KEY_IN_FLIGHT"
    assert answers == [201]


def test_a_request_that_gives_its_transaction_back_still_happens_once(
    api: Api, mina: Person, emitted: Callable[..., list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As whatever hashes a password does: the lock of the key goes with the transaction."""
    post, is_slow = ContentService.post, iter([True, False])
    of_the_second: list[int] = []

    def slow_post(self: ContentService, author_id: UUID, new: NewPost) -> UUID:
        if next(is_slow):
            give_back(self._session)
            of_the_second.append(send())
        return post(self, author_id, new)

    def send() -> int:
        return api.call("POST", "/posts", mina, {"body": "once"}, headers=KEY).status_int

    monkeypatch.setattr(ContentService, "post", slow_post)
    assert (send(), of_the_second) == (409, [201])
    assert len(emitted()) == 1
