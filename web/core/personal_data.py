"""What Plaza holds about a member: each feature registers how its part is copied and how it is erased.

A test walks all tables: one with a column marked ``info={"personal": ...}`` that no section covers fails the
build, so that the copy of one's data and the erasure of an account stay complete as Plaza grows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel

from web.core.services import Services

Records = Iterable[BaseModel]


@dataclass(frozen=True)
class Section:
    """One file of the copy: ``<name>.json``, a list of records of one documented model.

    Attributes:
        tables: the tables whose personal columns the section covers.
        record: the model of a record; its JSON schema is part of the copy.
        records: all records of a member.
        files: storage keys of files that belong to the section, by their name in the copy.
    """

    name: str
    tables: tuple[str, ...]
    record: type[BaseModel]
    records: Callable[[Services, UUID], Records]
    files: Callable[[Services, UUID], dict[str, str]] | None = None


@dataclass(frozen=True)
class Eraser:
    """How a feature forgets a member.

    Attributes:
        tables: the tables that hold nothing of the member afterwards.
        erase: does it, within the transaction of the whole erasure; ``keeps_content`` is the member's choice
            whether public content stays, attributed to a deleted member.
    """

    feature: str
    tables: tuple[str, ...]
    erase: Callable[[Services, UUID, bool], None]


class PersonalData:
    """The sections and erasers of all features, lowest feature first."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.erasers: list[Eraser] = []
        self.not_copied: dict[str, str] = {}

    def export(self, section: Section) -> None:
        """Make a section part of the copy."""
        if any(known.name == section.name for known in self.sections):
            raise ValueError(f"section {section.name} is taken")
        self.sections.append(section)

    def keep_out(self, table: str, reason: str) -> None:
        """Say why a table with personal columns is not in the copy: only secrets, or gone by itself soon."""
        self.not_copied[table] = reason

    def erase(self, eraser: Eraser) -> None:
        """Make a feature's part of the erasure known; features above are asked first."""
        self.erasers.append(eraser)
