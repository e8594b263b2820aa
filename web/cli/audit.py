"""`plaza audit`: what administrators did."""

import json
from datetime import UTC

import click
from sqlalchemy.orm import Session

from web.accounts.audit import newest
from web.accounts.queries import member_called
from web.core.errors import NotFound
from web.core.refs import Ref
from web.core.settings import Settings
from web.features import build_app

COMMAND_LINE = "command line"


@click.command(epilog="Example: plaza audit --member @mina")
@click.option("--member", help="Only what was done to this member: an id, @username or an email address.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many.")
def audit(member: str | None, limit: int) -> None:
    """List what administrators did, the newest first; nothing in this list is ever changed."""
    app = build_app(Settings.load())
    try:
        with app.reading() as services:
            session = services[Session]
            subject = Ref("member", member_called(session, member)) if member else None
            for entry, actor in session.execute(newest(limit, subject)):
                moment = f"{entry.occurred_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
                by = COMMAND_LINE if entry.actor_id is None else actor or str(entry.actor_id)
                details = json.dumps(entry.details, ensure_ascii=False) if entry.details else ""
                what = f"{entry.action}  {Ref(entry.subject_kind, entry.subject_id)}  {details}"
                click.echo(f"{moment}  {by}  {what}".rstrip())
    except NotFound as error:
        raise click.ClickException(f"there is no member {member}") from error
    finally:
        app.close()
