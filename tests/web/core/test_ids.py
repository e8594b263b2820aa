"""Ids are UUIDv7: in order of creation, and derived ones always the same."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from web.core.ids import derived_id, new_id

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def test_new_ids_are_version_7_and_in_order_of_creation() -> None:
    ids = [new_id() for _ in range(5_000)]
    assert {(made.version, made.variant) for made in ids} == {(7, "specified in RFC 4122")}
    assert sorted(made.int >> 64 for made in ids) == [made.int >> 64 for made in ids]
    assert len(set(ids)) == len(ids)


@given(MOMENTS, st.text(), st.integers())
def test_a_derived_id_depends_on_moment_and_key_alone(moment: datetime, source: str, row: int) -> None:
    made = derived_id(moment, source, row)
    assert made == derived_id(moment, source, row)
    assert made != derived_id(moment, source, row + 1)
    assert made.version == 7
    assert made.int >> 80 == int(moment.timestamp() * 1_000_000) // 1000


@given(MOMENTS)
def test_a_later_moment_sorts_later(moment: datetime) -> None:
    assert derived_id(moment, "x") < derived_id(moment + timedelta(milliseconds=1), "x")
