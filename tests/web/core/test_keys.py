"""The ring of signing keys: how it rotates, and that running processes follow it."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from tests.web.core.test_tokens import ring_file, sign
from web.core import key_file
from web.core.key_file import may_have_signed, read_keys, replace_keys, rotate, signing_key
from web.core.settings import SettingsError
from web.core.tokens import InvalidToken, KeyRing

__all__ = ["ring_file"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rings look at their file whenever they are used."""
    monkeypatch.setattr(KeyRing, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(KeyRing, "LOOK_AGAIN_SECONDS", 0.0)


def kid_of(token: str) -> str:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


def test_a_new_key_comes_first_and_the_old_ones_stay(ring_file: Path) -> None:
    (old,) = read_keys(ring_file)
    new = rotate(ring_file, NOW)
    assert [key.kid for key in read_keys(ring_file)] == [new.kid, old.kid]


def test_a_new_key_signs_once_everybody_has_had_time_to_hear_of_it(ring_file: Path) -> None:
    (old,) = read_keys(ring_file)
    new = rotate(ring_file, NOW)
    keys = read_keys(ring_file)
    assert signing_key(keys, NOW + key_file.SIGNS_AFTER - timedelta(seconds=1)).kid == old.kid
    assert signing_key(keys, NOW + key_file.SIGNS_AFTER).kid == new.kid


def test_the_file_stays_its_owners_alone_and_nothing_is_left_beside_it(ring_file: Path) -> None:
    rotate(ring_file, NOW)
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o600
    assert list(ring_file.parent.iterdir()) == [ring_file]


def test_a_ring_behind_a_link_is_replaced_where_it_is(ring_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(ring_file)
    rotate(link, NOW)
    assert link.is_symlink()
    assert len(read_keys(ring_file)) == 2


def test_a_file_that_cannot_be_replaced_is_left_as_it_was(
    ring_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    before = ring_file.read_text()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        rotate(ring_file, NOW)
    assert ring_file.read_text() == before
    assert list(ring_file.parent.iterdir()) == [ring_file]


def test_a_running_process_takes_a_new_key_up_and_still_knows_the_old(ring_file: Path, at_once: None) -> None:
    ring = KeyRing.load(ring_file)
    before = sign(ring)
    new = rotate(ring_file, LONG_AGO)
    after = sign(ring)
    assert kid_of(after) == new.kid
    assert [ring.verify(token).subject for token in (before, after)] == ["somebody", "somebody"]
    assert [key["kid"] for key in ring.public_jwks()["keys"]] == [new.kid, kid_of(before)]


def test_a_token_of_a_key_that_is_not_known_yet_makes_the_process_look(
    ring_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyRing, "LOOK_AGAIN_SECONDS", 0.0)  # the usual look is not due for seconds
    slow, fast = KeyRing.load(ring_file), KeyRing.load(ring_file)
    rotate(ring_file, LONG_AGO)
    monkeypatch.setattr(fast, "LOOK_SECONDS", 0.0)
    assert slow.verify(sign(fast)).subject == "somebody"


def test_made_up_key_ids_are_no_storm_of_looks_at_the_file(
    ring_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    usual = Path.stat

    def counted(self: Path, **options: bool) -> os.stat_result:
        looks.append(self)
        return usual(self, **options)

    KeyRing.create(tmp_path / "other.json")
    ring, stranger = KeyRing.load(ring_file), KeyRing.load(tmp_path / "other.json")
    garbage = [sign(stranger) for _ in range(50)]
    monkeypatch.setattr(KeyRing, "LOOK_AGAIN_SECONDS", 60.0)
    monkeypatch.setattr(ring, "_looked_at", float("-inf"))
    monkeypatch.setattr(Path, "stat", counted)
    for token in garbage:
        with pytest.raises(InvalidToken):
            ring.verify(token)
    assert looks == [ring_file]


def test_a_retired_key_verifies_nothing_any_more_however_often_it_did(ring_file: Path, at_once: None) -> None:
    ring = KeyRing.load(ring_file)
    token = sign(ring)
    ring.verify(token)
    rotate(ring_file, LONG_AGO)
    replace_keys(ring_file, read_keys(ring_file)[:1])
    with pytest.raises(InvalidToken):
        ring.verify(token)


@pytest.mark.parametrize("broken", ["", "{", '{"keys": []}', None])
def test_a_process_goes_on_with_what_was_good_when_the_file_is_broken(
    ring_file: Path, at_once: None, broken: str | None
) -> None:
    ring = KeyRing.load(ring_file)
    good = ring_file.read_text()
    token = sign(ring)
    if broken is None:
        ring_file.unlink()
    else:
        ring_file.write_text(broken)
    assert ring.verify(token).subject == "somebody"
    ring_file.write_text(good)
    new = rotate(ring_file, LONG_AGO)
    assert kid_of(sign(ring)) == new.kid


def test_which_keys_may_have_signed_a_token_of_a_moment(ring_file: Path) -> None:
    (first,) = read_keys(ring_file)
    second, third = rotate(ring_file, NOW), rotate(ring_file, NOW + timedelta(days=2))
    keys = read_keys(ring_file)

    def signed(moment: datetime) -> list[str]:
        return [key.kid for key in keys if may_have_signed(keys, key, moment)]

    assert signed(NOW - timedelta(days=400)) == [first.kid]
    assert signed(NOW + timedelta(days=1)) == [second.kid]
    assert signed(NOW + timedelta(days=2, seconds=12)) == [third.kid, second.kid]  # nobody knows for sure
    assert signed(NOW + timedelta(days=3)) == [third.kid]


def test_production_takes_no_keys_that_were_made_for_development(tmp_path: Path, at_once: None) -> None:
    path = tmp_path / "keys.json"
    KeyRing.create(path, mark=key_file.DEVELOPMENT_MARK)
    assert kid_of(sign(KeyRing.load(path))).startswith("dev-")
    with pytest.raises(SettingsError, match="made for development"):
        KeyRing.load(path, for_production=True)
    assert rotate(path, NOW).kid.startswith("dev-")


def test_production_takes_no_such_keys_up_later_either(ring_file: Path, at_once: None) -> None:
    ring = KeyRing.load(ring_file, for_production=True)
    token = sign(ring)
    marked = json.loads(ring_file.read_text())
    marked["keys"][0]["kid"] = "dev-1"
    ring_file.write_text(json.dumps(marked))
    ring.verify(token)
    assert kid_of(sign(ring)) == kid_of(token)
