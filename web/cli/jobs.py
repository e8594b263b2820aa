"""`plaza jobs`: deferred work, and what has failed."""

from datetime import UTC
from uuid import UUID

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.jobs import JobLog
from web.core.models import Job
from web.core.settings import Settings
from web.features import build_app

EPILOG = """\b
Examples:
  plaza jobs                  how much waits, by kind
  plaza jobs --dead           what has failed for good, and why
  plaza jobs --requeue ID     try a dead job again
"""

_now = sa.func.now()
_COUNTS = (
    sa.select(
        Job.queue,
        Job.kind,
        sa.func.count().filter(Job.dead_at.is_(None)).label("waiting"),
        sa.func.count().filter(Job.dead_at.is_(None), Job.attempts > 0).label("tried"),
        sa.func.count().filter(Job.dead_at.is_not(None)).label("dead"),
        sa.func.extract("epoch", _now - sa.func.min(Job.created_at)).label("age"),
    )
    .group_by(Job.queue, Job.kind)
    .order_by(Job.queue, Job.kind)
)
_DEAD = (
    sa.select(Job.id, Job.kind, Job.attempts, Job.dead_at, Job.last_error)
    .where(Job.dead_at.is_not(None))
    .order_by(Job.dead_at.desc(), Job.id)
    .limit(sa.bindparam("rows"))
)
MOST_SHOWN = 100


@click.command(epilog=EPILOG)
@click.option("--dead", is_flag=True, help=f"List the last {MOST_SHOWN} that have failed for good.")
@click.option("--requeue", type=click.UUID, metavar="ID", help="Let a dead job be tried again.")
def jobs(dead: bool, requeue: UUID | None) -> None:
    """Show deferred work: how much waits, how long it has, and what has failed."""
    app = build_app(Settings.load())
    try:
        if requeue is not None:
            with app.work() as services:
                if not services[JobLog].revive(requeue):
                    raise click.ClickException(f"there is no dead job {requeue}")
            click.echo(f"{requeue} will be tried again")
        else:
            with app.reading() as services:
                _print(dead_jobs(services[Session]) if dead else counts(services[Session]))
    finally:
        app.close()


def counts(session: Session) -> list[tuple[str, ...]]:
    """One row per queue and kind, and the names of the columns."""
    rows: list[tuple[str, ...]] = [("queue", "kind", "waiting", "tried", "dead", "oldest")]
    for row in session.execute(_COUNTS):
        numbers = (str(row.waiting), str(row.tried), str(row.dead))
        rows.append((row.queue, row.kind, *numbers, _duration(int(row.age))))
    return rows


def dead_jobs(session: Session) -> list[tuple[str, ...]]:
    """One row per dead job, the last first, and the names of the columns."""
    rows: list[tuple[str, ...]] = [("id", "kind", "tries", "dead since (UTC)", "last error")]
    for row in session.execute(_DEAD, {"rows": MOST_SHOWN}):
        error = (row.last_error or "").partition("\n")[0]
        since = f"{row.dead_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        rows.append((str(row.id), row.kind, str(row.attempts), since, error))
    return rows


def _print(rows: list[tuple[str, ...]]) -> None:
    """Aligned columns that are never cut off, so that ids can be copied and errors searched for."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
