"""The index follows what it stands for, can be made anew, and forgets with the erasure."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person, make_post
from tests.web.together import together
from web.content.models import Content
from web.core.app import App
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.personal_data import PersonalData
from web.search import index
from web.search.index import CONTENT, MEMBER, SearchIndex
from web.search.models import SearchDocument

Find = Callable[..., list[str]]


@pytest.fixture
def documents(owner_engine: sa.Engine) -> Callable[[], dict[str, str]]:
    """The words of every document by kind and id."""

    def documents() -> dict[str, str]:
        rows = sa.select(SearchDocument.kind, SearchDocument.id, SearchDocument.words)
        with owner_engine.connect() as connection:
            return {f"{row.kind} {row.id}": row.words for row in connection.execute(rows)}

    return documents


def write_unnoticed(engine: sa.Engine, author: Person, body: str) -> None:
    """A post as imports write it: no event tells of it."""
    row = {"id": new_id(), "author_id": author.id, "body": body, "created_at": sa.func.now()}
    with engine.begin() as connection:
        connection.execute(sa.insert(Content).values(row))


def test_a_rebuilt_index_is_the_one_that_was_kept(
    app: App, mina: Person, run_jobs: Callable[[], int], rebuild: Callable[[], None],
    documents: Callable[[], dict[str, str]], owner_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(index, "BATCH", 2)
    for number in range(5):
        make_post(app, mina, f"서울에서 {number}")
    run_jobs()
    kept = documents()
    assert len(kept) == 6
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(SearchDocument).where(SearchDocument.kind == MEMBER))
        connection.execute(sa.update(SearchDocument).values(words="'wrong':1"))
        stale = {
            "kind": CONTENT,
            "id": new_id(),
            "owner_id": mina.id,
            "words": "'stale'",
            "created_at": sa.func.now(),
        }
        connection.execute(sa.insert(SearchDocument).values(stale))
    rebuild()
    assert documents() == kept


def test_a_job_rebuilds_it_in_batches(
    app: App, mina: Person, run_jobs: Callable[[], int], documents: Callable[[], dict[str, str]],
    owner_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(index, "BATCH", 2)
    for number in range(5):
        make_post(app, mina, f"rain {number}")
    run_jobs()
    kept = documents()
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(SearchDocument))
    with app.work() as services:
        services[JobLog].add("search.rebuild")
    while run_jobs():
        pass
    assert documents() == kept


def test_what_imports_wrote_is_found_after_the_daily_job(
    app: App, mina: Person, run_jobs: Callable[[], int], find_posts: Find, owner_engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(index, "BATCH", 2)
    for number in range(5):
        write_unnoticed(owner_engine, mina, f"imported {number}")
    assert find_posts("imported") == []
    with app.work() as services:
        services[JobLog].add("search.catch_up")
    assert len(find_posts("imported")) == 5


def test_a_text_without_words_is_caught_up_with_once(app: App, mina: Person, owner_engine: sa.Engine) -> None:
    write_unnoticed(owner_engine, mina, "🎉")
    with app.work() as services:
        search = services[SearchIndex]
        assert len(search.put_batch(CONTENT, only_missing=True)) == 1
        assert search.put_batch(CONTENT, only_missing=True) == []


def test_who_writes_last_is_in_the_index(
    app: App, mina: Person, find_posts: Find, owner_engine: sa.Engine
) -> None:
    """Several write the same document at once; each sees what was committed before it began to read."""
    post = make_post(app, mina, "version 0")

    def write(number: int) -> None:
        with owner_engine.begin() as connection:
            connection.execute(sa.update(Content).where(Content.id == post).values(body=f"version x{number}"))
        with app.work() as services:
            services[SearchIndex].put(CONTENT, [post])

    together([partial(write, number) for number in range(6)])
    with owner_engine.connect() as connection:
        last = connection.scalar(sa.select(Content.body).where(Content.id == post))
    assert find_posts(str(last).split()[1]) == [last]


@pytest.mark.parametrize("keeps_content", [True, False])
def test_an_erased_member_is_not_found_and_what_they_left_is(
    app: App, mina: Person, find_posts: Find, find_users: Find, owner_engine: sa.Engine, keeps_content: bool
) -> None:
    person = make_person(app, "zelda", full_name="Zelda Quux")
    make_post(app, person, "left in public")
    make_post(app, person, "left for followers", "followers")
    assert (find_users("quux"), find_posts("left")) == (["zelda"], ["left in public"])
    with app.work() as services:
        for eraser in app.value(PersonalData).erasers:
            eraser.erase(services, person.id, keeps_content)
    assert find_users("quux") == find_users("zelda") == []
    assert len(documents_of(owner_engine, person)) == keeps_content


def documents_of(engine: sa.Engine, person: Person) -> list[Any]:
    with engine.connect() as connection:
        mine = sa.select(SearchDocument.words).where(SearchDocument.owner_id == person.id)
        return list(connection.scalars(mine))


def test_no_gap_is_left_in_personal_data(app: App) -> None:
    assert "search_documents" in app.personal_data.not_copied
    assert [eraser.feature for eraser in app.personal_data.erasers].count("search") == 1
