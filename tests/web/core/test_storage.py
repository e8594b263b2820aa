"""Stored files: whole or not there, private, and nowhere but in their folder."""

import io
import stat
from pathlib import Path
from typing import IO

import pytest

from web.core.storage import LocalStorage, NoSuchFile


class BrokenSource(io.BytesIO):
    """A source that fails after its first bytes."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("the disk is gone")
        return super().read(4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are; not made yet."""
    return tmp_path / "files"


@pytest.fixture
def storage(folder: Path) -> LocalStorage:
    """A storage in that folder."""
    return LocalStorage(folder)


def source(content: bytes) -> IO[bytes]:
    return io.BytesIO(content)


def content_of(storage: LocalStorage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def test_what_is_put_can_be_opened_and_replaced(storage: LocalStorage) -> None:
    assert storage.put("exports/one.zip", source(b"first")) == 5
    assert content_of(storage, "exports/one.zip") == b"first"
    storage.put("exports/one.zip", source(b"second"))
    assert content_of(storage, "exports/one.zip") == b"second"


def test_a_put_that_fails_leaves_the_old_file_and_no_rest(storage: LocalStorage, folder: Path) -> None:
    storage.put("exports/one.zip", source(b"first"))
    with pytest.raises(OSError, match="the disk is gone"):
        storage.put("exports/one.zip", BrokenSource(b"second"))
    assert content_of(storage, "exports/one.zip") == b"first"
    assert [path.name for path in (folder / "exports").iterdir()] == ["one.zip"]


def test_a_reader_keeps_the_file_that_it_opened(storage: LocalStorage) -> None:
    storage.put("exports/one.zip", source(b"first"))
    with storage.open("exports/one.zip") as file:
        storage.put("exports/one.zip", source(b"second"))
        assert file.read() == b"first"


def test_a_missing_file_is_said_to_be_missing(storage: LocalStorage) -> None:
    with pytest.raises(NoSuchFile):
        storage.open("exports/none.zip")


def test_deleting_twice_is_deleting_once(storage: LocalStorage) -> None:
    storage.put("exports/one.zip", source(b"first"))
    storage.delete("exports/one.zip")
    storage.delete("exports/one.zip")
    with pytest.raises(NoSuchFile):
        storage.open("exports/one.zip")


def test_nobody_else_on_the_machine_gets_at_the_files(storage: LocalStorage, folder: Path) -> None:
    storage.put("exports/deep/one.zip", source(b"first"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../secret",
        "exports/../../secret",
        "exports/..",
        "exports//one.zip",
        "exports/one.zip/",
        "exports/one.zip\n",
        "exports\\one.zip",
        "exports/one\0.zip",
        "exports/.hidden",
        "C:/one.zip",
        "exports/%2e%2e/secret",
    ],
)
def test_a_key_never_leads_out_of_the_folder(storage: LocalStorage, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    with pytest.raises(ValueError, match="not a storage key"):
        storage.open(key)
    with pytest.raises(ValueError, match="not a storage key"):
        storage.put(key, source(b"x"))
    with pytest.raises(ValueError, match="not a storage key"):
        storage.delete(key)
    assert (tmp_path / "secret").read_bytes() == b"secret"
