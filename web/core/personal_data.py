"""What Plaza holds about a member: each feature registers how its part is copied and how it is erased.

A test asks :meth:`PersonalData.gaps` about all tables. One with a column marked ``info={"personal": ...}``,
or with a reference to an account, fails the build when it is in no section or in no eraser and nobody says
why. So the copy of one's data and the erasure of an account stay complete as Plaza grows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Session

from web.core.db import AnySelect
from web.core.services import Services

ROWS_AT_A_TIME = 500

Records = Iterable[BaseModel]
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class Section:
    """One file of the copy: ``<name>.json``, a list of records of one documented model.

    Attributes:
        tables: the tables whose personal columns the section covers.
        record: the model of a record; its JSON schema is part of the copy.
        records: all records of a member, made one after the other (:func:`stream`).
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
        tables: the tables that hold nothing of the member afterwards, or only what the member chose to leave.
        erase: does it, within the transaction of the whole erasure; ``keeps_content`` is the member's choice
            whether public content stays, attributed to a deleted member. Twice is the same as once. Files
            are deleted by the job ``core.delete_file``, because a transaction cannot undo that.
    """

    feature: str
    tables: tuple[str, ...]
    erase: Callable[[Services, UUID, bool], None]


class PersonalData:
    """The sections and erasers of all features, lowest feature first."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.not_copied: dict[str, str] = {}
        self.not_erased: dict[str, str] = {}
        self._erasers: list[Eraser] = []

    @property
    def erasers(self) -> list[Eraser]:
        """In the order in which they run: features above first, because their rows lean on those below."""
        return self._erasers[::-1]

    def export(self, *sections: Section) -> None:
        """Make sections part of the copy."""
        for section in sections:
            if any(known.name == section.name for known in self.sections):
                raise ValueError(f"section {section.name} is taken")
            self.sections.append(section)

    def keep_out(self, table: str, reason: str) -> None:
        """Say why a table is not in the copy: only secrets, or gone by itself soon."""
        self.not_copied[table] = reason

    def erase(self, eraser: Eraser) -> None:
        """Make a feature's part of the erasure known."""
        self._erasers.append(eraser)

    def keep(self, table: str, reason: str) -> None:
        """Say why the rows of a table stay when a member is erased."""
        self.not_erased[table] = reason

    def gaps(self, metadata: sa.MetaData) -> list[str]:
        """What is missing, a sentence each: tables about members without copy or erasure, and names of none.

        Args:
            metadata: all tables of the installation.
        """
        exported = {table for section in self.sections for table in section.tables}
        erased = {table for eraser in self._erasers for table in eraser.tables}
        copied, forgotten = exported | self.not_copied.keys(), erased | self.not_erased.keys()
        personal = {table.name for table in metadata.tables.values() if is_personal(table)}
        return [
            *(f"{table} is in no section of the copy" for table in sorted(personal - copied)),
            *(f"{table} is erased by nobody" for table in sorted(personal - forgotten)),
            *(f"there is no table {table}" for table in sorted((copied | forgotten) - {*metadata.tables})),
        ]


def is_personal(table: sa.Table) -> bool:
    """Whether a table says something about members: by a marked column, or by a reference to an account."""
    return any(
        "personal" in column.info or any(key.column.table.name == "accounts" for key in column.foreign_keys)
        for column in table.columns
    )


def stream(session: Session, record: type[R], statement: AnySelect, **values: object) -> Iterator[R]:
    """The rows of a statement as records, fetched some at a time, whose columns are named like the fields."""
    rows = session.execute(statement, values, execution_options={"yield_per": ROWS_AT_A_TIME})
    for row in rows:
        yield record.model_validate(dict(row._mapping))  # noqa: SLF001 - the public way to a row's names
