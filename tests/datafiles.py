"""The real data beside the project, and figures worked out from the raw files alone.

Nothing here uses the product's code: these are the second opinion with which imports and marts are compared.
"""

import csv
import gzip
import math
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

FOLDER = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
COLLEGEMSG = "messages/college_msg.txt.gz"
BITCOIN_OTC = "follows/bitcoin_otc.csv.gz"
LASTFM_ASIA = "follows/lastfm_asia.csv.gz"
HACKER_NEWS = "posts/hacker_news.csv.gz"
FRENCH_META = "posts/stackexchange/french.meta"
CONLANG_META = "posts/stackexchange/conlang.meta"


def data_file(relative: str) -> Path:
    """The path of a data file or folder; the calling test skips, saying so, when it is not there."""
    path = (FOLDER / relative).resolve()
    if not path.exists():
        pytest.skip(f"../shared/data/{relative} is not here")
    return path


@dataclass(frozen=True)
class MessageFigures:
    """What a file of ``sender recipient unixtime`` lines says.

    Attributes:
        per_day: (messages, senders) by UTC day.
        sent: messages by sender.
    """

    members: int
    messages: int
    directed_pairs: int
    conversations: int
    first: datetime
    last: datetime
    per_day: dict[date, tuple[int, int]]
    sent: Counter[int]
    first_seen: dict[int, datetime]


def message_figures(path: Path) -> MessageFigures:
    """Count the raw lines."""
    rows: list[tuple[int, int, int]] = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            sender, recipient, seconds = map(int, line.split())
            rows.append((sender, recipient, seconds))
    messages: Counter[date] = Counter()
    senders: defaultdict[date, set[int]] = defaultdict(set)
    first_seen: dict[int, int] = {}
    for sender, recipient, seconds in rows:
        day = datetime.fromtimestamp(seconds, UTC).date()
        messages[day] += 1
        senders[day].add(sender)
        for member in (sender, recipient):
            first_seen[member] = min(seconds, first_seen.get(member, seconds))
    times = [seconds for _, _, seconds in rows]
    return MessageFigures(
        members=len(first_seen),
        messages=len(rows),
        directed_pairs=len({(sender, recipient) for sender, recipient, _ in rows}),
        conversations=len({frozenset((sender, recipient)) for sender, recipient, _ in rows}),
        first=datetime.fromtimestamp(min(times), UTC),
        last=datetime.fromtimestamp(max(times), UTC),
        per_day={day: (messages[day], len(senders[day])) for day in messages},
        sent=Counter(sender for sender, _, _ in rows),
        first_seen={member: datetime.fromtimestamp(moment, UTC) for member, moment in first_seen.items()},
    )


@dataclass(frozen=True)
class RatingFigures:
    """What a file of ``from,to,rating,time`` lines says when it happens in the order of the times.

    Attributes:
        followers, following: by member, of the follows that no block has ended.
        refused: positive ratings after one of the two had rated the other negatively.
        ended: follows that a later negative rating of either ended.
        per_day: follows begun, by UTC day.
    """

    members: int
    edges: int
    positive: int
    followers: Counter[int]
    following: Counter[int]
    blocks: set[tuple[int, int]]
    refused: int
    ended: int
    per_day: Counter[date]


def rating_figures(path: Path) -> RatingFigures:
    """Count the raw lines."""
    with gzip.open(path, "rt", newline="") as lines:
        rows = [
            (int(a), int(b), int(rating), float(seconds))
            for a, b, rating, seconds in (row.values() for row in csv.DictReader(lines))
        ]
    first_block: dict[frozenset[int], float] = {}
    for a, b, rating, seconds in rows:
        if rating < 0:
            pair = frozenset((a, b))
            first_block[pair] = min(seconds, first_block.get(pair, seconds))
    positive = [(a, b, seconds) for a, b, rating, seconds in rows if rating > 0]
    begun = [row for row in positive if row[2] < first_block.get(frozenset(row[:2]), math.inf)]
    lasting = [row for row in begun if frozenset(row[:2]) not in first_block]
    return RatingFigures(
        members=len({member for row in rows for member in row[:2]}),
        edges=len(rows),
        positive=len(positive),
        followers=Counter(rated for _, rated, _ in lasting),
        following=Counter(rater for rater, _, _ in lasting),
        blocks={(a, b) for a, b, rating, _ in rows if rating < 0},
        refused=len(positive) - len(begun),
        ended=len(begun) - len(lasting),
        per_day=Counter(datetime.fromtimestamp(seconds, UTC).date() for _, _, seconds in begun),
    )


def friend_figures(path: Path) -> dict[int, set[int]]:
    """The friends of each member in a file of ``node_1,node_2`` lines."""
    friends: defaultdict[int, set[int]] = defaultdict(set)
    with gzip.open(path, "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            one, other = int(row["node_1"]), int(row["node_2"])
            friends[one].add(other)
            friends[other].add(one)
    return friends


@dataclass(frozen=True)
class SubmissionFigures:
    """What a file of submissions says.

    Attributes:
        points: of each submission, sorted.
        per_author: submissions by author.
        kinds: titles that begin with Ask HN, Show HN, or neither.
        points_per_day: by UTC day, the times read as clocks in New York show them.
    """

    points: list[int]
    per_author: Counter[str]
    kinds: Counter[str]
    points_per_day: Counter[date]


def submission_figures(path: Path) -> SubmissionFigures:
    """Count the raw lines."""
    with gzip.open(path, "rt", newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    points_per_day: Counter[date] = Counter()
    for row in rows:
        day, clock = row["created_at"].split()
        month, number, year = map(int, day.split("/"))
        hour, minute = map(int, clock.split(":"))
        moment = datetime(year, month, number, hour, minute, tzinfo=ZoneInfo("America/New_York"))
        points_per_day[moment.astimezone(UTC).date()] += int(row["num_points"])
    return SubmissionFigures(
        points=sorted(int(row["num_points"]) for row in rows),
        per_author=Counter(row["author"] for row in rows),
        kinds=Counter(kind_of_submission(row["title"]) for row in rows),
        points_per_day=points_per_day,
    )


def kind_of_submission(title: str) -> str:
    """As the site itself tells submissions apart."""
    start = title.lower()
    return next((kind for kind in ("ask hn", "show hn") if start.startswith(kind)), "other")


@dataclass(frozen=True)
class SiteFigures:
    """What the dump of a Stack Exchange site says about questions and answers.

    Attributes:
        likes, comments, answers: by post id.
        likes_per_day: up-votes on questions and answers by UTC day.
        stray_votes: votes on posts that are not in the dump.
        authors: owner by post id; '' for posts without one.
        tags: questions by tag, as the site writes it.
    """

    users: int
    posts: int
    questions: int
    tag_descriptions: int
    likes: Counter[str]
    comments: Counter[str]
    answers: Counter[str]
    scores: dict[str, int]
    down_votes: Counter[str]
    stated_comments: Counter[str]
    stated_answers: Counter[str]
    likes_per_day: Counter[date]
    posts_per_day: Counter[date]
    stray_votes: int
    authors: dict[str, str]
    tags: Counter[str]


def site_figures(folder: Path) -> SiteFigures:
    """Count the raw rows."""
    posts = {row["Id"]: row for row in xml_rows(folder / "Posts.xml.gz")}
    kept = {key: row for key, row in posts.items() if row["PostTypeId"] in ("1", "2")}
    votes = list(xml_rows(folder / "Votes.xml.gz"))
    up = [vote for vote in votes if vote["VoteTypeId"] == "2" and vote["PostId"] in kept]
    down = [vote for vote in votes if vote["VoteTypeId"] == "3" and vote["PostId"] in kept]
    return SiteFigures(
        users=sum(1 for _ in xml_rows(folder / "Users.xml.gz")),
        posts=len(kept),
        questions=sum(row["PostTypeId"] == "1" for row in kept.values()),
        tag_descriptions=len(posts) - len(kept),
        likes=Counter(vote["PostId"] for vote in up),
        comments=Counter(row["PostId"] for row in xml_rows(folder / "Comments.xml.gz")),
        answers=Counter(row["ParentId"] for row in kept.values() if "ParentId" in row),
        scores={key: int(row["Score"]) for key, row in kept.items()},
        down_votes=Counter(vote["PostId"] for vote in down),
        stated_comments=Counter({key: int(row["CommentCount"]) for key, row in kept.items()}),
        stated_answers=Counter({key: int(row.get("AnswerCount", 0)) for key, row in kept.items()}),
        likes_per_day=Counter(date.fromisoformat(vote["CreationDate"][:10]) for vote in up),
        posts_per_day=Counter(date.fromisoformat(row["CreationDate"][:10]) for row in kept.values()),
        stray_votes=sum(vote["PostId"] not in posts for vote in votes),
        authors={key: row.get("OwnerUserId", "") for key, row in kept.items()},
        tags=Counter(
            tag for row in kept.values() for tag in row.get("Tags", "").strip("<>").split("><") if tag
        ),
    )


def xml_rows(path: Path) -> Iterator[dict[str, str]]:
    """The attributes of the rows of a dump's table."""
    with gzip.open(path) as content:
        for row in ET.parse(content).getroot():  # noqa: S314 - data that we chose
            yield dict(row.attrib)
