"""Words that a member does not want to read keep posts and comments out of that member's lists."""

from typing import Any

import pytest

from tests.factories import Person, make_post
from tests.web.conftest import Api
from web.core.app import App


@pytest.fixture
def spoiled(app: App, api: Api, mina: Person, joon: Person) -> Person:
    """Joon, who follows Mina and does not want to read about the ending."""
    api.call("PUT", f"/users/{mina.id}/follow", joon, status=200)
    api.call("PUT", "/settings/blocked-keywords", joon, {"keywords": ["ending", "결말"]}, status=200)
    return joon


def bodies(page: Any) -> list[str | None]:
    return [item.get("payload", item)["body"] for item in page["items"]]


def test_lists_of_posts_leave_them_out(app: App, api: Api, mina: Person, spoiled: Person) -> None:
    for body in ("a good film", "the ENDING is sad", "결말이 슬퍼요", "unending joy"):
        make_post(app, mina, body)
    wanted = ["unending joy", "a good film"]
    assert bodies(api.get("/feed/following", spoiled)) == wanted
    assert bodies(api.get(f"/users/{mina.id}/posts", spoiled)) == wanted
    assert len(bodies(api.get(f"/users/{mina.id}/posts", mina))) == 4


def test_paging_goes_on_behind_them(app: App, api: Api, mina: Person, spoiled: Person) -> None:
    for number in range(6):
        make_post(app, mina, f"the ending {number}" if number % 3 else f"film {number}")
    found = [item["payload"]["body"] for item in api.every_page("/feed/following", spoiled)]
    assert found == ["film 3", "film 0"]


def test_ones_own_words_are_always_shown(app: App, api: Api, spoiled: Person) -> None:
    make_post(app, spoiled, "my ending")
    assert bodies(api.get("/feed/following", spoiled)) == ["my ending"]


def test_who_opens_a_post_by_its_address_reads_it(app: App, api: Api, mina: Person, spoiled: Person) -> None:
    post_id = make_post(app, mina, "the ending")
    assert api.get(f"/posts/{post_id}", spoiled)["body"] == "the ending"


def test_comments_are_left_out_or_empty_where_they_were_answered(
    app: App, api: Api, mina: Person, spoiled: Person
) -> None:
    post_id = make_post(app, mina, "a film")
    answered = api.post(f"/posts/{post_id}/comments", {"body": "what an ending"}, mina)
    api.post(f"/posts/{post_id}/comments", {"body": "sad ending"}, mina)
    api.post(f"/posts/{post_id}/comments", {"body": "fine", "parent_id": answered["id"]}, mina)
    (left,) = api.get(f"/posts/{post_id}/comments", spoiled)["items"]
    assert (left["id"], left["body"], left["author"]) == (answered["id"], None, None)
    assert bodies(api.get(f"/comments/{answered['id']}/replies", spoiled)) == ["fine"]


def test_it_takes_no_statement_more(
    app: App, api: Api, mina: Person, spoiled: Person, statements: Any
) -> None:
    make_post(app, mina, "the ending")

    def sent_for(reader: Person) -> int:
        api.get("/feed/following", reader)  # so that the session has been looked up
        before = len(statements())
        api.get("/feed/following", reader)
        return len(statements()) - before

    assert sent_for(spoiled) == sent_for(mina) == 1
