"""`plaza keys`: the keys that access tokens are signed with."""

from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from web.accounts.sessions.safety import service_tokens
from web.core.app import App
from web.core.key_file import (
    DEVELOPMENT_MARK,
    SIGNS_AFTER,
    SigningKey,
    create_keys,
    may_have_signed,
    read_keys,
    replace_keys,
    replaced_at,
    rotate,
    signing_key,
)
from web.core.settings import Settings
from web.features import build_app
from web.notifications.delivery.vapid import create_vapid_key

EPILOG = """\b
Examples:
  plaza keys create          the first key of an installation, where $PLAZA_SIGNING_KEYS says
  plaza keys rotate          sign with a new key; tokens of the old ones go on working
  plaza keys retire          some hours later: drop the keys that nothing depends on any more
  plaza keys web-push        the key that Web Push is signed with, where $PLAZA_VAPID_KEY says
  plaza keys retire 3f2a…    a key that got into wrong hands: at once, with every token that it signed
"""


@click.group(epilog=EPILOG)
def keys() -> None:
    """Make, list, rotate and retire the keys that access tokens are signed with.

    Running programs take changes up within seconds; nothing has to be restarted.
    """


@keys.command("list", epilog="Example: plaza keys list")
def list_() -> None:
    """Show the keys, newest first, and what each is for."""
    app = build_app(Settings.load())
    try:
        found, needed = read_keys(app.settings.signing_keys), _needed(app)
    finally:
        app.close()
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False)
    for heading in ("Key", "Made", "State"):
        table.add_column(heading)
    for key in found:
        table.add_row(key.kid, f"{key.made_at:%Y-%m-%d %H:%M} UTC", _state(found, key, now, needed))
    Console(highlight=False, soft_wrap=True).print(table)


@keys.command(epilog="Example: plaza keys create")
def create() -> None:
    """Make the file with a first key; one that is there is left as it is."""
    settings = Settings.load()
    path = settings.signing_keys
    if path.exists():
        raise click.ClickException(f"{path} is there already; `plaza keys rotate` makes another key")
    try:
        create_keys(path, mark="" if settings.is_production else DEVELOPMENT_MARK)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error}") from error
    click.echo(f"{path} holds a new key")


@keys.command("web-push", epilog="Example: plaza keys web-push")
def web_push() -> None:
    """Make the key by which browsers know this Plaza; without it there are no pushes to browsers.

    Programs take it up when they start. Keep it: with another one, all browsers would have to subscribe anew.
    """
    path = Settings.load().vapid_key
    if path is None or path.exists():
        raise click.ClickException(f"{path} is there already")
    try:
        create_vapid_key(path)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error}") from error
    click.echo(f"{path} holds a new key; restart Plaza to offer pushes to browsers")


@keys.command("rotate", epilog="Example: plaza keys rotate")
def rotate_() -> None:
    """Make a new key and sign with it, as soon as every program knows it."""
    settings = Settings.load()
    try:
        new = rotate(settings.signing_keys, datetime.now(UTC))
    except OSError as error:
        raise click.ClickException(f"cannot write {settings.signing_keys}: {error}") from error
    click.echo(f"{new.kid} signs from {new.signs_from:%H:%M:%S} UTC on; the others go on verifying.")


@keys.command(epilog="Example: plaza keys retire 2f6c01")
@click.argument("kid", required=False)
def retire(kid: str | None) -> None:
    """Drop the keys that no live token can have been signed with, or the one that is named.

    A key that is named goes in any case, and with it every token that it signed: members get new ones by
    themselves, dashboards need theirs made anew. The key that signs can only go after `plaza keys rotate`.
    """
    app = build_app(Settings.load())
    path = app.settings.signing_keys
    try:
        found, needed = read_keys(path), _needed(app)
    finally:
        app.close()
    now = datetime.now(UTC)
    if kid is None:
        gone = [key for key in found if key.kid not in needed]
    else:
        gone = [key for key in found if key.kid == kid]
        if not gone:
            raise click.ClickException(f"there is no key {kid}")
        if gone == [signing_key(found, now)]:
            raise click.ClickException(f"{kid} signs; `plaza keys rotate` first, and wait until another does")
    try:
        if gone:
            replace_keys(path, [key for key in found if key not in gone])
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error}") from error
    for key in gone:
        click.echo(f"{key.kid} is retired")
    if not gone:
        click.echo("Every key is still needed; `plaza keys list` says what for.")


def _needed(app: App) -> dict[str, list[str]]:
    """The keys that must stay, by id, with the names of the service tokens that they may have signed."""
    found, now = read_keys(app.settings.signing_keys), datetime.now(UTC)
    longest = timedelta(minutes=app.settings.access_token_minutes) + SIGNS_AFTER
    with app.reading() as services:
        tokens = service_tokens(services[Session], now)
    needed = {}
    for key in found:
        names = [name for name, made_at in tokens if may_have_signed(found, key, made_at)]
        ended = replaced_at(found, key)
        if names or ended is None or now <= ended + longest:
            needed[key.kid] = sorted(set(names))
    return needed


def _state(found: list[SigningKey], key: SigningKey, now: datetime, needed: dict[str, list[str]]) -> str:
    """What a key is for, in a few words."""
    if key is signing_key(found, now):
        state = "signs"
    elif key.signs_from > now:
        state = "about to sign"
    elif key.kid in needed:
        state = "verifies"
    else:
        state = "may be retired"
    names = needed.get(key.kid)
    return f"{state}; tokens of {', '.join(names)}" if names else state
