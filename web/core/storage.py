"""Files that belong to members, behind one small interface; keys are opaque, such as ``exports/<id>.zip``."""

import os
import re
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO

from web.core.ids import new_id
from web.core.settings import Settings

_KEY = re.compile(r"[a-z0-9_-]+(/[A-Za-z0-9_-]+)*(\.[a-z0-9]+)?")


class NoSuchFile(Exception):
    """There is no file of that key."""


class Storage(ABC):
    """Keeps files. Nothing in it is served without a check by the feature that owns it."""

    @abstractmethod
    def put(self, key: str, source: IO[bytes]) -> int:
        """Store what ``source`` holds, replacing what was there; readers see the old file or the new one.

        Returns:
            The size in bytes.
        """

    @abstractmethod
    def open(self, key: str) -> IO[bytes]:
        """The file, for reading.

        Raises:
            NoSuchFile
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete a file; one that is not there is deleted already."""


class LocalStorage(Storage):
    """Files below one folder, readable by the user that Plaza runs as."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, source: IO[bytes]) -> int:
        path = self._path(key)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # shuts what is below, too
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{new_id()}.part")
        try:
            with draft.open("xb") as target:
                shutil.copyfileobj(source, target)
                size = target.tell()
                target.flush()
                os.fsync(target.fileno())  # whoever is told that the file is there may rely on it
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        return size

    def open(self, key: str) -> IO[bytes]:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise NoSuchFile(key) from error

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self._folder / key


def storage_for(settings: Settings) -> Storage:
    """The adapter that the settings ask for."""
    return LocalStorage(settings.var / "files")
