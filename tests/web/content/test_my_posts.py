"""The copy of what a member shared."""

from typing import Any

from tests.factories import Person, make_medium, make_post
from tests.web.conftest import Api
from web.core.app import App


def copied(app: App, who: Person) -> dict[str, list[dict[str, Any]]]:
    names = {"posts", "post_media", "edits", "post_tags", "mentions", "comments"}
    with app.work() as services:
        return {
            section.name: [record.model_dump() for record in section.records(services, who.id)]
            for section in app.personal_data.sections
            if section.name in names
        }


def test_the_copy_has_posts_with_all_that_belongs_to_them(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    media_id = make_medium(app, mina)
    media = [{"media_id": str(media_id), "alt_text": "a cat"}]
    post = api.post("/posts", {"type": "photo", "body": "first", "media": media, "language": "en"}, mina)
    api.call("PATCH", f"/posts/{post['id']}", mina, {"body": "with @joon #cats"}, status=200)
    other = make_post(app, joon, "hello @mina #dogs")
    mine, of_joon = copied(app, mina), copied(app, joon)
    (record,) = mine["posts"]
    assert (record["body"], record["language"], record["media_count"]) == ("with @joon #cats", "en", 1)
    assert [(each["media_id"], each["alt_text"]) for each in mine["post_media"]] == [(media_id, "a cat")]
    assert [each["body"] for each in mine["edits"]] == ["first"]
    assert [each["tag"] for each in mine["post_tags"]] == ["cats"]
    assert [(each["direction"], each["name"]) for each in mine["mentions"]] == [
        ("by me", "joon"),
        ("of me", "mina"),
    ]
    assert [(each["direction"], each["post_id"]) for each in of_joon["mentions"]][1:] == [("by me", other)]
    assert of_joon["edits"] == []


def test_the_copy_says_what_others_made_of_a_comment(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    comment = api.post(f"/posts/{post_id}/comments", {"body": "hello"}, mina)
    api.put(f"/comments/{comment['id']}/like", joon)
    api.post(f"/posts/{post_id}/comments", {"body": "hi", "parent_id": comment["id"]}, joon)
    [record] = copied(app, mina)["comments"]
    facts = ("body", "like_count", "reply_count", "hidden_at", "deleted_at")
    assert [record[name] for name in facts] == ["hello", 1, 1, None, None]
