"""Hashtags are found by how they begin, the most used first, where there is a post to read."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tests.factories import Person, make_post
from tests.web.vanishing import vanish
from web.content.models import ContentTag, Hashtag
from web.core.app import App


@pytest.fixture
def tagged(app: App, owner_engine: sa.Engine) -> Callable[..., UUID]:
    """Makes a post with a tag that counts as used so often."""

    def make(author: Person, tag: str, uses: int = 1, visibility: str = "public") -> UUID:
        post = make_post(app, author, f"post with #{tag}", visibility)
        now = datetime.now(UTC)
        with owner_engine.begin() as connection:
            count = {"tag": tag, "use_count": uses, "last_used_at": now}
            connection.execute(
                insert(Hashtag)
                .values(count)
                .on_conflict_do_update(index_elements=["tag"], set_={"use_count": uses})
            )
            link = {"content_id": post, "tag": tag, "created_at": now}
            connection.execute(insert(ContentTag).values(link).on_conflict_do_nothing())
        return post

    return make


@pytest.fixture
def find_tags(find: Callable[..., Any]) -> Callable[..., list[str]]:
    """The hashtags that somebody finds, best first."""

    def find_tags(q: str, who: Person | None = None) -> list[str]:
        return [item["tag"] for item in find(q, who, type="hashtags")["hashtags"]["items"]]

    return find_tags


FindTags = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("tag", "typed"),
    [
        ("한국어공부", "#한국"),
        ("한국어공부", "한"),
        ("日本語", "＃日本"),
        ("learn_korean", "#Learn_K"),
        ("canción", "canción"),
    ],
)
def test_hashtags_are_found_by_how_they_begin(
    tagged: Callable[..., UUID], mina: Person, find_tags: FindTags, tag: str, typed: str
) -> None:
    tagged(mina, tag)
    tagged(mina, "other")
    assert find_tags(typed) == [tag]


@pytest.mark.parametrize("typed", ["%", "_", "#", "two words", "orea", "~"])
def test_others_are_not_found(
    tagged: Callable[..., UUID], mina: Person, find_tags: FindTags, typed: str
) -> None:
    tagged(mina, "korean")
    assert find_tags(typed) == []


def test_the_most_used_come_first_but_the_very_one_before(
    tagged: Callable[..., UUID], mina: Person, find_tags: FindTags
) -> None:
    for tag, uses in (("run", 1), ("running", 9), ("runner", 5)):
        tagged(mina, tag, uses)
    assert find_tags("run") == ["run", "running", "runner"]
    assert find_tags("runn") == ["running", "runner"]


def test_a_hashtag_shows_only_to_who_may_read_a_post_with_it(
    app: App, tagged: Callable[..., UUID], mina: Person, joon: Person, find_tags: FindTags,
    owner_engine: sa.Engine,
) -> None:  # fmt: skip
    tagged(mina, "secret", visibility="private")
    tagged(mina, "public")
    assert find_tags("secret", mina) == ["secret"]
    assert find_tags("secret", joon) == find_tags("secret") == []
    assert find_tags("public", joon) == ["public"]
    vanish(app, owner_engine, mina, joon, "blocking the reader")
    assert find_tags("public", joon) == []


def test_pages_have_every_hashtag_once(
    tagged: Callable[..., UUID], mina: Person, find: Callable[..., Any]
) -> None:
    for number in range(5):
        tagged(mina, f"rain{number}", uses=3)
    tags: list[str] = []
    more: dict[str, str] | None = {}
    while more is not None:
        page = find("rain", type="hashtags", limit=2, **more)["hashtags"]
        tags += [item["tag"] for item in page["items"]]
        more = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert sorted(tags) == [f"rain{number}" for number in range(5)]


def test_posts_are_found_by_their_hashtags(
    tagged: Callable[..., UUID], mina: Person, find_posts: Callable[..., list[str]]
) -> None:
    tagged(mina, "한국어공부")
    assert find_posts("#한국어") == ["post with #한국어공부"]
    assert find_posts("#공부") == []  # no tag begins so
