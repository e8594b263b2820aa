"""`plaza user`: accounts made by an operator."""

import click
from pydantic import ValidationError

from web.accounts.schemas import NewAccount
from web.accounts.service import AccountService
from web.core.api import field_problems
from web.core.errors import DomainError
from web.core.passwords import hash_password
from web.core.settings import Settings
from web.features import build_app


@click.group()
def user() -> None:
    """Create accounts."""


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
    app = build_app(Settings.load())
    try:
        with app.work() as services:
            member_id = services[AccountService].create(
                email=wish.email,
                password_hash=password_hash,
                nickname=wish.nickname,
                username=wish.username,
                is_admin=is_admin,
            )
    except DomainError as error:
        raise click.ClickException(error.message) from error
    finally:
        app.close()
    click.echo(str(member_id))
