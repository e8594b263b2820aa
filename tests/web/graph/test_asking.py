"""How much a member may ask of others: how much waits at a time, and how often in an hour."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.swapped import swapped
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.settings import Limits, Settings
from web.core.throttle import Throttle
from web.graph import asking


@pytest.fixture
def closed(app: App, owner_engine: sa.Engine) -> list[Person]:
    """Members who decide who follows them."""
    people = [make_person(app, f"closed{number}") for number in range(3)]
    for person in people:
        set_columns(owner_engine, person, profile_visibility="friends")
    return people


@contextmanager
def so_many_an_hour(app: App, settings: Settings, limit: int) -> Iterator[None]:
    strict = replace(settings, limits=Limits(requests=f"{limit}/hour"))
    with swapped(app, Throttle, Throttle(strict, app.valkey)):
        yield


def follow(api: Api, who: Person, whom: Person, status: int = 200) -> Any:
    return api.put(f"/users/{whom.id}/follow", who, status=status)


def befriend(api: Api, who: Person, whom: Person, status: int = 201) -> Any:
    return api.post("/friends/requests", {"user_id": str(whom.id)}, who, status=status)


def test_only_so_many_friend_requests_wait(
    api: Api, mina: Person, closed: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_FRIEND_REQUESTS", 2)
    first, second, third = closed
    request = befriend(api, mina, first)
    befriend(api, mina, second)
    api.put(f"/friends/requests/{request['id']}/decline", first, status=204)
    error = befriend(api, mina, third, status=429)["error"]  # a decline is not told by this either
    assert (error["code"], error["details"]) == ("TOO_MANY_REQUESTS_WAITING", {"most": 2})
    befriend(api, mina, second)  # it waits already
    api.delete(f"/friends/requests/{request['id']}", mina)
    befriend(api, mina, third)


def test_only_so_many_requests_to_follow_wait(
    api: Api, mina: Person, joon: Person, closed: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_FOLLOW_REQUESTS", 2)
    first, second, third = closed
    for whom in (first, second, first):
        follow(api, mina, whom)
    assert follow(api, mina, third, status=429)["error"]["code"] == "TOO_MANY_REQUESTS_WAITING"
    assert follow(api, mina, joon)["following"]  # nobody has to be asked
    api.put(f"/follow-requests/{mina.id}/approve", first)
    assert follow(api, mina, third)["requested"]


def test_asking_and_taking_back_again_and_again_ends(
    app: App, api: Api, settings: Settings, mina: Person, joon: Person, closed: list[Person]
) -> None:
    first, *_ = closed
    with so_many_an_hour(app, settings, 3):
        befriend(api, mina, joon)
        for _ in range(2):
            follow(api, mina, first)
            api.delete(f"/users/{first.id}/follow", mina, status=200)
        refused = follow(api, mina, first, status=429)
        assert refused["error"]["code"] == "RATE_LIMITED"
        assert follow(api, mina, joon)["following"]
        follow(api, joon, first)  # each has their own
    assert [item["member"]["username"] for item in api.get("/users/me/follow-requests", first)["items"]] == [
        "joon"
    ]
