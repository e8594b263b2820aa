"""Cursors are opaque, signed and bound to their list."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.core.errors import InvalidCursor
from web.core.pagination import CursorSigner, PageQuery, Position

SIGNER = CursorSigner("a secret", "feeds.following|/api/v1/feed/following|{}")
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.uuids())
def test_a_cursor_comes_back_as_the_position_it_was_made_of(moment: datetime, item_id: UUID) -> None:
    position = SIGNER.decode(SIGNER.encode(Position.at(moment, item_id)))
    assert (position.created_at, position.id) == (moment, item_id)


@given(MOMENTS, st.uuids(), st.data())
def test_a_changed_cursor_is_refused(moment: datetime, item_id: UUID, data: st.DataObject) -> None:
    cursor = SIGNER.encode(Position.at(moment, item_id))
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("ABCDwxyz0189-_"))
    changed = cursor[:place] + letter + cursor[place + 1 :]
    if changed != cursor:
        with pytest.raises(InvalidCursor):
            SIGNER.decode(changed)


@pytest.mark.parametrize("signer", [SIGNER._replace(scope="another list"), SIGNER._replace(secret="another")])
def test_a_cursor_of_another_list_or_installation_is_refused(signer: CursorSigner) -> None:
    cursor = signer.encode(Position(1, UUID(int=1)))
    with pytest.raises(InvalidCursor):
        SIGNER.decode(cursor)


@given(st.text(max_size=200))
def test_no_text_makes_a_cursor_fail_in_another_way(text: str) -> None:
    with pytest.raises(InvalidCursor):
        SIGNER.decode(text)


def test_a_full_page_names_the_next_one_and_the_last_page_does_not() -> None:
    query = PageQuery(limit=2)
    query.bind(SIGNER)
    rows = [Position(micros, UUID(int=micros)) for micros in (5, 4, 3)]
    page = query.page(rows, lambda row: row.order, lambda row: row)
    assert page.items == [5, 4]
    assert page.next_cursor is not None
    assert SIGNER.decode(page.next_cursor) == rows[1]
    assert query.page(rows[2:], lambda row: row.order, lambda row: row).next_cursor is None
