"""The lake changes by whole days, also when the night is killed at any moment of the change."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.nightly.lake import LAYOUT, Lake

OLD = {"events/day=2026-03-01": "old 1", "events/day=2026-03-02": "old 2", "members/day=2026-03-02": "old"}
STAGED = {"events/day=2026-03-02": "new 2", "events/day=2026-03-03": "new 3", "members/day=2026-03-03": "new"}
CHANGED = {
    "events/day=2026-03-01": "old 1",
    "events/day=2026-03-02": "new 2",
    "events/day=2026-03-03": "new 3",
    "members/day=2026-03-03": "new",
}


def write(root: Path, content: dict[str, str]) -> None:
    for folder, text in content.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "data.parquet").write_text(text)


def read(root: Path) -> dict[str, str]:
    return {
        str(path.parent.relative_to(root)): path.read_text() for path in root.glob("[!.]*/day=*/data.parquet")
    }


def test_staged_days_replace_days_and_staged_tables_replace_tables(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    write(tmp_path, OLD)
    write(lake.new_staging(), STAGED)
    lake.install(replaced={"members"})
    assert read(tmp_path) == CHANGED


def test_what_was_not_complete_is_forgotten(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    write(tmp_path, OLD)
    write(lake.new_staging(), STAGED)
    assert read(Lake(tmp_path).root) == OLD
    assert not (tmp_path / ".staging").exists()


def die_after(calls: int, lake: Lake) -> None:
    """In a child process: install, and die of SIGKILL right before the next call that changes the disk."""
    done = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            if done == calls:
                os.kill(os.getpid(), signal.SIGKILL)
            done += 1
            return real(*arguments, **options)

        return call

    for name in ("rename", "replace", "unlink"):
        setattr(os, name, dying(getattr(os, name)))
    shutil.rmtree = dying(shutil.rmtree)  # type: ignore[assignment]  # in a process about to die
    lake.install(replaced={"members"})


@pytest.mark.parametrize("calls", range(10))
def test_a_kill_at_any_moment_leaves_the_old_lake_or_leads_to_the_new_one(tmp_path: Path, calls: int) -> None:
    lake = Lake(tmp_path)
    write(tmp_path, OLD)
    write(lake.new_staging(), STAGED)
    child = os.fork()
    if not child:
        die_after(calls, lake)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    Lake(tmp_path)
    # The first call puts the mark in its place.
    assert read(tmp_path) == (CHANGED if calls else OLD)


def test_the_identity_stays_until_the_layout_changes(tmp_path: Path) -> None:
    identity = Lake(tmp_path).id
    assert Lake(tmp_path).id == identity
    (tmp_path / "lake.json").write_text(json.dumps({"id": str(identity), "layout": LAYOUT - 1}))
    assert Lake(tmp_path).id != identity
