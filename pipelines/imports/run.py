"""One import from beginning to end: the gate for files that are in, one transaction, the rejects file."""

from datetime import datetime
from pathlib import Path
from types import ModuleType

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipelines.imports import collegemsg, friend_graph, hackernews, ratings_graph, stackexchange
from pipelines.imports.progress import Progress, Silence
from pipelines.imports.source import ImportFailed, Report, sha256, slug, stem
from pipelines.imports.writer import HistoryWriter
from web.core.clock import Clock
from web.core.models import ImportedFile

FORMATS: dict[str, ModuleType] = {
    module.NAME: module for module in (collegemsg, ratings_graph, friend_graph, stackexchange, hackernews)
}


def import_history(
    engine: sa.Engine,
    format_name: str,
    path: Path,
    *,
    rejects: Path,
    source: str | None = None,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> Report:
    """Import a file (or a folder, as the format wants it), all or nothing.

    A file that is in already changes nothing, also where members have since undone something of it. One
    that contains an earlier file and more adds what is new.

    Args:
        engine: of role ``plaza_web``.
        format_name: a key of :data:`FORMATS`.
        rejects: the folder for the file of bad rows, ``<format>-<name>.csv``.
        source: the community whose people these are; the format knows a default.
    Raises:
        ImportFailed: nothing was imported, and the message says why.
    """
    module = FORMATS[format_name]
    progress, now = progress or Silence(), (clock or Clock()).now()
    report = Report()
    digest = sha256(module.files(path))
    try:
        with engine.begin() as connection:
            writer = HistoryWriter(connection, progress)
            report.already = _imported_at(connection, format_name, digest)
            if report.already:
                return report
            module.load(path, source or module.default_source(path), now, connection, writer, report)
            if report.rows == report.rejected:
                raise ImportFailed(f"{path} has no row that could be read as {format_name}")
            connection.execute(
                sa.insert(ImportedFile).values(
                    source=format_name,
                    sha256=digest,
                    name=path.name,
                    rows=report.rows,
                    rejected=report.rejected,
                )
            )
    except (DBAPIError, psycopg.Error) as error:
        raise ImportFailed(f"the database refused {path}: {str(error).splitlines()[0]}") from error
    report.save_rejects(rejects / f"{format_name}-{slug(stem(path))}.csv")
    return report


def _imported_at(connection: sa.Connection, source: str, digest: str) -> datetime | None:
    return connection.scalar(
        sa.select(ImportedFile.imported_at).where(
            ImportedFile.source == source, ImportedFile.sha256 == digest
        )
    )
