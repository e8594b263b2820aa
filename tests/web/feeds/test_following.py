"""The following feed: what it shows, to whom, in which order, and at what cost."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.crowd import make_follows, make_likes, make_members, make_posts
from tests.web.statements import sent
from web.core.app import App
from web.feeds.queries import FOLLOWING_FIRST, FOLLOWING_NEXT


def feed_of(api: Api, who: Person) -> list[str]:
    """The ids of a member's feed."""
    return [item["id"] for item in api.get("/feed/following?limit=100", who)["items"]]


def texts(*posts: UUID) -> list[str]:
    return [str(post_id) for post_id in posts]


def test_own_and_followed_posts_are_shown_newest_first(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    first = make_post(app, joon)
    own = make_post(app, mina)
    last = make_post(app, joon)
    make_post(app, sora)
    assert feed_of(api, mina) == texts(last, own, first)
    assert feed_of(api, joon) == texts(last, first)


def test_an_item_says_what_it_is_whose_and_why(app: App, api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    make_post(app, joon, "from Joon")
    make_post(app, mina, "from Mina")
    own, followed = api.get("/feed/following", mina)["items"]
    assert (own["why"], own["author"]["username"], own["payload"]["body"]) == (["own"], "mina", "from Mina")
    assert (followed["why"], followed["type"], followed["id"]) == (
        ["following"],
        "post",
        followed["payload"]["id"],
    )
    assert followed["author"] == followed["payload"]["author"]
    assert followed["payload"] == api.get(f"/posts/{followed['id']}", mina)


def test_followers_only_posts_are_shown_to_followers_and_private_ones_to_nobody_else(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    posts = {
        visibility: make_post(app, joon, visibility=visibility)
        for visibility in ("private", "followers", "public")
    }
    assert feed_of(api, mina) == texts(posts["public"], posts["followers"])
    assert feed_of(api, joon) == texts(posts["public"], posts["followers"], posts["private"])


def test_the_unfollowed_and_the_deleted_vanish(app: App, api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    gone, kept = make_post(app, joon), make_post(app, joon)
    api.delete(f"/posts/{gone}", joon)
    assert feed_of(api, mina) == texts(kept)
    api.delete(f"/users/{joon.id}/follow", mina, status=200)
    assert feed_of(api, mina) == []


def test_likes_and_counts_are_those_of_now(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for reader in (mina, sora):
        api.put(f"/users/{joon.id}/follow", reader)
    post_id = make_post(app, joon)
    api.put(f"/posts/{post_id}/like", mina)
    api.put(f"/posts/{post_id}/like", joon)
    api.post(f"/posts/{post_id}/comments", {"body": "!"}, sora)
    for reader, liked in ((mina, True), (joon, True), (sora, False)):
        [item] = api.get("/feed/following", reader)["items"]
        shown = item["payload"]
        assert (shown["like_count"], shown["comment_count"], shown["liked_by_me"]) == (2, 1, liked)


def test_paging_shows_each_post_once_while_new_ones_arrive(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    early = [make_post(app, author) for author in (joon, mina, joon, joon, mina)]
    seen: list[str] = []
    cursor = ""
    for _ in range(9):
        page = api.get(f"/feed/following?limit=2{cursor}", mina)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        make_post(app, joon)
    assert seen == texts(*reversed(early))


def test_posts_of_one_moment_are_paged_without_repeats(
    api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    authors = make_members(owner_engine, 3)
    make_follows(owner_engine, mina, authors)
    for _ in range(3):  # three rounds of the same minutes
        make_posts(owner_engine, authors, 4)
    seen = [item["id"] for item in api.every_page("/feed/following", mina, limit=5)]
    assert len(seen) == len(set(seen)) == 12


def test_a_page_never_shows_more_of_one_author_than_of_all(
    api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    busy, quiet = make_members(owner_engine, 2)
    make_follows(owner_engine, mina, [busy, quiet])
    make_posts(owner_engine, [quiet], 1)
    posts = make_posts(owner_engine, [busy], 30)
    page = api.get("/feed/following?limit=20", mina)["items"]
    assert [item["id"] for item in page] == texts(*posts[:20])


def test_the_feed_needs_a_login(api: Api) -> None:
    assert api.get("/feed/following", status=401)["error"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_a_limit_is_between_1_and_100(api: Api, mina: Person, limit: str) -> None:
    api.get(f"/feed/following?limit={limit}", mina, status=422)


def test_the_feed_is_one_statement_whatever_its_size(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    authors = make_members(owner_engine, 10)
    make_follows(owner_engine, mina, authors)
    posts = make_posts(owner_engine, authors, 1)
    api.get("/feed/following", mina)  # from here on the session is cached
    with sent(app) as for_one:
        assert len(api.get("/feed/following?limit=50", mina)["items"]) == 1
    posts = make_posts(owner_engine, authors, 50)
    for post_id in posts[:5]:
        make_likes(owner_engine, post_id, authors)
    with sent(app) as for_fifty:
        assert len(api.get("/feed/following?limit=50", mina)["items"]) == 50
    assert len(for_one) == len(for_fifty) == 1


@pytest.mark.parametrize("statement", [FOLLOWING_FIRST, FOLLOWING_NEXT], ids=["first page", "next page"])
def test_the_feed_reads_posts_by_index_in_a_plan_for_any_values(
    mina: Person, owner_engine: sa.Engine, statement: sa.Select[Any]
) -> None:
    """Only such a plan is kept for a prepared statement; any other is made anew for each page."""
    authors = make_members(owner_engine, 200)
    make_follows(owner_engine, mina, authors[:20])
    make_posts(owner_engine, authors, 4_000, body="word " * 100)
    dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]  # its parameters are numbered, as in plans
    query = statement.compile(dialect=dialect)
    with owner_engine.connect() as connection:
        connection.execute(sa.text("ANALYZE content, follows, accounts, likes"))
        plans: Any = connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {query}").scalar_one()
    assert "content" not in sequential_scans(plans[0]["Plan"])


def sequential_scans(node: dict[str, Any]) -> set[str]:
    """The tables that a plan reads from end to end."""
    scanned = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    return scanned.union(*(sequential_scans(child) for child in node.get("Plans", [])))
