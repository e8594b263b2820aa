"""An importer bound to the test's database and a folder for rejects."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.imports.run import import_history
from pipelines.imports.source import Report

Import = Callable[..., Report]


@pytest.fixture
def run_import(web_engine: sa.Engine, tmp_path: Path) -> Import:
    """``run_import(format, path, source=None)``."""

    def run(format_name: str, path: Path, source: str | None = None) -> Report:
        return import_history(web_engine, format_name, path, rejects=tmp_path / "rejects", source=source)

    return run


@pytest.fixture
def forget_files(web_engine: sa.Engine) -> Callable[[], None]:
    """Forget which files are in, so that an import meets its own rows again."""

    def forget() -> None:
        with web_engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM imported_files"))

    return forget


@pytest.fixture
def write_file(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a small file; compressed when its name ends in .gz."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write
