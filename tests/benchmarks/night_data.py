"""A community of any size for the benchmark of the night, made inside PostgreSQL."""

import psycopg

DAYS = 60
MEMBERS_PER_EVENT = 1 / 50

_STATEMENTS = """
SELECT setseed(0.5);
SET LOCAL synchronous_commit = off;

-- A number from 1 to n, the same for the same i and salt; a power above 1 favours the low ones, so that few
-- members do and get most.
CREATE FUNCTION pg_temp.pick(i bigint, salt bigint, n bigint, power float) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN 1 + floor(n * ((hashint8extended(i, salt) & 2147483647) / 2147483648.0) ^ power)::bigint;

INSERT INTO accounts (id, username, username_key, nickname, zone, created_at)
SELECT gen_random_uuid(), 'm' || i, 'm' || i, 'Member ' || i,
       (ARRAY['UTC', 'Asia/Seoul', 'Europe/Paris', 'America/New_York'])[1 + i % 4],
       now() - make_interval(days => %(days)s) + random() * make_interval(days => %(days)s)
FROM generate_series(1, %(members)s) AS i;
INSERT INTO member_keys (member_id) SELECT id FROM accounts;

CREATE TEMP TABLE people ON COMMIT DROP AS SELECT row_number() OVER () AS n, id, zone FROM accounts;
CREATE UNIQUE INDEX ON people (n);

INSERT INTO content (id, author_id, body, created_at)
SELECT gen_random_uuid(), people.id, 'text', now() - random() * make_interval(days => %(days)s)
FROM generate_series(1, %(events)s / 10) AS i
JOIN people ON people.n = pg_temp.pick(i, 1, %(members)s, 2);

CREATE TEMP TABLE posts ON COMMIT DROP AS
SELECT row_number() OVER () AS n, id, author_id, created_at FROM content;
CREATE UNIQUE INDEX ON posts (n);

INSERT INTO likes (content_id, member_id, created_at)
SELECT posts.id, people.id, posts.created_at + random() * (now() - posts.created_at)
FROM generate_series(1, %(events)s * 4 / 10) AS i
JOIN posts ON posts.n = pg_temp.pick(i, 2, %(events)s / 10, 2)
JOIN people ON people.n = pg_temp.pick(i, 3, %(members)s, 1)
ON CONFLICT DO NOTHING;

INSERT INTO comments (id, content_id, author_id, body, created_at)
SELECT gen_random_uuid(), posts.id, people.id, 'text',
       posts.created_at + random() * (now() - posts.created_at)
FROM generate_series(1, %(events)s * 15 / 100) AS i
JOIN posts ON posts.n = pg_temp.pick(i, 2, %(events)s / 10, 2)
JOIN people ON people.n = pg_temp.pick(i, 4, %(members)s, 1);

INSERT INTO follows (follower_id, followed_id, created_at)
SELECT follower.id, followed.id, now() - random() * make_interval(days => %(days)s)
FROM generate_series(1, %(events)s * 5 / 100) AS i
JOIN people AS follower ON follower.n = pg_temp.pick(i, 5, %(members)s, 1)
JOIN people AS followed ON followed.n = pg_temp.pick(i, 6, %(members)s, 2)
WHERE follower.id <> followed.id
ON CONFLICT DO NOTHING;

CREATE TEMP TABLE happened ON COMMIT DROP AS
SELECT 'content_posted' AS name, author_id AS actor_id, created_at AS at,
       jsonb_build_object('author_id', author_id, 'content_id', id) AS data
FROM content
UNION ALL
SELECT 'content_liked', likes.member_id, likes.created_at,
       jsonb_build_object('member_id', likes.member_id, 'content_id', posts.id, 'author_id', posts.author_id)
FROM likes JOIN posts ON posts.id = likes.content_id
UNION ALL
SELECT 'content_commented', comments.author_id, comments.created_at,
       jsonb_build_object('author_id', comments.author_id, 'content_id', posts.id, 'comment_id', comments.id,
                          'content_author_id', posts.author_id)
FROM comments JOIN posts ON posts.id = comments.content_id
UNION ALL
SELECT 'member_followed', follower_id, created_at,
       jsonb_build_object('follower_id', follower_id, 'followed_id', followed_id)
FROM follows;

INSERT INTO events (id, name, actor_id, occurred_at, local_day, data)
SELECT gen_random_uuid(), name, actor_id, at, (at AT TIME ZONE people.zone)::date, data
FROM happened JOIN people ON people.id = happened.actor_id;

-- Logins make up the rest.
INSERT INTO events (id, name, actor_id, occurred_at, local_day, data)
SELECT gen_random_uuid(), 'member_logged_in', people.id, at, (at AT TIME ZONE people.zone)::date,
       jsonb_build_object('member_id', people.id)
FROM generate_series(1, %(events)s - (SELECT count(*) FROM happened)) AS i
JOIN people ON people.n = pg_temp.pick(i, 7, %(members)s, 2)
CROSS JOIN LATERAL (SELECT now() - random() * make_interval(days => %(days)s) AS at WHERE i > 0) AS moment;
"""


def fill(database_url: str, *, events: int) -> None:
    """Write a community with exactly ``events`` events into an empty, migrated database.

    Args:
        database_url: libpq URL of role ``plaza_owner``.
        events: how many, most of them likes and logins, over the last 60 days.
    """
    numbers = {"events": events, "members": int(events * MEMBERS_PER_EVENT), "days": DAYS}
    with psycopg.connect(database_url) as connection:
        for statement in _STATEMENTS.split(";\n"):
            if statement.strip():
                query = statement
                for name, number in numbers.items():
                    query = query.replace(f"%({name})s", str(number))
                connection.execute(query.encode())
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
