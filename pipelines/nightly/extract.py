"""Extract: from PostgreSQL into the lake, everything from one snapshot.

Events are taken by the transaction that wrote them (``xid``), not by time: the night remembers the oldest
transaction that was still open (``pg_snapshot_xmin``) and the next night takes everything from that one on.
What committed late is in, what was taken before is recognised by its id. The state tables are small beside
the events and are taken whole.

Nobody's id, name or words get into the lake: members appear under their ``member_key``.
"""

from datetime import date
from pathlib import Path

import duckdb

from pipelines.nightly.errors import NightError
from pipelines.nightly.lake import Lake
from pipelines.nightly.plan import DayRange, NightConfig, cut_of, last_day_before, midnight
from pipelines.nightly.postgres import literal, read_moment, snapshot
from pipelines.nightly.runs import RunLog

EVENTS = "events"  # the fact table of the lake, and its row in analytics.extract_state

# Of sealed messages there are numbers only: not even under a pseudonym does the lake know who writes them.
_EVENTS = """
    SELECT id, name, version,
           CASE WHEN name NOT LIKE 'secret_message_%' AND name NOT LIKE 'key_exchange_%' THEN actor_id
           END AS actor_id,
           CASE WHEN name IN ('content_liked', 'content_unliked') THEN data->>'author_id'
                ELSE coalesce(data->>'followed_id', data->>'content_author_id', data->>'recipient_id')
           END AS member_id,
           data->>'content_id' AS content_id,
           data->>'comment_id' AS comment_id,
           data->>'conversation_id' AS conversation_id,
           data->>'seconds' AS seconds,
           occurred_at, recorded_at, local_day
    FROM public.events
"""

# xid8 is not known to the scanner, so the server compares it.
_LAKE_EVENTS = """
    SELECT
        CAST(event.id AS VARCHAR) AS event_id, event.name, event.version,
        actor.member_key AS actor_key, actor.kind AS actor_kind, member.member_key,
        event.content_id, event.comment_id, event.conversation_id,
        TRY_CAST(event.seconds AS BIGINT) AS seconds,
        timezone('UTC', event.occurred_at) AS occurred_at, timezone('UTC', event.recorded_at) AS recorded_at,
        event.local_day
    FROM postgres_query('pg', {query}) AS event
    LEFT JOIN keys AS actor ON actor.member_id = event.actor_id
    LEFT JOIN keys AS member ON member.member_id = TRY_CAST(event.member_id AS UUID)
"""

_KEYS = """
    CREATE TEMP TABLE keys AS
    SELECT key.member_id, CAST(key.member_key AS VARCHAR) AS member_key, account.kind
    FROM pg.public.member_keys AS key
    JOIN pg.public.accounts AS account ON account.id = key.member_id
"""

# A zone that the engine does not know would stop the whole night at the first `timezone()`.
_MEMBERS = """
    SELECT key.member_key, account.kind, timezone('UTC', account.created_at) AS created_at,
           CASE WHEN account.zone IN (SELECT name FROM pg_timezone_names()) THEN account.zone ELSE 'UTC' END
               AS zone,
           account.locale, false AS erased
    FROM pg.public.accounts AS account
    JOIN keys AS key ON key.member_id = account.id
"""

# Erased members stay as a pseudonym that leads to nobody, so that old counts stay true.
_ERASED_MEMBERS = """
    UNION ALL
    SELECT gone.member_key, gone.kind, gone.created_at, NULL, NULL, true
    FROM read_parquet({files}) AS gone
    WHERE gone.member_key NOT IN (SELECT member_key FROM keys)
"""

_STATE = {
    "content": """
        SELECT CAST(content.id AS VARCHAR) AS content_id, author.member_key AS author_key, content.type,
               content.visibility, timezone('UTC', content.created_at) AS created_at,
               timezone('UTC', content.deleted_at) AS deleted_at
        FROM pg.public.content AS content
        JOIN keys AS author ON author.member_id = content.author_id
    """,
    "likes": """
        SELECT CAST(liked.content_id AS VARCHAR) AS content_id, member.member_key,
               timezone('UTC', liked.created_at) AS created_at
        FROM pg.public.likes AS liked
        JOIN keys AS member ON member.member_id = liked.member_id
    """,
    "comments": """
        SELECT CAST(comment.id AS VARCHAR) AS comment_id, CAST(comment.content_id AS VARCHAR) AS content_id,
               author.member_key AS author_key, CAST(comment.parent_id AS VARCHAR) AS parent_id,
               timezone('UTC', comment.created_at) AS created_at,
               timezone('UTC', comment.deleted_at) AS deleted_at
        FROM pg.public.comments AS comment
        JOIN keys AS author ON author.member_id = comment.author_id
    """,
    "follows": """
        SELECT follower.member_key AS follower_key, followed.member_key AS followed_key,
               timezone('UTC', follow.created_at) AS created_at
        FROM pg.public.follows AS follow
        JOIN keys AS follower ON follower.member_id = follow.follower_id
        JOIN keys AS followed ON followed.member_id = follow.followed_id
    """,
}


def extract(config: NightConfig, log: RunLog, *, as_of: date | None, days: DayRange | None) -> None:
    """Bring the lake up to the present, and say in its table ``night`` for which moment marts are made.

    Args:
        as_of: the last day to show; None for everything so far.
        days: days to read again from the database, besides what is new.
    Raises:
        NightError: the database is not fit to be extracted.
    """
    lake = Lake(config.lake)
    staging = lake.new_staging()
    state = log.extract_state(EVENTS)
    with snapshot(config.database_url, spill=config.scratch / "spill") as duck:
        moment = read_moment(duck)
        cut = cut_of(moment.snapshot_at, as_of)
        log.dated(last_day_before(cut), cut)
        # What the lake has can be continued only if it and the database are the ones of the last night.
        continues = (
            state is not None
            and state.lake_id == lake.id
            and state.origin == moment.origin
            and int(state.next_xid) <= moment.xmin
        )
        _check_keys(duck)
        duck.execute(_KEYS)
        with log.step("extract events") as step:
            if continues and state is not None:
                step.rows = _stage_new_events(duck, lake, staging, since=int(state.next_xid), days=days)
            else:
                step.rows = _stage_all_events(duck, staging)

        members = _MEMBERS
        if continues and lake.days("members"):
            members += _ERASED_MEMBERS.format(files=literal(lake.files("members")))
        today = f"day={moment.snapshot_at.date()}"
        for table, query in {"members": members, **_STATE}.items():
            with log.step(f"extract {table}") as step:
                step.rows = _stage(duck, query, staging / table / today)
        last_day, moment_utc = last_day_before(cut), f"{cut:%Y-%m-%d %H:%M:%S.%f}"
        night = f"SELECT DATE '{last_day}' AS as_of, TIMESTAMP '{moment_utc}' AS cut"
        _stage(duck, night, staging / "night" / today)

    whole = {"night", "members", *_STATE}
    lake.install(replaced=whole if continues else whole | {EVENTS})
    log.save_extract_state(EVENTS, origin=moment.origin, lake_id=lake.id, next_xid=moment.xmin)


def _check_keys(duck: duckdb.DuckDBPyConnection) -> None:
    """Accounts without a pseudonym, unless erased, would silently be missing from every number."""
    accounts = "(SELECT id FROM pg.public.accounts WHERE erased_at IS NULL) AS account"
    missing = _count(duck, f"{accounts} ANTI JOIN pg.public.member_keys AS key ON key.member_id = account.id")
    if missing:
        raise NightError(f"{missing} accounts have no row in member_keys; whatever made them must add one")


def _stage_all_events(duck: duckdb.DuckDBPyConnection, staging: Path) -> int:
    """Stream the whole history into the staging folder; returns the number of events."""
    events = _LAKE_EVENTS.format(query=literal(_EVENTS))
    staged = _stage_by_day(duck, events, staging / EVENTS)
    if not staged:
        _stage(duck, events, staging / EVENTS / "day=1970-01-01")  # no rows, but their columns
    return staged


def _stage_new_events(
    duck: duckdb.DuckDBPyConnection, lake: Lake, staging: Path, *, since: int, days: DayRange | None
) -> int:
    """Stage every day that gains events, whole; returns how many events are new to the lake."""
    query = f"{_EVENTS} WHERE xid >= '{since}'::xid8"
    if days:
        query += f" OR occurred_at >= '{midnight(days.first)}' AND occurred_at < '{midnight(days.end)}'"
    duck.execute(f"CREATE TEMP TABLE fresh AS {_LAKE_EVENTS.format(query=literal(query))}")
    if files := _files_of_fresh_days(duck, lake):
        duck.execute(f"DELETE FROM fresh WHERE event_id IN (SELECT event_id FROM {files})")
    new = _count(duck, "fresh")
    if new:
        files = _files_of_fresh_days(duck, lake)
        kept = f"UNION ALL FROM {files}" if files else ""
        _stage_by_day(duck, f"FROM fresh {kept}", staging / EVENTS)
    return new


def _files_of_fresh_days(duck: duckdb.DuckDBPyConnection, lake: Lake) -> str | None:
    """The lake's files of the days that ``fresh`` touches, as a table function; None when it has none."""
    touched = duck.execute("SELECT DISTINCT strftime(occurred_at, '%Y-%m-%d') FROM fresh").fetchall()
    known = lake.days(EVENTS).intersection(day for (day,) in touched)
    if not known:
        return None
    globs = ", ".join(literal(lake.day_files(EVENTS, day)) for day in sorted(known))
    return f"read_parquet([{globs}], hive_partitioning = false)"


def _stage_by_day(duck: duckdb.DuckDBPyConnection, query: str, folder: Path) -> int:
    """Write rows under the day on which they occurred; returns their number.

    Sorted by day, one partition is open at a time: faster, and thousands of days need the memory of one.
    """
    return _copy(
        duck,
        f"SELECT *, CAST(occurred_at AS DATE) AS day FROM ({query}) ORDER BY day",
        f"{literal(str(folder))} (FORMAT parquet, PARTITION_BY (day))",
    )


def _stage(duck: duckdb.DuckDBPyConnection, query: str, folder: Path) -> int:
    """Write the rows of a query as the one file of a day; returns their number."""
    folder.mkdir(parents=True)
    return _copy(duck, query, f"{literal(str(folder / 'data.parquet'))} (FORMAT parquet)")


def _copy(duck: duckdb.DuckDBPyConnection, query: str, target: str) -> int:
    row = duck.execute(f"COPY ({query}) TO {target}").fetchone()
    return int(row[0]) if row else 0


def _count(duck: duckdb.DuckDBPyConnection, table: str) -> int:
    row = duck.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
