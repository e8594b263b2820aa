"""What an import reads from and reports to: files, the people in them, counts, rejected rows."""

import csv
import gzip
import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

GZIP_MAGIC = b"\x1f\x8b"


class ImportFailed(Exception):
    """The file cannot be imported, and nothing of it was; the message says why."""


class BadRow(Exception):
    """A row that cannot become anything; its message is the reason in the rejects file."""


def slug(name: str) -> str:
    """A name as it may stand in usernames: lower-case letters and digits, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def stem(path: Path) -> str:
    """A file's name without its endings (``bitcoin_otc.csv.gz`` → ``bitcoin_otc``), a folder's whole name."""
    return path.name if path.is_dir() else path.name.split(".")[0]


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """The content of a file, decompressed when it is gzip.

    Raises:
        ImportFailed: the file cannot be read, or ends in the middle of its compression.
    """
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            if compressed:
                with gzip.open(raw) as content:
                    yield content
            else:
                yield raw
    except (OSError, EOFError, zlib.error) as error:
        raise ImportFailed(f"{path} cannot be read: {error}") from error


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers from 1; blank lines are left out.

    Raises:
        ImportFailed: the file cannot be read, or is not UTF-8.
    """
    with open_bytes(path) as content:
        try:
            for number, line in enumerate(content, start=1):
                text = line.decode().strip()
                if text:
                    yield number, text
        except UnicodeDecodeError as error:
            raise ImportFailed(f"{path} is not UTF-8 text: {error}") from error


def records(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a comma-separated file, one a line, with their line numbers; the heading has to be there.

    Raises:
        ImportFailed: the file cannot be read, is not UTF-8, or has another heading.
    """
    for number, text in lines(path):
        fields = next(csv.reader([text]))
        if number > 1:
            yield number, fields
        elif [field.lower() for field in fields] != list(columns):
            raise ImportFailed(f"{path} does not begin with the line {','.join(columns)}")


def sha256(paths: list[Path]) -> str:
    """The SHA-256 of one file's bytes; of several, that of their names and hashes.

    Raises:
        ImportFailed: a file cannot be read.
    """
    hashes: dict[str, str] = {}
    for path in paths:
        try:
            with path.open("rb") as content:
                hashes[path.name] = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise ImportFailed(f"{path} cannot be read: {error}") from error
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    listing = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


def from_epoch(seconds: str, now: datetime) -> datetime:
    """A moment given in seconds since 1970, whole or with a fraction.

    Raises:
        BadRow: it is no number, or lies before 1970 or after ``now``.
    """
    try:
        moment = datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadRow(f"time {seconds!r} is not in seconds since 1970") from error
    return plausible(moment, now)


def plausible(moment: datetime, now: datetime) -> datetime:
    """``moment``, unless nothing can have happened then.

    Raises:
        BadRow: it lies before 1970 or after ``now``.
    """
    if not datetime(1970, 1, 1, tzinfo=UTC) <= moment <= now:
        raise BadRow(f"time {moment.isoformat()} is before 1970 or in the future")
    return moment


@dataclass
class Tally:
    """What became of the rows of one kind."""

    rows: int = 0
    written: int = 0
    skipped: int = 0
    rejected: int = 0

    @property
    def present(self) -> int:
        """Rows whose things were there already."""
        return self.rows - self.written - self.skipped - self.rejected


@dataclass
class Report:
    """The account that an import gives of itself.

    Attributes:
        people: everybody whom the rows show; accounts, not rows of the file.
        tallies: by kind of row, in the order of reading.
        notes: sentences for people.
        rejects: (row, reason) of every row that could not be used.
        already: when exactly this file was imported before; then nothing was done.
    """

    people: Tally = field(default_factory=Tally)
    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    notes: list[str] = field(default_factory=list)
    rejects: list[tuple[str, str]] = field(default_factory=list)
    rejects_file: Path | None = None
    already: datetime | None = None

    def reject(self, tally: Tally, row: str, reason: str) -> None:
        """Leave a row out and say why."""
        tally.rejected += 1
        self.rejects.append((row, reason))

    @property
    def rows(self) -> int:
        """Rows read, apart from those that only name people."""
        return sum(tally.rows for tally in self.tallies.values())

    @property
    def rejected(self) -> int:
        """Of those rows, the ones that could not be used."""
        return sum(tally.rejected for tally in self.tallies.values())

    def save_rejects(self, path: Path) -> None:
        """Write the rejects file, or take away that of an earlier attempt when there are none."""
        if not self.rejects:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("row", "reason"))
            writer.writerows(self.rejects)
        unfinished.replace(path)
        self.rejects_file = path
