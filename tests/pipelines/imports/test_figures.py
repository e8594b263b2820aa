"""The database after an import against figures worked out from the raw files by other code."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.datafiles import (
    BITCOIN_OTC,
    COLLEGEMSG,
    CONLANG_META,
    FRENCH_META,
    data_file,
    message_figures,
    rating_figures,
    site_figures,
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


Ask = Callable[[str], list[Any]]

IMPORTS = {
    "collegemsg": COLLEGEMSG,
    "ratings-graph": BITCOIN_OTC,
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
    assert report.tallies["ratings"].written == raw.positive
    assert report.tallies["ratings"].skipped == raw.edges - raw.positive
    assert any("until blocks exist" in note for note in report.notes)

    assert ask("SELECT count(*) FROM accounts WHERE kind = 'person'") == [(raw.members,)]
    assert ask("SELECT count(*) FROM follows") == [(raw.positive,)]
    counts = ask(
        "SELECT username, follower_count, following_count FROM relation_counts"
        " JOIN accounts ON id = member_id"
    )
    number = {name: int(name.removeprefix("bitcoin-otc-")) for name, _, _ in counts}
    assert Counter({number[name]: fans for name, fans, _ in counts if fans}) == raw.followers
    assert Counter({number[name]: idols for name, _, idols in counts if idols}) == raw.following
    days = ask("SELECT local_day, count(*) FROM events WHERE name = 'member_followed' GROUP BY 1")
    assert Counter(dict(days)) == raw.per_day


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


def _positive(counts: Counter[str]) -> Counter[str]:
    return +counts
