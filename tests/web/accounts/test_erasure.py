"""Erasing a member: nothing of theirs is left anywhere, and nothing of the others' is missing."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from tests.factories import Person, make_person
from tests.web.accounts.full_life import TRACES, Life, live
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts.events import MemberErased
from web.accounts.models import Account
from web.accounts.my_data import erasure
from web.accounts.my_data.erasure import ErasureService
from web.accounts.service import AccountService
from web.core.app import App
from web.core.errors import NotFound
from web.core.models import Visit
from web.core.personal_data import Eraser
from web.core.security import SessionDirectory
from web.core.storage import NoSuchFile, Storage

WORDS = ("umbrellas", " by Z", "posted once")


@pytest.fixture
def life(app: App, wsgi: Any) -> Life:
    """A member with everything."""
    return live(app, wsgi)


def ask(app: App, person: Person, *, keeps_content: bool = False, days_ago: int = 31) -> None:
    """As if the member had asked to be deleted so many days ago."""
    change = {
        "deletion_requested_at": app.clock.now() - timedelta(days=days_ago),
        "keeps_content": keeps_content,
    }
    with app.work() as services:
        services[DbSession].execute(sa.update(Account).where(Account.id == person.id).values(change))


def erase(app: App, person: Person) -> bool:
    with app.work() as services:
        return services[ErasureService].erase(person.id)


def erase_and_fail(service: ErasureService, person: Person) -> None:
    service.erase(person.id)
    raise RuntimeError("the power is gone")


def everything(engine: sa.Engine) -> dict[str, str]:
    """All values of schema public, as text, by table and column."""
    with engine.connect() as connection:
        columns = connection.execute(
            sa.text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name NOT LIKE 'events\\_%'"
            )
        ).all()
        found = {}
        for table, column, kind in columns:
            value = f"encode({column}, 'escape')" if kind == "bytea" else f"{column}::text"
            # Names of the schema itself.
            query = sa.text(f"SELECT string_agg({value}, E'\\n') FROM {table}")  # noqa: S608
            found[f"{table}.{column}"] = connection.scalar(query) or ""
    return found


def traces(engine: sa.Engine, *wanted: str) -> list[str]:
    """Where any of some texts is found, whatever its case."""
    return [
        f"{place}: {text}"
        for place, values in everything(engine).items()
        for text in wanted
        if text.lower() in values.lower()
    ]


COUNTERS = {
    "comments on posts": """
        SELECT id FROM content WHERE comment_count <>
        (SELECT count(*) FROM comments WHERE content_id = content.id AND deleted_at IS NULL)""",
    "likes of posts": """
        SELECT id FROM content WHERE like_count <>
        (SELECT count(*) FROM likes WHERE content_id = content.id)""",
    "likes of comments": """
        SELECT id FROM comments WHERE like_count <>
        (SELECT count(*) FROM comment_likes WHERE comment_id = comments.id)""",
    "saves of posts": """
        SELECT id FROM content WHERE save_count <>
        (SELECT count(*) FROM saves WHERE content_id = content.id)""",
    "views of posts": """
        SELECT id FROM content WHERE view_count <>
        (SELECT count(*) FROM views WHERE content_id = content.id)""",
    "replies to comments": """
        SELECT id FROM comments AS above WHERE reply_count <>
        (SELECT count(*) FROM comments WHERE parent_id = above.id
         AND (deleted_at IS NULL OR reply_count > 0))""",
    "followers": """
        SELECT member_id FROM relation_counts WHERE follower_count <>
        (SELECT count(*) FROM follows WHERE followed_id = member_id)""",
    "following": """
        SELECT member_id FROM relation_counts WHERE following_count <>
        (SELECT count(*) FROM follows WHERE follower_id = member_id)""",
    "friends": """
        SELECT member_id FROM relation_counts WHERE friend_count <>
        (SELECT count(*) FROM friendships WHERE friendships.member_id = relation_counts.member_id)""",
    "participants of rooms": """
        SELECT id FROM rooms WHERE participant_count <>
        (SELECT count(*) FROM room_places WHERE room_id = rooms.id AND left_at IS NULL)""",
}


def wrong_counters(engine: sa.Engine) -> dict[str, list[Any]]:
    """Counters that do not agree with what they count."""
    with engine.connect() as connection:
        rows = {name: list(connection.scalars(sa.text(query))) for name, query in COUNTERS.items()}
    return {name: ids for name, ids in rows.items() if ids}


def test_the_member_has_left_a_trace_in_every_table(life: Life, owner_engine: sa.Engine) -> None:
    """Guards the tests below: what is not there cannot be seen to go."""
    where = traces(owner_engine, *TRACES, *WORDS)
    assert {text for text in (*TRACES, *WORDS) if not any(found.endswith(text) for found in where)} == set()
    assert wrong_counters(owner_engine) == {}


@pytest.mark.parametrize("keeps_content", [False, True])
def test_nothing_that_leads_to_the_member_is_left(
    app: App, life: Life, owner_engine: sa.Engine, keeps_content: bool
) -> None:
    ask(app, life.zelda, keeps_content=keeps_content)
    assert erase(app, life.zelda)
    assert traces(owner_engine, *TRACES, life.member_key) == []
    assert wrong_counters(owner_engine) == {}


def test_what_the_member_shared_is_gone_and_what_others_said_elsewhere_is_not(
    app: App, api: Api, life: Life, owner_engine: sa.Engine
) -> None:
    ask(app, life.zelda)
    erase(app, life.zelda)
    assert traces(owner_engine, *WORDS) == []
    api.get(f"/posts/{life.ids['public']}", life.joon, status=404)
    post = api.get(f"/posts/{life.ids['others']}", life.joon)
    assert (post["like_count"], post["comment_count"]) == (1, 3)
    thread = api.every_page(f"/posts/{life.ids['others']}/comments", life.joon)
    assert [(item["body"], item["deleted"], item["reply_count"]) for item in thread] == [
        (None, True, 1),
        ("said by S", False, 0),
        (None, True, 1),
    ]
    replies = api.every_page(f"/comments/{life.ids['answered']}/replies", life.joon)
    assert [item["body"] for item in replies] == ["answered by S"]


def test_what_was_public_stays_under_nobodys_name_if_the_member_wants_it(
    app: App, api: Api, life: Life, owner_engine: sa.Engine
) -> None:
    ask(app, life.zelda, keeps_content=True)
    erase(app, life.zelda)
    post = api.get(f"/posts/{life.ids['public']}", life.joon)
    assert (post["body"], post["like_count"], post["comment_count"]) == ("umbrellas for all", 1, 2)
    author = post["author"]
    assert (author["id"], author["nickname"], author["is_deleted"]) == (str(life.zelda.id), "deleted", True)
    assert author["username"].startswith("deleted_")
    thread = api.every_page(f"/posts/{life.ids['others']}/comments", life.joon)
    assert "alone by Z" in [item["body"] for item in thread]
    for gone in ("umbrellas for friends", "umbrellas no more", "closed words", "withdrawn", "gone by"):
        assert traces(owner_engine, gone) == []
    assert api.get(f"/posts/{life.ids['others']}", life.joon)["like_count"] == 1
    api.get(f"/users/{life.zelda.id}", life.joon, status=404)


def test_what_a_banned_member_shared_does_not_come_back(
    app: App, life: Life, owner_engine: sa.Engine
) -> None:
    ask(app, life.zelda, keeps_content=True)
    with app.work() as services:
        ban = sa.update(Account).where(Account.id == life.zelda.id).values(banned_at=app.clock.now())
        services[DbSession].execute(ban)
    erase(app, life.zelda)
    assert traces(owner_engine, *WORDS) == []


def test_messages_stay_with_those_who_received_them(app: App, api: Api, life: Life) -> None:
    ask(app, life.zelda)
    erase(app, life.zelda)
    messages = api.get(f"/conversations/{life.conversation_id}/messages", life.joon)["items"]
    assert [item["body"] for item in messages] == ["a letter from J", "a letter from Z"]
    partner = api.get(f"/conversations/{life.conversation_id}", life.joon)["partner"]
    assert (partner["nickname"], partner["is_deleted"]) == ("deleted", True)


def test_a_conversation_that_nobody_is_left_in_goes(app: App, life: Life, owner_engine: sa.Engine) -> None:
    for person in (life.zelda, life.joon):
        ask(app, person)
    together([lambda: erase(app, life.zelda), lambda: erase(app, life.joon)])
    assert traces(owner_engine, "a letter from") == []
    assert wrong_counters(owner_engine) == {}


def test_the_others_keep_what_is_theirs(app: App, api: Api, life: Life) -> None:
    ask(app, life.zelda)
    erase(app, life.zelda)
    assert [card["username"] for card in api.every_page(f"/users/{life.joon.id}/followers", life.joon)] == [
        "sora"
    ]
    assert api.every_page(f"/users/{life.joon.id}/following", life.joon) == []
    told = api.every_page("/notifications", life.joon)
    assert {item["actor"]["username"] for item in told if item["actor"]} == {"sora"}
    with app.reading() as services:
        names = services[DbSession].scalars(sa.select(Account.username).order_by(Account.username)).all()
    assert [name for name in names if not name.startswith("deleted_")] == ["joon", "rival", "sora"]


def test_sessions_end_and_no_way_leads_in(app: App, api: Api, life: Life) -> None:
    ask(app, life.zelda)
    erase(app, life.zelda)
    api.get("/auth/me", life.zelda, status=401)
    with app.reading() as services:
        assert services[SessionDirectory].live([life.zelda.session_id]) == set()
        revoked = services[DbSession].scalars(sa.text("SELECT session_id FROM analytics.revoked_sessions"))
        assert life.zelda.session_id in set(revoked)
    credentials = {"email": "zelda.quux@example.com", "password": "a good password"}
    api.post("/auth/login", credentials, status=401)


def test_visits_stay_counted_without_a_visitor(app: App, life: Life) -> None:
    ask(app, life.zelda)
    erase(app, life.zelda)
    with app.reading() as services:
        (visit,) = services[DbSession].execute(sa.select(Visit.visitor, Visit.pages, Visit.is_member)).all()
    assert (visit.pages, visit.is_member, len(visit.visitor)) == (3, True, 32)


def test_files_go_after_the_transaction(app: App, life: Life, run_jobs: Callable[[], int]) -> None:
    ask(app, life.zelda)
    storage = app.value(Storage)  # type: ignore[type-abstract]
    with pytest.raises(RuntimeError), app.work() as services:
        erase_and_fail(services[ErasureService], life.zelda)
    while run_jobs():
        pass
    storage.open(life.file_key).close()
    erase(app, life.zelda)
    storage.open(life.file_key).close()
    while run_jobs():
        pass
    with pytest.raises(NoSuchFile):
        storage.open(life.file_key)


def test_a_failure_in_the_middle_undoes_all_of_it(
    app: App, life: Life, owner_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the power is gone")

    ask(app, life.zelda)
    before = everything(owner_engine)
    # The last of all: everything else is done by then.
    monkeypatch.setattr(app.personal_data, "_erasers", [Eraser("x", (), fail), *app.personal_data._erasers])
    with pytest.raises(RuntimeError):
        erase(app, life.zelda)
    assert everything(owner_engine) == before
    monkeypatch.undo()
    assert erase(app, life.zelda)


def test_twice_is_once(app: App, life: Life, emitted: Callable[..., Any], owner_engine: sa.Engine) -> None:
    ask(app, life.zelda)
    assert erase(app, life.zelda)
    after = everything(owner_engine)
    assert not erase(app, life.zelda)
    assert everything(owner_engine) == after
    assert emitted().count(MemberErased(member_id=life.zelda.id)) == 1


def test_two_at_once_erase_once(app: App, life: Life, emitted: Callable[..., Any]) -> None:
    ask(app, life.zelda)
    assert sorted(together([lambda: erase(app, life.zelda)] * 2)) == [False, True]
    assert emitted().count(MemberErased(member_id=life.zelda.id)) == 1


@pytest.mark.parametrize("days_ago", [0, 29])
def test_nobody_is_erased_before_their_time(app: App, life: Life, days_ago: int) -> None:
    ask(app, life.zelda, days_ago=days_ago)
    assert not erase(app, life.zelda)


def test_whoever_changed_their_mind_stays(app: App, mina: Person) -> None:
    ask(app, mina)
    with app.work() as services:
        services[DbSession].execute(sa.update(Account).values(deletion_requested_at=None))
    assert not erase(app, mina)


def test_a_change_of_mind_at_the_last_moment_counts_or_comes_too_late(
    app: App, life: Life, owner_engine: sa.Engine
) -> None:
    def stay() -> None:
        with suppress(NotFound), app.work() as services:
            services[AccountService].cancel_deletion(life.zelda.id)

    def go() -> None:
        erase(app, life.zelda)

    ask(app, life.zelda)
    together([go, stay])
    with app.reading() as services:
        gone = services[DbSession].get_one(Account, life.zelda.id).erased_at is not None
    assert bool(traces(owner_engine, *TRACES)) != gone


def test_a_member_who_only_left_for_too_long_is_erased(app: App, mina: Person) -> None:
    with app.work() as services:
        long_ago = app.clock.now() - timedelta(days=31)
        services[DbSession].execute(sa.update(Account).values(deactivated_at=long_ago))
    assert erase(app, mina)


def test_time_brings_it_about(
    app: App, life: Life, run_jobs: Callable[[], int], owner_engine: sa.Engine
) -> None:
    ask(app, life.zelda)
    with app.work() as services:
        app.jobs["accounts.sweep"].body(services)
    while run_jobs():
        pass
    assert traces(owner_engine, *TRACES) == []


def test_the_name_is_free_again(app: App, mina: Person) -> None:
    ask(app, mina)
    erase(app, mina)
    assert make_person(app, "mina").id != mina.id


def test_a_tombstone_says_nothing(app: App, life: Life) -> None:
    ask(app, life.zelda)
    erase(app, life.zelda)
    with app.reading() as services:
        left = services[DbSession].get_one(Account, life.zelda.id)
    assert left.erased_at is not None
    said = {
        column.name: getattr(left, column.name)
        for column in Account.__table__.columns
        if "personal" in column.info and column.server_default is None
    }
    assert {name for name, value in said.items() if value} == {"username", "username_key", "nickname"}
    assert (left.zone, left.locale, left.is_admin) == ("UTC", "ko", False)


def test_every_table_of_accounts_with_an_account_is_emptied() -> None:
    """The list in the code is the list of the models."""
    hanging = {
        mapper.local_table.name
        for mapper in Account.registry.mappers
        if mapper.class_.__module__.startswith("web.accounts") and "account_id" in mapper.columns
    }
    assert hanging == {table.__tablename__ for table in erasure._GONE} | {"sessions"}


def test_new_messages_do_not_reach_a_tombstone(app: App, api: Api, life: Life) -> None:
    ask(app, life.zelda)
    erase(app, life.zelda)
    api.post("/conversations", {"member_id": str(life.zelda.id)}, life.sora, status=404)
