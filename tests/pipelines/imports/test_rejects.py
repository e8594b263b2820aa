"""Bad rows are left out with a reason; what cannot be read at all is refused."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.imports.source import ImportFailed
from tests.pipelines.imports.conftest import Import

WriteFile = Callable[[str, str], Path]

USERS = '<users><row Id="-1" CreationDate="2020-01-01T00:00:00.000"/></users>'


def reasons(path: Path | None) -> list[tuple[str, str]]:
    assert path is not None
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["row"], row["reason"]) for row in csv.DictReader(file)]


def test_bad_messages(run_import: Import, write_file: WriteFile) -> None:
    path = write_file(
        "few.txt",
        "1 2 1082040961\n1 2\n\n3 x 1082040961\n4 4 1082040961\n1 2 noon\n1 2 99999999999\n1 2 -5\n",
    )
    report = run_import("collegemsg", path)
    tally = report.tallies["messages"]
    assert (tally.rows, tally.written, tally.rejected) == (7, 1, 6)
    assert report.people.written == 2  # people of bad rows do not exist
    assert reasons(report.rejects_file) == [
        ("2", "expected sender, recipient and time, got 2 fields"),
        ("4", "sender and recipient are not both numbers"),
        ("5", "sender and recipient are the same"),
        ("6", "time 'noon' is not in seconds since 1970"),
        ("7", "time 5138-11-16T09:46:39+00:00 is before 1970 or in the future"),
        ("8", "time 1969-12-31T23:59:55+00:00 is before 1970 or in the future"),
    ]
    assert report.rejects_file is not None
    assert report.rejects_file.name == "collegemsg-few.csv"


def test_bad_ratings(run_import: Import, write_file: WriteFile) -> None:
    path = write_file(
        "trust.csv.gz",
        "A,B,C,D\n1,2,5,1289241911.72\n1,2,7,1289241912\n1,1,3,1289241911\n2,1,11,1289241911\n2,3,-4,1289241911\n",
    )
    report = run_import("ratings-graph", path)
    tally = report.tallies["ratings"]
    assert (tally.rows, tally.written, tally.skipped, tally.rejected) == (5, 2, 0, 3)
    assert reasons(report.rejects_file) == [
        ("3", "1 rated 2 in row 2 already"),
        ("4", "nobody can follow or block oneself"),
        ("5", "rating 11 is not from -10 to 10 without 0"),
    ]


def test_bad_friendships(run_import: Import, write_file: WriteFile) -> None:
    path = write_file("club.csv", "node_1,node_2\n1,2\n2,1\n3,3\n1\n1,x\n")
    report = run_import("friend-graph", path)
    tally = report.tallies["friendships"]
    assert (tally.rows, tally.written, tally.rejected) == (5, 1, 4)
    assert reasons(report.rejects_file) == [
        ("3", "2 and 1 are friends in row 2 already"),
        ("4", "nobody is a friend of oneself"),
        ("5", "expected two members, got 1 fields"),
        ("6", "the two are not both numbers"),
    ]


def test_bad_submissions(run_import: Import, write_file: WriteFile) -> None:
    path = write_file(
        "news.csv",
        """id,title,url,num_points,num_comments,author,created_at
1,"Show HN: a, b",http://x.example,2,0,hn1,8/4/2016 11:52
1,Again,,2,0,hn1,8/4/2016 11:52
two,Title,,2,0,hn1,8/4/2016 11:52
3,Title,,-2,0,hn1,8/4/2016 11:52
4,,,2,0,hn1,8/4/2016 11:52
5,Title,,2,0,,8/4/2016 11:52
6,Title,,2,0,hn1,2016-08-04
7,Title,,2,0,hn1,8/4/2999 11:52
8,Title
""",
    )
    report = run_import("hackernews", path)
    figures = {kind: (tally.rows, tally.written, tally.rejected) for kind, tally in report.tallies.items()}
    assert figures == {"posts": (9, 1, 8), "points": (2, 2, 0)}
    assert [reason for _, reason in reasons(report.rejects_file)] == [
        "submission 1 is in row 2 already",
        "id 'two' is not a number",
        "points '-2' are not a number from 0 to 100,000",
        "it has no title",
        "it has no author",
        "time '2016-08-04' is not month/day/year hour:minute",
        "time 2999-08-04T15:52:00+00:00 is before 1970 or in the future",
        "expected 7 fields, got 2",
    ]


@pytest.mark.parametrize("format_name", ["friend-graph", "hackernews"])
def test_another_heading_is_refused(format_name: str, run_import: Import, write_file: WriteFile) -> None:
    with pytest.raises(ImportFailed, match="does not begin with the line"):
        run_import(format_name, write_file("other.csv", "a,b\n1,2\n"))


def test_bad_posts(run_import: Import, write_file: WriteFile) -> None:
    write_file("site/Users.xml", USERS)
    write_file(
        "site/Posts.xml",
        """<posts>
        <row Id="1" PostTypeId="1" CreationDate="2020-01-02T10:00:00.000" Title="A" Body="&lt;b&gt;a"/>
        <row Id="2" PostTypeId="2" ParentId="9" CreationDate="2020-01-02T11:00:00.000" Body="b"/>
        <row Id="3" PostTypeId="1" CreationDate="yesterday" Title="C" Body="c"/>
        <row Id="4" PostTypeId="5" CreationDate="2020-01-02T11:00:00.000" Body="about a tag"/>
        <row Id="5" PostTypeId="1" Title="no date" Body="e"/>
        </posts>""",
    )
    write_file(
        "site/Comments.xml",
        """<comments>
        <row Id="1" PostId="1" Text="hello" CreationDate="2020-01-03T00:00:00.000"/>
        <row Id="2" PostId="3" Text="on a bad post" CreationDate="2020-01-03T00:00:00.000"/>
        </comments>""",
    )
    path = write_file(
        "site/Votes.xml",
        """<votes>
        <row Id="1" PostId="1" VoteTypeId="2" CreationDate="2020-01-02T00:00:00.000"/>
        <row Id="2" PostId="1" VoteTypeId="3" CreationDate="2020-01-02T00:00:00.000"/>
        <row Id="3" PostId="4" VoteTypeId="2" CreationDate="2020-01-02T00:00:00.000"/>
        <row Id="4" PostId="8" VoteTypeId="2" CreationDate="2020-01-02T00:00:00.000"/>
        </votes>""",
    ).parent
    report = run_import("stackexchange", path)
    figures = {
        kind: (tally.rows, tally.written, tally.skipped, tally.rejected)
        for kind, tally in report.tallies.items()
    }
    assert figures == {
        "posts": (5, 1, 1, 3),
        "tags": (0, 0, 0, 0),
        "comments": (2, 1, 0, 1),
        "votes": (4, 1, 2, 1),
    }
    assert reasons(report.rejects_file) == [
        ("Posts.xml:2", "its question 9 is not in the dump before it"),
        ("Posts.xml:3", "time 'yesterday' is not an ISO date and time"),
        ("Posts.xml:5", "attribute CreationDate is missing"),
        ("Comments.xml:2", "post 3 is not in the dump"),
        ("Votes.xml:4", "post 8 is not in the dump"),
    ]


def test_a_clean_import_takes_away_the_rejects_of_an_earlier_attempt(
    run_import: Import, write_file: WriteFile
) -> None:
    bad = run_import("collegemsg", write_file("few.txt", "1 2 1082040961\nnonsense\n"))
    assert bad.rejects_file is not None
    good = run_import("collegemsg", write_file("few.txt", "1 2 1082040961\n"))
    assert good.rejects_file is None
    assert not bad.rejects_file.exists()


@pytest.mark.parametrize("content", ["", "\n\n", "a,b\nc,d\n"])
def test_a_file_without_a_usable_row_is_refused(
    content: str, run_import: Import, write_file: WriteFile
) -> None:
    with pytest.raises(ImportFailed, match="no row that could be read as collegemsg"):
        run_import("collegemsg", write_file("other.txt", content))


def test_what_is_no_text_is_refused(run_import: Import, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    with pytest.raises(ImportFailed, match="not UTF-8"):
        run_import("collegemsg", path)


def test_a_folder_without_the_tables_is_refused(run_import: Import, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"no Users\.xml"):
        run_import("stackexchange", tmp_path)
    with pytest.raises(ImportFailed, match="not a folder"):
        run_import("stackexchange", tmp_path / "absent")
    with pytest.raises(ImportFailed, match="cannot be read"):
        run_import("collegemsg", tmp_path / "absent")
