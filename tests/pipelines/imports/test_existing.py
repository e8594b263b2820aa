"""Imports into a community that lives already."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from pipelines.imports.source import ImportFailed
from tests.pipelines.audit import wrong_counters
from tests.pipelines.imports.conftest import Import
from web.accounts.models import Account, Email
from web.content.models import Content
from web.core.ids import new_id
from web.graph.models import Follow, FollowRequest, FriendRequest, Partnership, RelationCount
from web.messaging.models import Conversation, ConversationMember, Message
from web.notifications.models import Notification

WriteFile = Callable[[str, str], Path]
NOW = datetime.now(UTC)


def member_id(connection: sa.Connection, username: str) -> UUID:
    found = connection.scalar(sa.select(Account.id).where(Account.username == username))
    assert found is not None
    return found


def test_a_longer_file_adds_what_is_new(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    first = [f"{1 + n % 3} {4 + n % 2} {1082040961 + n}\n" for n in range(60)]
    more = [f"{2 + n % 4} {7 + n % 2} {1082050000 + n}\n" for n in range(40)]
    run_import("collegemsg", write_file("a.txt", "".join(first)))
    report = run_import("collegemsg", write_file("b.txt", "".join(first + more)))
    tally = report.tallies["messages"]
    assert (tally.rows, tally.written, tally.present) == (100, 40, 60)
    assert wrong_counters(web_engine) == {}
    with web_engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM events WHERE name = 'message_sent'")) == 100


def test_messages_come_after_those_of_a_living_conversation(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    run_import("collegemsg", write_file("a.txt", "1 2 1082040961\n2 1 1082040962\n"))
    with web_engine.begin() as connection:
        talk = connection.execute(sa.select(Conversation.id, Conversation.last_seq)).one()
        assert talk.last_seq == 2
        one, two = (member_id(connection, f"collegemsg-{key}") for key in (1, 2))
        connection.execute(
            sa.insert(Message).values(
                id=new_id(),
                conversation_id=talk.id,
                seq=3,
                sender_id=one,
                client_id=new_id(),
                body="live",
                created_at=NOW,
            )
        )
        connection.execute(sa.update(Conversation).values(last_seq=3, last_message_at=NOW))
        connection.execute(
            sa.update(ConversationMember).where(ConversationMember.member_id == one).values(last_read_seq=3)
        )

    run_import("collegemsg", write_file("b.txt", "1 2 1082040961\n2 1 1082040962\n1 2 1082040963\n"))
    with web_engine.connect() as connection:
        assert connection.execute(sa.select(Conversation.last_seq, Conversation.last_message_at)).all() == [
            (4, NOW)
        ]
        places = connection.execute(
            sa.select(ConversationMember.member_id, ConversationMember.last_read_seq)
        ).all()
        read = {place.member_id: place.last_read_seq for place in places}
    # History does not make unread what was read, nor the other way round.
    assert read == {one: 4, two: 2}
    assert wrong_counters(web_engine) == {}


def test_follows_add_to_living_counts(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    run_import("ratings-graph", write_file("trust.csv", "1,2,5,1289241911\n"))
    with web_engine.begin() as connection:
        one, two = (member_id(connection, f"trust-{key}") for key in (1, 2))
        connection.execute(sa.insert(Follow).values(follower_id=two, followed_id=one, created_at=NOW))
        connection.execute(
            sa.update(RelationCount).where(RelationCount.member_id == one).values(follower_count=1)
        )
        connection.execute(
            sa.update(RelationCount).where(RelationCount.member_id == two).values(following_count=1)
        )
    # The second row is a follow that a member has made since, at another time.
    path = write_file("trust.csv", "1,2,5,1289241911\n2,1,3,1289241912\n2,3,1,1289241913\n")
    report = run_import("ratings-graph", path)
    assert (report.tallies["ratings"].written, report.tallies["ratings"].present) == (1, 2)
    assert wrong_counters(web_engine) == {}
    with web_engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM events WHERE name = 'member_followed'")) == 2


def test_blocks_and_follows_happen_in_the_order_of_their_times(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    rows = [
        "1,2,5,1000\n",  # ended by the block after it
        "2,1,-3,2000\n",
        "1,3,-1,2000\n",
        "3,1,4,3000\n",  # too late
        "3,2,4,3000\n",
    ]
    report = run_import("ratings-graph", write_file("trust.csv", "".join(reversed(rows))))
    tally = report.tallies["ratings"]
    assert (tally.written, tally.skipped) == (4, 1)
    assert wrong_counters(web_engine) == {}
    log = "SELECT name, occurred_at FROM events WHERE name LIKE 'member_%' ORDER BY occurred_at, name"
    with web_engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM follows")) == 1
        happened = [
            (row.name, row.occurred_at.timestamp())
            for row in connection.execute(sa.text(log))
            if row.name != "member_joined"
        ]
    assert happened == [
        ("member_followed", 1000),
        ("member_blocked", 2000),
        ("member_blocked", 2000),
        ("member_unfollowed", 2000),
        ("member_followed", 3000),
    ]


def test_a_block_in_a_longer_file_ends_what_an_earlier_one_began(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    run_import("ratings-graph", write_file("a.csv", "1,2,5,1000\n2,1,5,1000\n"), source="club")
    run_import("friend-graph", write_file("b.csv", "node_1,node_2\n1,2\n2,3\n"), source="club")
    longer = write_file("c.csv", "1,2,5,1000\n2,1,5,1000\n1,4,-5,1500\n")
    run_import("ratings-graph", longer, source="club")
    run_import("ratings-graph", write_file("d.csv", "2,3,-5,2000\n3,2,-5,1900\n"), source="club")
    assert wrong_counters(web_engine) == {}
    with web_engine.connect() as connection:
        counts = "SELECT friend_count, follower_count, following_count FROM relation_counts"
        assert sorted(map(tuple, connection.execute(sa.text(counts)))) == [(0, 0, 0), (1, 1, 1), (1, 1, 1)]
        ended = "SELECT name, count(*) FROM events WHERE name LIKE '%ended' OR name LIKE '%unf%' GROUP BY 1"
        assert dict(map(tuple, connection.execute(sa.text(ended)))) == {
            "friendship_ended": 1,
            "member_unfollowed": 2,
        }


def test_a_block_ends_what_waits_between_the_two_and_nothing_else(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    run_import("ratings-graph", write_file("a.csv", "1,2,5,1000\n2,3,5,1000\n3,1,5,1000\n"), source="club")
    with web_engine.begin() as connection:
        one, two, three = (member_id(connection, f"club-{key}") for key in (1, 2, 3))
        for asking, asked, declined_at in ((one, two, None), (two, one, NOW), (one, three, None)):
            request_id = new_id()
            friend = {"id": request_id, "sender_id": asking, "receiver_id": asked, "created_at": NOW}
            connection.execute(sa.insert(FriendRequest), {**friend, "declined_at": declined_at})
            follow = {"requester_id": asking, "member_id": asked, "created_at": NOW}
            connection.execute(sa.insert(FollowRequest), follow)
            told = {"member_id": asked, "actor_id": asking, "target_kind": "member", "target_id": asking}
            for type_name in ("follow_request", "friend_request", "member_followed"):
                row = {"id": new_id(), "event_id": new_id(), "type": type_name, "created_at": NOW, **told}
                connection.execute(sa.insert(Notification), row)
            partners = {"id": new_id(), "inviter_id": asking, "invitee_id": asked, "created_at": NOW}
            if declined_at is None:
                connection.execute(sa.insert(Partnership), partners)

    run_import("ratings-graph", write_file("b.csv", "2,1,-5,2000\n"), source="club")
    with web_engine.connect() as connection:

        def rows(*columns: Any) -> set[tuple[Any, ...]]:
            return set(map(tuple, connection.execute(sa.select(*columns))))

        friends = rows(FriendRequest.sender_id, FriendRequest.receiver_id, FriendRequest.withdrawn_at)
        assert {(sender, receiver, bool(at)) for sender, receiver, at in friends} == {
            (two, one, True),  # declined, and kept so that asking anew reaches nobody
            (one, three, False),
        }
        assert rows(FollowRequest.requester_id, FollowRequest.member_id) == {(one, three)}
        partnerships = rows(Partnership.inviter_id, Partnership.invitee_id, Partnership.status)
        assert partnerships == {(one, two, "ended"), (one, three, "invited")}
        still_told = rows(Notification.actor_id, Notification.member_id, Notification.type)
        followed = {(asking, asked, "member_followed") for asking, asked in ((one, two), (two, one))}
        of_three = {(one, three, name) for name in ("follow_request", "friend_request", "member_followed")}
        assert still_told == followed | of_three
        ended = "SELECT name, actor_id FROM events WHERE name LIKE '%withdrawn' OR name LIKE 'partnership%'"
        assert sorted(map(tuple, connection.execute(sa.text(ended)))) == sorted(
            [
                ("follow_request_withdrawn", one),
                ("follow_request_withdrawn", two),
                ("friend_request_withdrawn", one),
                ("partnership_ended", two),
            ]
        )


def test_tags_of_several_sites_add_up(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    for site in ("alpha", "beta"):
        write_file(f"{site}/Users.xml", "<users/>")
        write_file(f"{site}/Comments.xml", "<comments/>")
        write_file(f"{site}/Votes.xml", "<votes/>")
        posts = write_file(
            f"{site}/Posts.xml",
            f"""<posts>
            <row Id="1" PostTypeId="1" CreationDate="2020-01-02T10:00:00" Title="{site}" Body="a"
                Tags="&lt;word-order&gt;&lt;c++&gt;&lt;語順&gt;&lt;+&gt;"/>
            <row Id="2" PostTypeId="1" CreationDate="2020-01-03T10:00:00" Title="B" Body="b" Tags="|C#|c++|"/>
            </posts>""",
        )
        report = run_import("stackexchange", posts.parent)
        assert report.tallies["tags"].written == 4
    with web_engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT tag, use_count, last_used_at::date::text FROM hashtags"))
        assert {row[0]: tuple(row[1:]) for row in rows} == {
            "word_order": (2, "2020-01-02"),
            "c": (4, "2020-01-03"),
            "語順": (2, "2020-01-02"),
        }
    assert wrong_counters(web_engine) == {}


def test_undoing_something_imported_stays_undone(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    path = write_file("trust.csv", "1,2,5,1289241911\n3,2,5,1289241912\n")
    run_import("ratings-graph", path)
    with web_engine.begin() as connection:
        one, two = (member_id(connection, f"trust-{key}") for key in (1, 2))
        connection.execute(sa.delete(Follow).where(Follow.follower_id == one))
        connection.execute(
            sa.update(RelationCount).where(RelationCount.member_id == one).values(following_count=0)
        )
        connection.execute(
            sa.update(RelationCount).where(RelationCount.member_id == two).values(follower_count=1)
        )
    assert run_import("ratings-graph", path).already is not None
    assert wrong_counters(web_engine) == {}


def test_a_username_of_a_member_with_a_login_is_not_taken_over(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    squatter = new_id()
    with web_engine.begin() as connection:
        connection.execute(
            sa.insert(Account).values(
                id=squatter,
                username="collegemsg-1",
                username_key="collegemsg-1",
                nickname="One",
                created_at=NOW,
            )
        )
        connection.execute(
            sa.insert(Email).values(
                account_id=squatter, address="one@x.example", address_key="one@x.example", verified_at=NOW
            )
        )
    path = write_file("a.txt", "1 2 1082040961\n")
    with pytest.raises(ImportFailed, match="--source"):
        run_import("collegemsg", path)
    report = run_import("collegemsg", path, source="college")
    assert report.people.written == 2


def test_two_graphs_are_two_communities(
    run_import: Import, web_engine: sa.Engine, write_file: WriteFile
) -> None:
    run_import("ratings-graph", write_file("alpha.csv", "1,2,5,1289241911\n"))
    run_import("ratings-graph", write_file("beta.csv", "1,2,5,1289241911\n\n"))
    with web_engine.connect() as connection:
        names = sorted(connection.scalars(sa.select(Account.username)))
        assert names == ["alpha-1", "alpha-2", "beta-1", "beta-2"]
        assert connection.scalar(sa.select(sa.func.count()).select_from(Content)) == 0
