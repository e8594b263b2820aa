"""Which passwords are too easy to guess."""

import subprocess
import sys

import pytest

from tests.factories import PASSWORD
from web.accounts.errors import WeakPassword
from web.accounts.ways_in.password_rules import require_strong, weakness


@pytest.mark.parametrize("password", ["password1", "Password1", "12345678", "QWERTYUIOP", "ｐａｓｓｗｏｒｄ"])
def test_common_passwords_are_weak_however_they_are_written(password: str) -> None:
    assert weakness(password) == "common"


@pytest.mark.parametrize(
    ("password", "names"),
    [
        ("Hana.Sato@Example.com", {"email": "hana.sato@example.com"}),
        ("hana.sato", {"email": "Hana.Sato@example.com"}),
        ("HANA_SATO", {"username": "hana_sato"}),
        (" 사토하나사토하나 ", {"nickname": "사토하나사토하나"}),
        ("ﾊﾅｻﾄｳﾊﾅｻﾄｳ", {"nickname": "ハナサトウハナサトウ"}),
    ],
)
def test_ones_own_names_are_weak_in_any_form(password: str, names: dict[str, str]) -> None:
    assert weakness(password, **names) == "same_as_name"


def test_a_name_within_a_longer_password_is_nothing_to_refuse() -> None:
    assert weakness("hana likes tea", email="hana@example.com", nickname="Hana") is None
    assert weakness(PASSWORD, email=None, username=None, nickname="") is None


def test_the_refusal_says_why() -> None:
    with pytest.raises(WeakPassword) as refusal:
        require_strong("password1")
    assert refusal.value.details == {"why": "common"}


def test_the_list_is_loaded_only_when_it_is_needed() -> None:
    program = (
        "import sys, web.accounts.ways_in.password_rules; sys.exit('zxcvbn.frequency_lists' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
