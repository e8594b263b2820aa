"""What is typed becomes a query that PostgreSQL understands as words and nothing else."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from web.search.terms import terms_of
from web.search.vectors import Field, vector


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("run", "('run':*)"),
        ("Morning run", "('morning':*) & ('run':*)"),
        ("a run", "('a') & ('run':*)"),
        ("mina_kim", "('mina' <1> 'kim':*)"),
        ("서울에", "('서울' <1> '울에')"),
        ("책", "('책':*)"),
        ("방탄BTS", "('방탄' <2> 'bts':*)"),  # 탄 alone stands between the two
        ("#한국", "('#한국':*)"),
        ("run run", "('run':*)"),
        ("@mina", "('mina':*)"),
    ],
)
def test_words_are_looked_for(typed: str, query: str) -> None:
    assert terms_of(typed).tsquery() == query


def test_whole_words_are_looked_for_without_their_endings() -> None:
    assert terms_of("run #tag").tsquery(whole=True) == "('run') & ('#tag')"


@pytest.mark.parametrize("typed", ["", "!!!", "🎉", "#", "' | &"])
def test_there_may_be_nothing_to_look_for(typed: str) -> None:
    assert not terms_of(typed)


@pytest.mark.parametrize(("typed", "tag"), [("#한국", "한국"), ("Korean", "korean"), ("two words", None)])
def test_one_word_may_be_the_beginning_of_a_hashtag(typed: str, tag: str | None) -> None:
    assert terms_of(typed).hashtag == tag


@pytest.fixture(scope="module")
def connection(owner_engine: sa.Engine) -> sa.Connection:  # type: ignore[misc]
    """A database that can be asked how it reads a query."""
    with owner_engine.connect() as connection:
        yield connection


HOSTILE = ["a' | 'b", "a & !b", "(((", "'); DROP TABLE accounts; --", "a:*B", "\\'", "<->", "a<2>b", "!", "%"]
_FOUND = sa.text("SELECT CAST(:words AS tsvector) @@ CAST(:query AS tsquery)")


@pytest.mark.parametrize("typed", HOSTILE)
def test_query_syntax_is_only_text(connection: sa.Connection, typed: str) -> None:
    everything = vector([Field("c", "A")])
    for query in (terms_of(typed).tsquery(), terms_of(typed).tsquery(whole=True)):
        assert not connection.scalar(_FOUND, {"words": everything, "query": query})


@given(st.text(max_size=200).filter(lambda text: "\0" not in text))
def test_whatever_is_written_finds_itself(connection: sa.Connection, text: str) -> None:
    terms = terms_of(text)
    words = vector([Field("other words", "A"), Field(text, "C")], _tags(text))
    if terms:
        assert connection.scalar(_FOUND, {"words": words, "query": terms.tsquery()})


def _tags(text: str) -> list[str]:
    return [tag for chunk in text.replace("\uff03", "#").split() for tag in chunk.split("#")[1:]]
