"""Pure rules about identity."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.accounts.policy import address_key, age_on, username_from, username_key


@pytest.mark.parametrize(
    ("day", "born", "age"),
    [
        (date(2026, 5, 16), date(2013, 5, 17), 12),
        (date(2026, 5, 17), date(2013, 5, 17), 13),
        (date(2025, 2, 28), date(2012, 2, 29), 12),
        (date(2025, 3, 1), date(2012, 2, 29), 13),
    ],
)
def test_age_counts_full_years(day: date, born: date, age: int) -> None:
    assert age_on(day, born) == age


def test_names_compare_case_folded_and_normalised() -> None:
    assert username_key("Ｍｉｎａ") == username_key("mina")  # full-width letters
    assert address_key(" STRASSE@example.com") == address_key("straße@example.com")


@given(st.emails())
def test_a_name_made_of_an_address_is_always_usable(email: str) -> None:
    name = username_from(email)
    assert 3 <= len(name) <= 30
    assert username_key(name) == name
