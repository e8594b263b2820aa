"""The check of what members tell of themselves."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from web.moderation.models import Flag


def flags(owner_engine: sa.Engine) -> list[Any]:
    with owner_engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(sa.select(Flag.subject_kind, Flag.subject_id, Flag.reason))
        ]


@pytest.mark.parametrize(
    "change",
    [
        {"nickname": "개새끼"},
        {"username": "kys_now"},
        {"full_name": "Heil Hitler"},
        {"bio": "early 死ね"},
        {"place": "white power"},
        {"interests": ["cats", "hijo de puta"]},
    ],
)
def test_refused_words_do_not_get_into_a_profile(
    api: Api, mina: Person, change: dict[str, Any], owner_engine: sa.Engine
) -> None:
    before = api.get("/users/me", mina)
    error = api.call("PATCH", "/users/me", mina, change, status=422).json["error"]
    assert (error["code"], error["details"]) == ("CONTENT_REFUSED", {"reason": "words"})
    assert api.get("/users/me", mina) == before
    assert flags(owner_engine) == []


def test_a_shouted_bio_is_flagged_but_a_name_in_capitals_is_not(
    api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    api.call("PATCH", "/users/me", mina, {"nickname": "MINA KIM FROM SEOUL"}, status=200)
    assert flags(owner_engine) == []
    api.call("PATCH", "/users/me", mina, {"bio": "FOLLOW ME EVERYBODY"}, status=200)
    assert flags(owner_engine) == [("member", mina.id, "shouting")]


@pytest.mark.parametrize("name", ["nickname", "username", "full_name"])
def test_refused_words_are_no_name_to_sign_up_with(api: Api, name: str) -> None:
    wish = {
        "email": "new@example.com",
        "password": "a good password",
        "nickname": "New",
        "birth_date": "1999-01-01",
    }
    error = api.post("/auth/register", wish | {name: "kys"}, status=422)["error"]
    assert error["code"] == "CONTENT_REFUSED"


def test_what_was_flagged_is_in_the_copy_of_ones_data(app: Any, api: Api, mina: Person) -> None:
    api.call("PATCH", "/users/me", mina, {"bio": "FOLLOW ME EVERYBODY"}, status=200)
    section = next(each for each in app.personal_data.sections if each.name == "flags")
    with app.work() as services:
        (record,) = section.records(services, mina.id)
        assert (record.subject_kind, record.reason) == ("member", "shouting")
    eraser = next(each for each in app.personal_data.erasers if each.feature == "moderation")
    with app.work() as services:
        eraser.erase(services, mina.id, True)
    with app.work() as services:
        assert list(section.records(services, mina.id)) == []
