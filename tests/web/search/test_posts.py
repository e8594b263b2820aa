"""Posts are found by their words, in every script, best first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.statements import sent
from web.content.models import Content
from web.core.app import App
from web.core.clock import FixedClock

FindPosts = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("body", "typed"),
    [
        ("Morning run completed!", "run"),
        ("Morning run completed!", "completed morning"),
        ("Running in the rain", "run"),  # the beginning of a word
        ("서울에서 만나요", "서울"),
        ("서울에서 만나요", "만나"),
        ("한국어를 공부하고 있어요", "공부하고"),
        ("東京タワーに行きました", "タワー"),
        ("東京タワーに行きました", "行き"),
        ("La canción de mañana", "cancion manana"),
        ("¿Dónde está el niño?", "DÓNDE"),
        ("Learning #한국어 every day", "한국"),
        ("ＰＹＴＨＯＮ入門", "python"),
    ],
)
def test_posts_are_found_by_their_words(
    app: App, mina: Person, find_posts: FindPosts, body: str, typed: str
) -> None:
    make_post(app, mina, body)
    make_post(app, mina, "something else / 다른 것 / 別のもの / otra cosa")
    assert find_posts(typed) == [body]


@pytest.mark.parametrize(
    ("body", "typed"),
    [
        ("a party tonight", "art"),  # no word begins so
        ("서울과 부산", "서부"),  # characters that do not stand together
        ("a morning", "morning run"),  # not all of the words
        ("run a", "b' | 'a"),  # the query language of the database
        ("anything", "!nothing"),
        ("anything", "🎉"),
    ],
)
def test_other_posts_are_not_found(
    app: App, mina: Person, find_posts: FindPosts, body: str, typed: str
) -> None:
    make_post(app, mina, body)
    assert find_posts(typed) == []


def test_what_matches_better_comes_first(app: App, mina: Person, find_posts: FindPosts) -> None:
    make_post(app, mina, "kim and lee and then a long text about other things")
    make_post(app, mina, "kimchi kimono kimbap")
    make_post(app, mina, "kim, kim and kim")
    assert find_posts("kim")[0] == "kim, kim and kim"


def test_of_equals_the_newer_and_the_more_liked_come_first(
    app: App, mina: Person, clock: FixedClock, find_posts: FindPosts, owner_engine: sa.Engine
) -> None:
    liked = make_post(app, mina, "rain one")
    clock.moment += timedelta(days=2)
    make_post(app, mina, "rain two")
    assert find_posts("rain") == ["rain two", "rain one"]
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Content).where(Content.id == liked).values(like_count=2))
    assert find_posts("rain") == ["rain one", "rain two"]


def test_a_deleted_post_is_found_no_more(
    app: App, api: Api, mina: Person, find_posts: FindPosts, owner_engine: sa.Engine
) -> None:
    post = make_post(app, mina, "gone soon")
    assert find_posts("soon") == ["gone soon"]
    api.delete(f"/posts/{post}", mina)
    assert find_posts("soon") == []


def test_an_edited_post_is_found_by_what_it_says_now(
    app: App, api: Api, mina: Person, find_posts: FindPosts
) -> None:
    post = make_post(app, mina, "the first words")
    assert find_posts("first") == ["the first words"]
    api.call("PATCH", f"/posts/{post}", mina, {"body": "other words #새해"}, status=200)
    assert find_posts("first") == []
    assert find_posts("other") == find_posts("#새해") == ["other words #새해"]


def test_the_index_need_not_be_up_to_date_for_what_nobody_may_see(
    app: App, mina: Person, find_posts: FindPosts, owner_engine: sa.Engine
) -> None:
    post = make_post(app, mina, "gone soon")
    assert find_posts("soon") == ["gone soon"]
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Content).where(Content.id == post).values(deleted_at=sa.func.now()))
    assert find_posts("soon", mina) == []


def test_found_words_are_marked(app: App, mina: Person, find: Callable[..., Any]) -> None:
    make_post(app, mina, "<i>Morning</i> run")
    (found,) = find("run")["posts"]["items"]
    assert found["excerpt"] == [
        {"text": "<i>Morning</i> ", "is_match": False},
        {"text": "run", "is_match": True},
    ]


def test_blocked_keywords_hide_posts(
    app: App, api: Api, mina: Person, joon: Person, find_posts: FindPosts
) -> None:
    api.call("PUT", "/settings/blocked-keywords", joon, {"keywords": ["ending"]}, status=200)
    make_post(app, mina, "film with an ending")
    make_post(app, mina, "film")
    assert find_posts("film", joon) == ["film"]
    assert sorted(find_posts("film", mina)) == ["film", "film with an ending"]


def test_pages_have_every_post_once_in_one_order(
    app: App, mina: Person, find: Callable[..., Any], clock: FixedClock
) -> None:
    for number in range(7):
        make_post(app, mina, f"rain {number} " + "and sun " * (number % 3))
    whole = [item["post"]["body"] for item in find("rain", type="posts")["posts"]["items"]]
    first = find("rain", limit=2)["posts"]  # a cursor of all goes on in its section
    bodies = [item["post"]["body"] for item in first["items"]]
    cursor = first["next_cursor"]
    while cursor:
        clock.moment += timedelta(hours=5)
        page = find("rain", type="posts", limit=2, cursor=cursor)["posts"]
        bodies += [item["post"]["body"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert bodies == whole
    assert len(set(bodies)) == 7


def test_a_cursor_belongs_to_its_words_and_its_section(
    app: App, mina: Person, find: Callable[..., Any]
) -> None:
    for number in range(3):
        make_post(app, mina, f"rain {number}")
    cursor = find("rain", limit=1)["posts"]["next_cursor"]
    find("sun", type="posts", cursor=cursor, status=400)
    find("rain", type="users", cursor=cursor, status=400)
    find("rain", type="all", cursor=cursor, status=422)


def test_searching_costs_the_same_however_much_is_found(
    app: App, api: Api, mina: Person, joon: Person, find: Callable[..., Any]
) -> None:
    def cost() -> int:
        with sent(app) as statements:
            api.get("/search?q=rain", joon)
        return len(statements)

    make_post(app, mina, "rain")
    find("rain", joon)  # from here on the session is cached
    few = cost()
    for number in range(10):
        make_post(app, mina, f"rain #rain {number}")
    find("rain", joon)
    assert cost() == few == 3


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=" + "a" * 101, "?q=a&type=x", "?q=%00", "?q=%ff"])
def test_what_cannot_be_looked_for_is_refused(api: Api, query: str) -> None:
    assert api.call("GET", f"/search{query}").status_int in (400, 422)
