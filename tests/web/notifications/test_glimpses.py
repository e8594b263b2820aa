"""What notifications show of what they are about, and to whom."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, like, mails, wish, work_off
from tests.web.statements import of_reads, sent
from web.content.models import Attachment
from web.core.app import App
from web.notifications.glimpses import LONGEST, beginning


def shown(api: Api, who: Person) -> list[Any]:
    """What is said beside the titles, newest first."""
    return [item["message"] for item in api.get("/notifications", who)["items"]]


def say(api: Api, who: Person, post_id: object, body: str) -> str:
    """Comment; the id."""
    return str(api.post(f"/posts/{post_id}/comments", {"body": body}, who)["id"])


def test_a_comment_is_shown_by_its_beginning(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina, "umbrellas\n\nfor all")
    like(app, joon, post_id)
    say(api, joon, post_id, "first")
    say(api, joon, post_id, "second " * 50)
    assert shown(api, mina) == [beginning("second " * 50), "umbrellas for all"]
    assert len(shown(api, mina)[0]) <= LONGEST


def test_what_was_taken_back_is_shown_no_more(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    say(api, joon, post_id, "older")
    last = say(api, joon, post_id, "regretted")
    assert shown(api, mina) == ["regretted"]
    api.delete(f"/comments/{last}", joon)
    assert shown(api, mina) == [""]


def test_what_the_reader_may_not_see_is_not_shown(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    post_id = make_post(app, joon, "a post")
    mine = comment(app, mina, post_id)
    api.post(f"/posts/{post_id}/comments", {"body": "an answer", "parent_id": str(mine)}, sora)
    assert shown(api, mina) == ["an answer"]
    api.call("PATCH", f"/posts/{post_id}", joon, {"visibility": "private"}, status=200)
    assert shown(api, mina) == [""]


def test_a_picture_of_the_post_stands_for_who_has_none(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    post_id, picture = make_post(app, mina), make_medium(app, mina)
    with owner_engine.begin() as connection:
        row = {"content_id": post_id, "position": 0, "media_id": picture}
        connection.execute(sa.insert(Attachment), row)
    like(app, joon, post_id)
    [item] = api.get("/notifications", mina)["items"]
    assert item["image_url"].startswith(f"/media/{picture}/thumb.webp?until=")


def test_a_comment_goes_along_with_mails(app: App, api: Api, mina: Person, joon: Person) -> None:
    wish(api, mina, types={"content_commented": {"email": True}})
    say(api, joon, make_post(app, mina), "well said")
    work_off(app)
    for mail in mails(app):
        assert "well said" in mail.get_content()


def test_looking_costs_the_same_however_many_there_are(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    say(api, joon, make_post(app, mina), "one")
    with sent(app) as few:
        api.get("/notifications", mina)
    for number in range(5):
        say(api, joon, make_post(app, mina), str(number))
    with sent(app) as many:
        assert len(shown(api, mina)) == 6
    assert len(of_reads(few)) == len(of_reads(many)) == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [("", ""), (" a \n b ", "a b"), ("x" * LONGEST, "x" * LONGEST), ("x" * 200, "x" * (LONGEST - 1) + "…")],
)
def test_a_beginning_is_one_line(text: str, line: str) -> None:
    assert beginning(text) == line
