"""A community for the benchmarks of feeds, the same in every run, written with COPY."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from web.core.ids import derived_id


@dataclass(frozen=True)
class Size:
    """How much of everything there is."""

    members: int
    posts: int
    likes: int
    follows: int


WHOLE = Size(members=20_000, posts=200_000, likes=400_000, follows=400_000)
QUARTER = Size(members=5_000, posts=50_000, likes=100_000, follows=100_000)
TAGS = [f"tag{number}" for number in range(300)]
START = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=60)


def fill(database_url: str, viewers: list[UUID], size: Size) -> None:
    """Write members, follows, posts and likes, a few of each member's activity being most of it.

    Args:
        database_url: libpq URL of role ``plaza_owner``.
        viewers: accounts that exist already and become ordinary members of the community.
    """
    chance = random.Random(0)
    newcomers = [derived_id(START, "member", number) for number in range(size.members - len(viewers))]
    members = viewers + newcomers
    chance.shuffle(members)
    posts = [(derived_id(moment := _moment(chance), "post", n), moment) for n in range(size.posts)]

    follows = _pairs(chance, size.follows, lambda: (chance.choice(members), _popular(chance, members)))
    likes = _pairs(chance, size.likes, lambda: (_popular(chance, posts)[0], chance.choice(members)))
    with psycopg.connect(database_url) as connection:
        _copy(
            connection,
            "accounts",
            ("id", "username", "username_key", "nickname", "created_at"),
            ((m, f"member{n}", f"member{n}", f"Member {n}", START) for n, m in enumerate(newcomers)),
        )
        _copy(
            connection,
            "follows",
            ("follower_id", "followed_id", "created_at"),
            ((follower, followed, _moment(chance)) for follower, followed in follows if follower != followed),
        )
        _copy(
            connection,
            "content",
            ("id", "author_id", "body", "created_at", "visibility"),
            (
                (post_id, _popular(chance, members), _words(chance), moment, _visibility(chance))
                for post_id, moment in posts
            ),
        )
        _copy(
            connection,
            "likes",
            ("content_id", "member_id", "created_at"),
            ((post_id, member, _moment(chance)) for post_id, member in likes),
        )
        _copy(connection, "hashtags", ("tag", "last_used_at"), ((tag, START) for tag in TAGS))
        _copy(
            connection,
            "content_tags",
            ("content_id", "tag", "created_at"),
            ((post_id, _popular(chance, TAGS), moment) for post_id, moment in posts[::2]),
        )
        connection.execute(
            "UPDATE content SET like_count = counted.likes "
            "FROM (SELECT content_id, count(*) AS likes FROM likes GROUP BY content_id) AS counted "
            "WHERE content.id = counted.content_id"
        )
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _moment(chance: random.Random) -> datetime:
    return START + SPAN * chance.random()


def _popular(chance: random.Random, things: list[Any]) -> Any:
    """One of a list, the first ones far more often than the last."""
    return things[int(len(things) * chance.random() ** 2)]


def _pairs(chance: random.Random, count: int, pick: Any) -> list[tuple[UUID, UUID]]:
    """So many different pairs, in an order that is the same in every run."""
    pairs: dict[tuple[UUID, UUID], None] = {}
    while len(pairs) < count:
        pairs[pick()] = None
    return list(pairs)


def _words(chance: random.Random) -> str:
    """A text of 20 to 300 characters, as long as posts are."""
    return " ".join(f"word{chance.randrange(1000)}" for _ in range(chance.randrange(3, 40)))


def _visibility(chance: random.Random) -> str:
    return chance.choices(("public", "followers", "private"), (85, 12, 3))[0]


def _copy(
    connection: psycopg.Connection[Any], table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
