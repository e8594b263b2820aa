"""`plaza user`: accounts made by an operator, and who is shut out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import click
from pydantic import ValidationError
from sqlalchemy.orm import Session

from web.accounts.queries import member_called
from web.accounts.schemas import NewAccount
from web.accounts.service import AccountService
from web.core.api import field_problems
from web.core.clock import Clock
from web.core.errors import DomainError, NotFound
from web.core.passwords import hash_password
from web.core.services import Services
from web.core.settings import Settings
from web.features import build_app

EPILOG = """\b
MEMBER is an id, @username or an email address. Examples:
  plaza user suspend @mina --days 7 --reason "Spam in comments"
  plaza user unsuspend @mina
  plaza user ban mina@example.com --reason "Spam again"
"""
REASON = "What the member is told; it is kept in the audit log."


@click.group()
def user() -> None:
    """Create accounts; suspend and ban them, and lift that."""


@user.command(epilog="Example: plaza user create --email mina@example.com --nickname Mina --admin")
@click.option("--email", required=True, help="The address; it counts as verified.")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out."
)
@click.option("--nickname", required=True, help="The shown name.")
@click.option("--username", help="The name in addresses; made of the email address when left out.")
@click.option("--admin", "is_admin", is_flag=True, help="May use the admin's routes.")
def create(email: str, password: str, nickname: str, username: str | None, is_admin: bool) -> None:
    """Create a person's account without a mail and print its id."""
    try:
        wish = NewAccount(email=email, password=password, nickname=nickname, username=username)
    except ValidationError as error:
        lines = (f"{problem['field']}: {problem['message']}" for problem in field_problems(error))
        raise click.ClickException("; ".join(lines)) from error
    password_hash = hash_password(wish.password)
    with _work() as services:
        member_id = services[AccountService].create(
            email=wish.email,
            password_hash=password_hash,
            nickname=wish.nickname,
            username=wish.username,
            is_admin=is_admin,
        )
    click.echo(str(member_id))


@user.command(epilog=EPILOG)
@click.argument("member")
@click.option("--days", type=click.IntRange(min=1), help="For how long from now.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Until when (UTC).")
@click.option("--reason", required=True, help=REASON)
def suspend(member: str, days: int | None, until: datetime | None, reason: str) -> None:
    """Shut a member out for a while; it ends by itself."""
    if (days is None) == (until is None):
        raise click.UsageError("give either --days or --until")
    with _work() as services:
        now = services[Clock].now()
        moment = until.replace(tzinfo=UTC) if until else now + timedelta(days=days or 0)
        if moment <= now:
            raise click.UsageError("--until must be in the future")
        services[AccountService].suspend(_find(services, member), moment, reason, by=None)
    click.echo(f"{member} is suspended until {moment:%Y-%m-%d %H:%M} UTC")


@user.command(epilog=EPILOG)
@click.argument("member")
def unsuspend(member: str) -> None:
    """Lift a suspension before its time."""
    with _work() as services:
        if not services[AccountService].lift_suspension(_find(services, member), by=None):
            raise click.ClickException(f"{member} is not suspended")
    click.echo(f"{member} is not suspended any more")


@user.command(epilog=EPILOG)
@click.argument("member")
@click.option("--reason", required=True, help=REASON)
def ban(member: str, reason: str) -> None:
    """Shut a member out for good."""
    with _work() as services:
        services[AccountService].ban(_find(services, member), reason, by=None)
    click.echo(f"{member} is banned")


@user.command(epilog=EPILOG)
@click.argument("member")
def unban(member: str) -> None:
    """Lift a ban."""
    with _work() as services:
        if not services[AccountService].lift_ban(_find(services, member), by=None):
            raise click.ClickException(f"{member} is not banned")
    click.echo(f"{member} is not banned any more")


def _find(services: Services, member: str) -> UUID:
    try:
        return member_called(services[Session], member)
    except NotFound as error:
        raise click.ClickException(f"there is no member {member}") from error


@contextmanager
def _work() -> Iterator[Services]:
    """A unit of work of the command; what Plaza refuses is said in one line."""
    app = build_app(Settings.load())
    try:
        with app.work() as services:
            yield services
    except DomainError as error:
        raise click.ClickException(error.message) from error
    finally:
        app.close()
