"""The database after an import against figures worked out from the raw files by other code."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.datafiles import (
    BITCOIN_OTC,
    COLLEGEMSG,
    CONLANG_META,
    FRENCH_META,
    HACKER_NEWS,
    LASTFM_ASIA,
    data_file,
    friend_figures,
    kind_of_submission,
    message_figures,
    rating_figures,
    site_figures,
    submission_figures,
)
from tests.pipelines.audit import fingerprints, wrong_counters
from tests.pipelines.imports.conftest import Import


@pytest.fixture
def ask(web_engine: sa.Engine) -> Callable[[str], list[Any]]:
    """The rows of a query."""

    def run(query: str) -> list[Any]:
        with web_engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    return run


@pytest.fixture(autouse=True)
def empty_at_once(owner_engine: sa.Engine) -> Iterator[None]:
    """So many rows are truncated: deleting them one by one would take the next test a minute."""
    yield
    with owner_engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE accounts, hashtags, events CASCADE")


Ask = Callable[[str], list[Any]]

IMPORTS = {
    "collegemsg": COLLEGEMSG,
    "ratings-graph": BITCOIN_OTC,
    "friend-graph": LASTFM_ASIA,
    "stackexchange": FRENCH_META,
}


@pytest.mark.parametrize(("format_name", "relative"), IMPORTS.items())
def test_importing_twice_changes_nothing(
    format_name: str,
    relative: str,
    run_import: Import,
    forget_files: Callable[[], None],
    web_engine: sa.Engine,
) -> None:
    path = data_file(relative)
    assert run_import(format_name, path).already is None
    once = fingerprints(web_engine, without=["imported_files.imported_at"])
    assert wrong_counters(web_engine) == {}

    assert run_import(format_name, path).already is not None
    assert fingerprints(web_engine, without=["imported_files.imported_at"]) == once

    # Without the memory of the file every row is met again, and is recognised by its id.
    forget_files()
    report = run_import(format_name, path)
    assert report.already is None
    assert [tally.written for tally in (report.people, *report.tallies.values())] == [0] * (
        1 + len(report.tallies)
    )
    assert fingerprints(web_engine, without=["imported_files.imported_at"]) == once


def test_collegemsg(run_import: Import, ask: Ask) -> None:
    path = data_file(COLLEGEMSG)
    raw = message_figures(path)
    assert (raw.members, raw.messages, raw.directed_pairs) == (1_899, 59_835, 20_296)  # as published
    report = run_import("collegemsg", path)
    assert report.tallies["messages"].written == 59_835
    assert report.rejects == []

    assert ask("SELECT count(*) FROM accounts") == [(raw.members,)]
    assert ask("SELECT min(created_at), max(created_at), count(*) FROM messages") == [
        (raw.first, raw.last, raw.messages)
    ]
    assert (raw.first, raw.last) == (
        datetime(2004, 4, 15, 14, 56, 1, tzinfo=UTC),
        datetime(2004, 10, 26, 7, 52, 22, tzinfo=UTC),
    )
    assert ask("SELECT count(*) FROM conversations") == [(raw.conversations,)]
    pairs = (
        "SELECT DISTINCT data->>'sender_id', data->>'recipient_id' FROM events WHERE name = 'message_sent'"
    )
    assert len(ask(pairs)) == raw.directed_pairs
    for day in ("local_day", "(occurred_at AT TIME ZONE 'UTC')::date"):
        per_day = ask(
            f"SELECT {day}, count(*), count(DISTINCT actor_id) FROM events"  # noqa: S608 - a column
            " WHERE name = 'message_sent' GROUP BY 1"
        )
        assert {key: (messages, senders) for key, messages, senders in per_day} == raw.per_day
    assert len(raw.per_day) == 193
    assert raw.per_day[date(2004, 5, 27)] == (2_678, 386)

    sent = Counter(
        {
            int(username.removeprefix("collegemsg-")): count
            for username, count in ask(
                "SELECT username, count(*) FROM messages JOIN accounts a ON a.id = sender_id GROUP BY 1"
            )
        }
    )
    assert sent == raw.sent
    assert len(sent) == 1_350
    assert sent.most_common(5) == [(9, 1091), (323, 1012), (12, 993), (103, 739), (105, 686)]
    joined = ask("SELECT username, created_at FROM accounts")
    assert {int(name.removeprefix("collegemsg-")): at for name, at in joined} == raw.first_seen
    assert ask("SELECT count(*) FROM events WHERE name = 'member_joined'") == [(raw.members,)]
    assert ask("SELECT count(*) FROM jobs") == [(0,)]


def test_ratings_graph(run_import: Import, ask: Ask) -> None:
    path = data_file(BITCOIN_OTC)
    raw = rating_figures(path)
    assert (raw.members, raw.edges, round(raw.positive / raw.edges, 2)) == (5_881, 35_592, 0.90)
    report = run_import("ratings-graph", path)
    tally = report.tallies["ratings"]
    assert (raw.refused, raw.ended) == (17, 341)
    assert tally.skipped == raw.refused
    assert tally.written == raw.edges - raw.refused
    assert any("had blocked the other" in note for note in report.notes)

    assert ask("SELECT count(*) FROM accounts WHERE kind = 'person'") == [(raw.members,)]
    assert ask("SELECT count(*) FROM follows") == [(raw.positive - raw.refused - raw.ended,)]
    assert ask("SELECT count(*) FROM events WHERE name = 'member_unfollowed'") == [(raw.ended,)]
    blocks = ask(
        "SELECT a.username, b.username FROM blocks"
        " JOIN accounts a ON a.id = blocker_id JOIN accounts b ON b.id = blocked_id"
    )
    assert {tuple(int(name.removeprefix("bitcoin-otc-")) for name in pair) for pair in blocks} == raw.blocks
    assert ask("SELECT count(*) FROM events WHERE name = 'member_blocked'") == [(3_563,)]
    counts = ask(
        "SELECT username, follower_count, following_count FROM relation_counts"
        " JOIN accounts ON id = member_id"
    )
    number = {name: int(name.removeprefix("bitcoin-otc-")) for name, _, _ in counts}
    assert Counter({number[name]: fans for name, fans, _ in counts if fans}) == raw.followers
    assert Counter({number[name]: idols for name, _, idols in counts if idols}) == raw.following
    days = ask("SELECT local_day, count(*) FROM events WHERE name = 'member_followed' GROUP BY 1")
    assert Counter(dict(days)) == raw.per_day


def test_friend_graph(run_import: Import, ask: Ask) -> None:
    path = data_file(LASTFM_ASIA)
    raw = friend_figures(path)
    degrees = sorted(map(len, raw.values()))
    assert (len(raw), sum(degrees) // 2, degrees[0], degrees[-1]) == (7_624, 27_806, 1, 216)  # as published
    report = run_import("friend-graph", path)
    assert report.tallies["friendships"].written == 27_806
    assert report.rejects == []

    friends = ask(
        "SELECT a.username, array_agg(b.username) FROM friendships"
        " JOIN accounts a ON a.id = member_id JOIN accounts b ON b.id = friend_id GROUP BY 1"
    )
    number = {f"lastfm-asia-{key}": key for key in raw}
    assert {number[name]: {number[friend] for friend in names} for name, names in friends} == raw
    counts = ask("SELECT friend_count, follower_count, following_count FROM relation_counts")
    assert sorted(counts) == [(degree, degree, degree) for degree in degrees]
    begun = "SELECT name, count(*) FROM events WHERE name LIKE '%fol%' OR name LIKE 'fri%' GROUP BY 1"
    assert dict(ask(begun)) == {"friendship_began": 27_806, "member_followed": 55_612}
    assert ask("SELECT count(*) FROM jobs") == [(0,)]


@pytest.mark.parametrize(("relative", "posts", "stray"), [(FRENCH_META, 781, 119), (CONLANG_META, 177, 27)])
def test_stackexchange(relative: str, posts: int, stray: int, run_import: Import, ask: Ask) -> None:
    folder = data_file(relative)
    raw = site_figures(folder)
    assert (raw.posts + raw.tag_descriptions, raw.stray_votes) == (posts, stray)
    # The dump agrees with itself, so agreeing with it means something.
    assert {key: raw.likes[key] - raw.down_votes[key] for key in raw.scores} == raw.scores
    assert _positive(raw.comments) == _positive(raw.stated_comments)
    assert _positive(raw.answers) == _positive(raw.stated_answers)

    report = run_import("stackexchange", folder)
    assert report.tallies["posts"].written == raw.posts
    assert report.tallies["posts"].skipped == raw.tag_descriptions
    assert report.tallies["votes"].rejected == raw.stray_votes
    assert report.rejects_file is not None
    assert len(report.rejects_file.read_text().splitlines()) == 1 + stray

    content = ask("SELECT like_count, comment_count FROM content")
    assert sorted(likes for likes, _ in content if likes) == sorted(raw.likes.values())
    assert sorted(comments for _, comments in content if comments) == sorted(raw.comments.values())
    answers = ask("SELECT count(*) FROM content WHERE answers_id IS NOT NULL GROUP BY answers_id")
    assert sorted(count for (count,) in answers) == sorted(raw.answers.values())
    assert ask("SELECT count(*) FROM content WHERE answers_id IS NULL") == [(raw.questions,)]
    uses = dict(ask("SELECT tag, use_count FROM hashtags"))
    assert uses == {tag.replace("-", "_"): count for tag, count in raw.tags.items()}
    assert uses["discussion"] > 50
    assert ask(
        "SELECT count(*) FROM content_tags JOIN content c ON c.id = content_id"
        " WHERE c.answers_id IS NULL AND c.created_at = content_tags.created_at"
    ) == [(raw.tags.total(),)]
    authors = ask("SELECT count(*) FROM content GROUP BY author_id")
    assert sorted(count for (count,) in authors) == sorted(Counter(raw.authors.values()).values())

    for name, expected in (("content_liked", raw.likes_per_day), ("content_posted", raw.posts_per_day)):
        days = ask(f"SELECT local_day, count(*) FROM events WHERE name = '{name}' GROUP BY 1")  # noqa: S608
        assert Counter(dict(days)) == expected
    before_the_post = (
        "SELECT count(*) FROM likes l JOIN content c ON c.id = content_id WHERE l.created_at < c.created_at"
    )
    assert ask(before_the_post) == [(0,)]
    kinds = dict(ask("SELECT kind, count(*) FROM accounts GROUP BY 1"))
    # Voters and the one who stands for deleted users; the site itself.
    assert kinds == {"person": raw.users - 1, "system": 1, "placeholder": max(raw.likes.values()) + 1}
    assert ask("SELECT DISTINCT a.kind FROM likes JOIN accounts a ON a.id = member_id") == [("placeholder",)]
    assert ask("SELECT count(*) FROM events WHERE name = 'member_joined'") == [(raw.users - 1,)]
    assert ask("SELECT max(length(body)) <= 5000 FROM content") == [(True,)]


# The whole file is a million likes, more than a test should write; its figures are checked all the same.
SOME_SUBMISSIONS = 600


def test_hackernews(run_import: Import, ask: Ask, web_engine: sa.Engine, tmp_path: Path) -> None:
    whole = submission_figures(data_file(HACKER_NEWS))
    assert (len(whole.points), sum(whole.points)) == (20_100, 1_010_951)
    assert whole.kinds == {"ask hn": 1_744, "show hn": 1_162, "other": 17_194}  # as published

    path = tmp_path / "some.csv.gz"
    with gzip.open(data_file(HACKER_NEWS)) as lines:
        path.write_bytes(gzip.compress(b"".join(islice(lines, 1 + SOME_SUBMISSIONS))))
    raw = submission_figures(path)
    report = run_import("hackernews", path)
    assert report.tallies["posts"].written == SOME_SUBMISSIONS
    assert report.tallies["points"].written == sum(raw.points)
    assert report.rejects == []
    assert wrong_counters(web_engine) == {}

    content = ask("SELECT like_count, body FROM content ORDER BY like_count")
    assert [likes for likes, _ in content] == raw.points
    assert Counter(kind_of_submission(body) for _, body in content) == raw.kinds
    authors = ask("SELECT username, count(*) FROM content JOIN accounts a ON a.id = author_id GROUP BY 1")
    assert {name.removeprefix("hackernews-"): count for name, count in authors} == raw.per_author
    days = ask("SELECT local_day, count(*) FROM events WHERE name = 'content_liked' GROUP BY 1")
    assert Counter(dict(days)) == raw.points_per_day
    kinds = dict(ask("SELECT kind, count(*) FROM accounts GROUP BY 1"))
    assert kinds == {"person": len(raw.per_author), "placeholder": raw.points[-1]}
    assert ask("SELECT count(*) FROM comments") == [(0,)]

    again = path.with_name("again.csv")
    again.write_bytes(gzip.decompress(path.read_bytes()))
    report = run_import("hackernews", again)
    assert [report.tallies[kind].written for kind in ("posts", "points")] == [0, 0]


def test_the_hour_that_clocks_show_twice_is_the_first(
    run_import: Import, ask: Ask, write_file: Callable[[str, str], Path]
) -> None:
    times = ("11/1/2015 1:30", "11/1/2015 2:30", "8/4/2016 11:52")
    rows = [f"{number},Title,,0,0,hn1,{time}\n" for number, time in enumerate(times)]
    heading = "id,title,url,num_points,num_comments,author,created_at\n"
    run_import("hackernews", write_file("news.csv", heading + "".join(rows)))
    assert ask("SELECT created_at FROM content ORDER BY created_at") == [
        (datetime(2015, 11, 1, 5, 30, tzinfo=UTC),),
        (datetime(2015, 11, 1, 7, 30, tzinfo=UTC),),
        (datetime(2016, 8, 4, 15, 52, tzinfo=UTC),),
    ]


def _positive(counts: Counter[str]) -> Counter[str]:
    return +counts
