"""Statements that are written once: their SQL, and what they give."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person
from web.accounts.models import Account
from web.core.app import App
from web.core.db import rows_of, with_literals

WHO = sa.bindparam("who", type_=sa.Uuid())
NAMED = sa.select(Account.nickname, sa.literal("it's 100 %: \\n").label("note"), sa.true().label("found"))
KNOWN = with_literals(
    NAMED.where(Account.id == WHO, Account.kind.in_(("person", "system")), sa.literal(3) > 2)
)


def test_constants_are_in_the_sql_and_names_are_left() -> None:
    assert set(KNOWN.compile().params) == {"who"}
    assert "kind IN ('person', 'system')" in str(KNOWN)
    assert "it''s 100" in str(KNOWN)


def test_its_rows_are_those_of_the_statement_that_it_was_made_of(app: App, mina: Person) -> None:
    with app.reading() as services:
        session = services[Session]
        expected = session.execute(NAMED.where(Account.id == mina.id)).all()
        assert rows_of(session, KNOWN, {"who": mina.id}) == expected
        assert expected == [("Mina", "it's 100 %: \\n", True)]


def test_what_is_not_sent_yet_is_sent_before(app: App, mina: Person) -> None:
    with app.work() as services:
        session = services[Session]
        session.get_one(Account, mina.id).nickname = "Later"
        assert [row.nickname for row in rows_of(session, KNOWN, {"who": mina.id})] == ["Later"]


def test_only_codes_and_whole_numbers_are_constants() -> None:
    with pytest.raises(TypeError):
        with_literals(sa.select(sa.literal(0.1)))
