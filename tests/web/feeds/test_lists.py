"""Friends, hashtags; lists by time show what the rule lists; pages stay whole while posts are written."""

from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.conftest import empty_tables
from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.crowd import START, make_follows, make_members
from tests.web.feeds.test_ranked import tag
from tests.web.members.scene import STANDINGS, Crowd
from tests.web.statements import sent
from web.accounts.models import Account
from web.content.models import Content
from web.content.policy import listed
from web.core.app import App
from web.core.ids import new_id
from web.core.pagination import Position
from web.core.relations import Between
from web.feeds.queries import LISTS
from web.feeds.sources import FeedSources, Scope
from web.graph.models import Friendship, Mute

VISIBILITIES = ("public", "followers", "friends", "private")


def befriend(engine: sa.Engine, one: Person, other: Person) -> None:
    with engine.begin() as connection:
        pairs = [(one.id, other.id), (other.id, one.id)]
        connection.execute(
            sa.insert(Friendship),
            [{"member_id": me, "friend_id": friend, "created_at": START} for me, friend in pairs],
        )


def test_the_friends_feed_shows_what_friends_show_friends(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    befriend(owner_engine, mina, joon)
    api.put(f"/users/{sora.id}/follow", mina)
    posts = {each: str(make_post(app, joon, visibility=each)) for each in VISIBILITIES}
    for author in (sora, mina):
        make_post(app, author)
    items = api.get("/feed/friends", mina)["items"]
    assert [item["id"] for item in items] == [posts["friends"], posts["followers"], posts["public"]]
    assert {item["why"][0] for item in items} == {"friend"}


def test_lists_by_time_need_a_login(api: Api) -> None:
    for path in ("/feed", "/feed/friends", "/feed/discover"):
        assert api.get(path, status=401)["error"]["code"] == "UNAUTHENTICATED", path


@pytest.fixture(scope="module")
def scene(shared_app: App, owner_engine: sa.Engine) -> Crowd:
    """Posts in every state, by authors of every standing and profile, near or not, muted or not."""
    empty_tables(owner_engine)
    crowd = Crowd(new_id(), new_id())
    muted = []
    for standing, profile, mutes in product(STANDINGS, ("everyone", "friends", "private"), (False, True)):
        for follows, friends, blocks in (
            (False, False, "none"),
            (True, False, "none"),
            (False, True, "none"),
            (True, True, "none"),
            (False, False, "by the viewer"),
            (False, False, "by the member"),
        ):
            if standing in ("erased", "banned and erased", "placeholder") and (follows or friends):
                continue  # erasing ends them, and nobody follows a placeholder
            between = Between(follows=follows, friends=friends, blocked=blocks != "none")
            author = crowd.add(standing, between, blocks, {"profile_visibility": profile})
            muted += [author] if mutes else []
    crowd.write(owner_engine)
    states: list[dict[str, Any]] = [{}, {"archived_at": START}, {"hidden_at": START}, {"deleted_at": START}]
    states += [{"type": "story", "expires_at": START + timedelta(days=9_999)}]
    blank = dict.fromkeys(("archived_at", "hidden_at", "deleted_at", "expires_at"))
    posts = [
        {
            "id": new_id(),
            "author_id": author,
            "visibility": visibility,
            "body": "?",
            "created_at": START,
            "type": "text",
        }
        | blank
        | state
        for author, visibility, state in product([crowd.viewer, *crowd.between], VISIBILITIES, states)
    ]
    with owner_engine.begin() as connection:
        connection.execute(sa.insert(Content), posts)
        connection.execute(
            sa.insert(Mute),
            [{"muter_id": crowd.viewer, "muted_id": each, "created_at": START} for each in muted],
        )
    return crowd


@pytest.mark.parametrize("scope", ["following", "friends", "discover"])
def test_a_list_shows_what_the_rule_lists(shared_app: App, scene: Crowd, scope: Scope) -> None:
    """Of everybody who belongs into the list, exactly what the one rule says; nothing of anybody else."""
    rule = (
        sa.select(Content.id)
        .join(Account, Account.id == Content.author_id)
        .where(listed(), Content.type != "story", Content.archived_at.is_(None))
    )
    if scope == "discover":
        rule = rule.where(Content.visibility == "public")
    chosen = {
        "following": {scene.viewer} | {each for each, between in scene.between.items() if between.follows},
        "friends": {each for each, between in scene.between.items() if between.friends},
        "discover": {each for each, between in scene.between.items() if not between.follows},
    }[scope]
    with shared_app.engines.reads.connect() as connection:
        values = {"viewer": scene.viewer}
        found = connection.execute(LISTS[scope][0], values | {"rows": 100_000}).all()
        allowed = set(connection.scalars(rule.where(Content.author_id.in_(chosen)), values))
    shown = {row.id for row in found}
    assert shown <= allowed
    # Public posts of profiles that only friends meet are for friends, who have feeds of their own for them.
    missing = allowed - shown
    if scope != "discover":
        assert missing == set()
    else:
        with shared_app.engines.reads.connect() as connection:
            profiles = connection.scalars(
                sa.select(Account.profile_visibility)
                .join(Content, Content.author_id == Account.id)
                .where(Content.id.in_(missing))
            )
            assert set(profiles) == {"friends"}
    assert len(shown) >= 10


actions = st.lists(
    st.one_of(st.tuples(st.just("read"), st.integers(1, 7)), st.tuples(st.just("write"), st.integers(0, 40))),
    max_size=25,
)


@given(
    moments=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2)), min_size=1, max_size=40),
    actions=actions,
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("scope", ["following", "discover"])
def test_pages_over_a_table_being_written_have_no_duplicate_and_no_gap(
    app: App,
    mina: Person,
    owner_engine: sa.Engine,
    scope: Scope,
    moments: list[tuple[int, int]],
    actions: list[tuple[str, int]],
) -> None:
    """Whatever is written between two pages, and whatever moments fall together: all that was there, once."""
    authors = _authors(app, owner_engine, mina, scope)
    sources = app.value(FeedSources)

    def write(*moments: tuple[int, int]) -> set[UUID]:
        rows: list[dict[str, Any]] = [
            {
                "id": new_id(),
                "author_id": authors[author],
                "body": "",
                "created_at": START + timedelta(seconds=second),
            }
            for second, author in moments
        ]
        with app.engines.writes.begin() as connection:
            connection.execute(sa.insert(Content), rows)
        return {row["id"] for row in rows}

    there = write(*moments)
    seen: list[tuple[Position, UUID]] = []
    after: Position | None = None
    todo = [*actions, *[("read", 5)] * 40]
    with app.reading() as services:
        for what, number in todo:
            if what == "write":
                write((number, number % 3))
                continue
            entries = sources.newest(services[Session], mina.id, scope, after, number)
            if not entries:
                break
            seen += [(entry.position, entry.item.id) for entry in entries if entry.item]
            after = entries[-1].position
    ids = [post_id for _, post_id in seen]
    assert len(ids) == len(set(ids))
    assert there <= set(ids)
    assert [place for place, _ in seen] == sorted((place for place, _ in seen), reverse=True)
    with app.engines.writes.begin() as connection:
        connection.execute(sa.delete(Content))


_made: dict[tuple[UUID, Scope], list[UUID]] = {}


def _authors(app: App, engine: sa.Engine, viewer: Person, scope: Scope) -> list[UUID]:
    """Three authors of the list, made once for all examples."""
    if (viewer.id, scope) not in _made:
        authors = make_members(engine, 3)
        if scope == "following":
            make_follows(engine, viewer, authors)
        _made[viewer.id, scope] = authors
    return _made[viewer.id, scope]


def test_a_hashtag_has_a_page(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    posts = [make_post(app, joon) for _ in range(5)]
    make_post(app, joon)
    hidden = make_post(app, joon, visibility="followers")
    tag(owner_engine, "café", *posts, hidden)
    found = [item["id"] for item in api.every_page("/hashtags/caf%C3%A9", mina)]
    assert sorted(found) == sorted(map(str, posts))
    assert found == [
        item["id"] for item in api.get("/hashtags/%23CAFE%CC%81")["items"]
    ]  # decomposed, in capitals
    api.put(f"/users/{joon.id}/block", mina)
    assert api.get("/hashtags/caf%C3%A9", mina)["items"] == []
    assert len(api.get("/hashtags/caf%C3%A9")["items"]) == 5


@pytest.mark.parametrize("spelling", ["한국어", "＃한국어", "#한국어"])
def test_a_hashtag_of_any_script_is_found_in_any_spelling(
    app: App, api: Api, joon: Person, owner_engine: sa.Engine, spelling: str
) -> None:
    post = make_post(app, joon)
    tag(owner_engine, "한국어", post)
    assert [item["id"] for item in api.get(f"/hashtags/{quote(spelling)}")["items"]] == [str(post)]


def test_a_hashtag_that_nobody_used_has_an_empty_page(api: Api) -> None:
    assert api.get("/hashtags/nobody") == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("tag", ["%00", "a%00b", "x" * 201])
def test_what_is_no_hashtag_is_refused(api: Api, tag: str) -> None:
    api.get(f"/hashtags/{tag}", status=422)


def test_what_the_reader_does_not_want_to_read_is_in_no_list(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    befriend(owner_engine, mina, joon)
    api.put(f"/users/{joon.id}/follow", mina)
    tag(owner_engine, "film", make_post(app, joon, "a spoiler"))
    paths = ("/feed", "/feed?algo=time", "/feed/following", "/feed/friends", "/hashtags/film", "/trending")

    def shown(path: str) -> int:
        answer = api.get(path, mina)
        return len(answer["posts"] if "posts" in answer else answer["items"])

    assert {path: shown(path) for path in paths} == dict.fromkeys(paths, 1)
    api.call("PUT", "/settings/blocked-keywords", mina, {"keywords": ["spoiler"]}, status=200)
    assert {path: shown(path) for path in paths} == dict.fromkeys(paths, 0)


def test_the_page_of_a_hashtag_is_one_statement(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    tag(owner_engine, "many", *[make_post(app, joon) for _ in range(30)])
    api.get("/notifications", mina)
    with sent(app) as statements:
        assert len(api.get("/hashtags/many", mina)["items"]) == 20
    assert len(statements) == 1
