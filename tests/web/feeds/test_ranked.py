"""The ranked feed: for whom it is, that it stands still while it is read, and what makes it anew."""

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.conftest import empty_valkey
from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.crowd import make_follows, make_likes, make_members, make_posts
from tests.web.statements import sent
from web.content.models import Content, ContentTag, Hashtag
from web.content.reactions import Like
from web.core.app import App
from web.core.clock import FixedClock
from web.feeds import candidates, snapshots
from web.feeds.snapshots import FEEDS, Snapshots
from web.graph.service import GraphService


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def feed_of(api: Api, who: Person, **options: str) -> list[str]:
    """The first hundred of a member's ranked feed."""
    query = "".join(f"&{name}={value}" for name, value in options.items())
    return ids(api.get(f"/feed?limit=100{query}", who))


def set_counts(engine: sa.Engine, post_id: UUID | str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(Content).where(Content.id == UUID(str(post_id))).values(**values))


def tag(engine: sa.Engine, name: str, *posts: UUID) -> None:
    """Give posts a hashtag, as writing them does."""
    with engine.begin() as connection:
        written = sa.select(Content.id, Content.created_at).where(Content.id.in_(posts))
        moments = {row.id: row.created_at for row in connection.execute(written)}
        last = max(moments.values())
        connection.execute(sa.insert(Hashtag), {"tag": name, "use_count": len(posts), "last_used_at": last})
        connection.execute(
            sa.insert(ContentTag),
            [{"content_id": each, "tag": name, "created_at": moments[each]} for each in posts],
        )


def test_it_mixes_what_one_follows_with_what_others_share_and_says_why(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    strange, followed, own = (make_post(app, author) for author in (sora, joon, mina))
    items = {item["id"]: item for item in api.get("/feed", mina)["items"]}
    assert [items[str(post)]["why"][0] for post in (strange, followed, own)] == [
        "discover",
        "following",
        "own",
    ]
    assert feed_of(api, mina)[-1] == str(strange)
    assert items[str(followed)]["payload"] == api.get(f"/posts/{followed}", mina)


def test_each_member_has_a_ranking_of_their_own(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    """The design's own test: a hundred posts, several readers."""
    authors = make_members(owner_engine, 10)
    posts = make_posts(owner_engine, authors, 100)
    make_follows(owner_engine, mina, authors[:3])
    make_follows(owner_engine, joon, authors[5:7])
    feeds = {who.id: api.get("/feed?limit=100", who)["items"] for who in (mina, joon, sora)}
    for who, followed in ((mina, authors[:3]), (joon, authors[5:7]), (sora, [])):
        whose = [item["author"]["id"] for item in feeds[who.id]]
        assert sorted(item["id"] for item in feeds[who.id]) == sorted(map(str, posts))
        for place, author in enumerate(whose[: 10 * len(followed)]):
            assert author in map(str, followed), place
        assert not any(len(set(whose[place : place + 3])) == 1 for place in range(len(whose) - 2))
    assert feed_of(api, sora, strategy="recency") == [str(post) for post in posts]


def test_interests_are_the_tags_of_what_one_likes(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    authors = make_members(owner_engine, 30)
    posts = make_posts(owner_engine, authors, 30)
    tag(owner_engine, "고양이", posts[20], posts[29])
    tag(owner_engine, "개", posts[10])
    assert feed_of(api, mina)[0] == str(posts[0])
    make_likes(owner_engine, posts[29], [mina.id])
    empty_valkey(app)
    first, second, *_ = api.get("/feed", mina)["items"]
    assert {first["id"], second["id"]} == {str(posts[20]), str(posts[29])}
    assert "interests" in first["why"]


def test_the_strategy_decides_the_order(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    posts = [str(make_post(app, joon)) for _ in range(3)]
    set_counts(owner_engine, posts[0], like_count=1, view_count=3)
    set_counts(owner_engine, posts[1], like_count=2)
    assert feed_of(api, mina, strategy="recency") == posts[::-1]
    assert feed_of(api, mina, strategy="engagement") == posts
    assert feed_of(api, mina, algo="time") == []  # Mina follows nobody
    api.put(f"/users/{joon.id}/follow", mina)
    assert feed_of(api, mina, algo="time") == posts[::-1]


def test_blocked_and_muted_content_is_not_shown(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for author in (joon, sora):
        make_post(app, author)
    api.put(f"/users/{sora.id}/block", mina)
    assert [item["author"]["username"] for item in api.get("/feed", mina)["items"]] == ["joon"]
    assert [item["author"]["username"] for item in api.get("/feed/discover", mina)["items"]] == ["joon"]


def test_what_vanishes_while_the_feed_is_cached_vanishes_at_once(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    gone, theirs, kept = make_post(app, joon), make_post(app, sora), make_post(app, joon)
    first = api.get("/feed?limit=1", mina)
    assert len(feed_of(api, mina)) == 3
    api.delete(f"/posts/{gone}", joon)
    assert set(feed_of(api, mina)) == {str(theirs), str(kept)}
    api.put(f"/users/{mina.id}/block", sora)  # by the other one
    assert feed_of(api, mina) == [str(kept)]
    rest = ids(api.get(f"/feed?limit=100&cursor={first['next_cursor']}", mina))
    assert {*ids(first), *rest} & {str(gone), str(theirs)} <= set(ids(first))


def test_the_feed_is_kept_for_a_minute(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    posts = [make_post(app, joon) for _ in range(5)]
    before = feed_of(api, mina)
    set_counts(owner_engine, posts[0], like_count=1_000)
    with sent(app) as statements:
        assert feed_of(api, mina) == before
    assert len(statements) == 1
    key = app.valkey.key("feed", mina.id, "personalized")
    assert 0 < app.valkey.client.ttl(key) <= snapshots.FRESH_SECONDS == 60
    app.valkey.client.delete(key)
    assert feed_of(api, mina)[0] == str(posts[0]) != before[0]


@pytest.mark.parametrize("what", ["following", "muting", "blocking", "posting"])
def test_what_the_reader_does_makes_the_feed_anew(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, what: str
) -> None:
    posts = [str(make_post(app, author)) for author in (joon, sora)]
    assert feed_of(api, mina) == posts[::-1]
    if what == "following":
        api.put(f"/users/{joon.id}/follow", mina)
        assert feed_of(api, mina) == posts
    elif what == "muting":
        api.put(f"/users/{sora.id}/mute", mina)
        assert feed_of(api, mina) == posts[:1]
        api.delete(f"/users/{sora.id}/mute", mina, status=200)
        assert feed_of(api, mina) == posts[::-1]
    elif what == "blocking":
        api.put(f"/users/{sora.id}/block", mina)
        api.delete(f"/users/{sora.id}/block", mina, status=200)
        assert set(feed_of(api, mina)) == set(posts)
    else:
        own = api.post("/posts", {"body": "mine"}, mina)["id"]
        assert own in feed_of(api, mina)


def test_what_is_rolled_back_leaves_the_feed_as_it_is(app: App, mina: Person, joon: Person, api: Api) -> None:
    feed_of(api, mina)
    key = app.valkey.key("feed", mina.id, "personalized")
    api.put(f"/users/{mina.id}/follow", mina, status=422)

    def follow_and_fail() -> None:
        with app.work() as services:
            services[GraphService].follow(mina.id, joon.id)
            raise LookupError

    with pytest.raises(LookupError):
        follow_and_fail()
    assert app.valkey.client.exists(key)


def test_feed_cursor_pagination_consistency(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine, clock: FixedClock
) -> None:
    """No repeats and no gaps while scores move, posts arrive, and the ranked part gives way to the other."""
    authors = make_members(owner_engine, 20)
    posts = make_posts(owner_engine, authors, candidates.BEGINNING + 70)
    strangers = make_posts(owner_engine, make_members(owner_engine, 3), 30)
    make_follows(owner_engine, mina, authors)
    seen: list[str] = []
    cursor, pages = "", 0
    while True:
        page = api.get(f"/feed?limit=30{cursor}", mina)
        seen += ids(page)
        pages += 1
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        set_counts(owner_engine, posts[-pages], like_count=10_000)
        set_counts(owner_engine, posts[pages * 5], like_count=10_000)
        make_post(app, mina, "meanwhile")
        clock.moment += timedelta(minutes=5)
    assert len(seen) == len(set(seen))
    assert set(seen) == {*map(str, posts), *map(str, strangers)}
    after = seen[candidates.BEGINNING + 30 :]
    assert after == [str(post) for post in posts[candidates.BEGINNING :]]


def test_a_feed_without_anybody_followed_is_not_empty_and_ends(
    api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    posts = make_posts(owner_engine, make_members(owner_engine, 5), 45)
    for path in ("/feed", "/feed/discover"):
        assert sorted(item["id"] for item in api.every_page(path, mina, limit=20)) == sorted(map(str, posts))


def test_discover_goes_on_by_time(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    authors = make_members(owner_engine, 8)
    make_follows(owner_engine, mina, authors[:2])
    make_posts(owner_engine, authors[:2], 10)
    posts = make_posts(owner_engine, authors[2:], candidates.BEGINNING + 25)
    found = [item["id"] for item in api.every_page("/feed/discover", mina, limit=50)]
    assert sorted(found) == sorted(map(str, posts))
    assert found[candidates.BEGINNING :] == [str(post) for post in posts[candidates.BEGINNING :]]


def test_a_lost_snapshot_gives_way_to_what_is_older(app: App, api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    old = [str(make_post(app, joon)) for _ in range(4)]
    first = api.get("/feed?limit=2", mina)
    empty_valkey(app)
    make_post(app, joon)
    rest = ids(api.get(f"/feed?limit=100&cursor={first['next_cursor']}", mina))
    assert rest == old[::-1]


def test_a_cursor_does_not_open_the_feed_of_somebody_else(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for _ in range(2):
        make_post(app, sora)
    cursor = api.get("/feed?limit=1", mina)["next_cursor"]
    page = api.get(f"/feed?limit=100&cursor={cursor}", joon)
    assert page["items"] == []  # Joon's own list by time, and Joon follows nobody


def test_without_valkey_the_feed_is_by_time(
    app: App, api: Api, mina: Person, joon: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    posts = [str(make_post(app, joon)) for _ in range(5)]
    away = app.valkey.client.__class__.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.1)
    monkeypatch.setattr(app.valkey, "client", away)
    first = api.get("/feed?limit=2", mina)
    second = api.get(f"/feed?limit=10&cursor={first['next_cursor']}", mina)
    assert ids(first) + ids(second) == posts[::-1]


def test_shares_and_posts_are_mixed(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    """The design's test_feed_mixed_content_types, over what there is."""
    original, reel = make_post(app, sora), make_post(app, sora)
    set_counts(owner_engine, reel, type="reel")
    share = uuid4()
    with owner_engine.begin() as connection:
        moment = connection.scalars(sa.select(Content.created_at).where(Content.id == original)).one()
        connection.execute(
            sa.insert(Content),
            {
                "id": share,
                "author_id": joon.id,
                "type": "share",
                "body": "",
                "shares_id": original,
                "created_at": moment,
            },
        )
    items = {item["id"]: item for item in api.get("/feed", mina)["items"]}
    assert {items[str(each)]["type"] for each in (original, reel, share)} == {"post", "reel", "share"}
    assert items[str(share)]["payload"]["shared"]["id"] == str(original)
    api.delete(f"/posts/{original}", sora)
    assert set(feed_of(api, mina)) == {str(reel)}


@pytest.mark.parametrize("size", [1, 100])
def test_a_page_costs_at_most_four_statements(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine, size: int
) -> None:
    authors = make_members(owner_engine, 20)
    posts = make_posts(owner_engine, authors, size)
    make_follows(owner_engine, mina, authors[:10])
    with owner_engine.begin() as connection:
        moment = connection.scalars(sa.select(sa.func.now())).one()
        connection.execute(
            sa.insert(Content),
            [
                {
                    "id": uuid4(),
                    "author_id": author,
                    "type": "share",
                    "body": "",
                    "shares_id": each,
                    "created_at": moment,
                }
                for each, author in product(posts[:5], (authors[3], authors[13]))
            ],
        )
        connection.execute(
            sa.insert(Like),
            [{"content_id": each, "member_id": mina.id, "created_at": moment} for each in posts],
        )
    api.get("/notifications", mina)  # from here on the session is cached
    for path, count in (
        ("/feed", 4),
        ("/feed", 2),
        ("/feed/discover", 4),
        ("/feed?algo=time", 2),
        ("/feed/friends", 1),
    ):
        with sent(app) as statements:
            api.get(f"{path}{'&' if '?' in path else '?'}limit=20", mina)
        assert len(statements) == count <= 4, path


@pytest.mark.parametrize("query", ["algo=chrono", "strategy=luck", "limit=0", "cursor=x"])
def test_what_is_not_understood_is_refused(api: Api, mina: Person, query: str) -> None:
    api.get(f"/feed?{query}", mina, status=400 if "cursor" in query else 422)


def test_a_cursor_belongs_to_its_order(app: App, api: Api, mina: Person) -> None:
    for _ in range(2):
        make_post(app, mina)
    cursor = api.get("/feed?limit=1", mina)["next_cursor"]
    api.get(f"/feed?limit=1&strategy=recency&cursor={cursor}", mina, status=400)


def test_every_ranked_feed_can_be_forgotten(app: App, mina: Person) -> None:
    kept = Snapshots(app.valkey)
    for feed in FEEDS:
        assert kept.keep(mina.id, feed, [], None) == kept.latest(mina.id, feed)
    app.valkey.client.delete(*kept.names_of([mina.id]))
    assert [kept.latest(mina.id, feed) for feed in FEEDS] == [None] * len(FEEDS)
