"""Alembic from Python, so that the command line, the tests and the start-up share one way to migrate."""

from pathlib import Path

from alembic import command
from alembic.config import Config

FOLDER = Path(__file__).parent


def alembic_config(url: str | None = None) -> Config:
    """Alembic's configuration; ``url`` is a libpq URL of role ``plaza_owner``, else the settings' own."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str | None = None, revision: str = "head") -> None:
    """Bring the schema up to a revision."""
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str | None = None, revision: str = "base") -> None:
    """Take the schema back to a revision."""
    command.downgrade(alembic_config(url), revision)


def check(url: str | None = None) -> None:
    """Raise when the models say something that the migrations do not."""
    command.check(alembic_config(url))
