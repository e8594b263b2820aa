"""The lake on disk: ``<table>/day=YYYY-MM-DD/*.parquet``, changed by whole days and never halfway.

A night first writes everything new into a staging folder, then marks it complete, then moves day by day. A
night that is killed before the mark leaves the lake as it was; after it, the next one finishes the moves.
"""

import json
import os
import shutil
from pathlib import Path
from uuid import UUID, uuid4

LAYOUT = 2  # raise it when the columns of a lake table change: the next night then extracts everything again

_IDENTITY = "lake.json"
_READY = "ready.json"


class Lake:
    """One lake. Only the night that holds the lock may stage and install.

    Args:
        root: its folder, made when missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staging = root / ".staging"
        self.root.mkdir(parents=True, exist_ok=True)
        self.recover()
        self.id = self._identity()

    def _identity(self) -> UUID:
        """The id under which the database remembers what this lake has; a new one when there is none."""
        path = self.root / _IDENTITY
        if path.exists():
            content = json.loads(path.read_text())
            if content["layout"] == LAYOUT:
                return UUID(content["id"])
        lake_id = uuid4()
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({"id": str(lake_id), "layout": LAYOUT}))
        draft.replace(path)
        return lake_id

    def days(self, table: str) -> set[str]:
        """The days, as ``YYYY-MM-DD``, that a table has files of."""
        return {path.parent.name.removeprefix("day=") for path in (self.root / table).glob("day=*/*.parquet")}

    def files(self, table: str) -> str:
        """Glob of a table's files."""
        return str(self.root / table / "*" / "*.parquet")

    def day_files(self, table: str, day: str) -> str:
        """Glob of the files of one day."""
        return str(self.root / table / f"day={day}" / "*.parquet")

    def new_staging(self) -> Path:
        """An empty folder to write ``<table>/day=…`` into."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir()
        return self._staging

    def install(self, *, replaced: set[str]) -> None:
        """Move what is staged into the lake.

        Args:
            replaced: tables of which only what is staged remains; of the others, only the staged days change.
        """
        (self._staging / "draft").write_text(json.dumps({"replaced": sorted(replaced)}))
        (self._staging / "draft").replace(self._staging / _READY)
        self.recover()
        os.sync()  # the database is about to be told that this lake has it all

    def recover(self) -> None:
        """Finish an installation that was interrupted; forget a staging that was not complete."""
        ready = self._staging / _READY
        if ready.exists():
            replaced = json.loads(ready.read_text())["replaced"]
            for table in filter(Path.is_dir, list(self._staging.iterdir())):
                if table.name in replaced:
                    _move(table, self.root / table.name)
                    continue
                (self.root / table.name).mkdir(exist_ok=True)
                for day in list(table.iterdir()):
                    _move(day, self.root / table.name / day.name)
            ready.unlink()
        shutil.rmtree(self._staging, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    """Put a folder in the place of another. Done again after an interruption, it comes to the same."""
    if target.exists():
        shutil.rmtree(target)
    source.rename(target)
