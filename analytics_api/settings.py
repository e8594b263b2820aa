"""What the process is told from outside: environment variables, read once at boot.

In development the runtime that starts the embedded servers leaves the same variables in
``$PLAZA_VAR/runtime.json``; the real environment always wins over that file, and production ignores it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRODUCTION = "production"


class SettingsError(ValueError):
    """A variable is missing or unreadable; the message names it."""


@dataclass(frozen=True)
class Settings:
    """Everything that can differ between two installations.

    Attributes:
        environment: development, test or production.
        database_url: libpq URL of the role that may only read schema ``analytics``.
        jwks_url: where the public halves of the token signing keys are.
        cors_origins: origins whose pages may call this API from a browser.
        pool_size: most database connections of this process.
        pool_wait: seconds that a request waits for a free connection before it is told 503.
        publication_age: seconds for which a look at the published runs is trusted.
        revocation_age: seconds for which the list of revoked sessions is trusted.
        key_age: seconds after which the keys are fetched again; a key taken out of the ring works so long.
        key_pause: least seconds between two fetches of the keys, so that tokens with made-up key ids do
            not turn into requests to `web`.
        cached_answers: most rendered answers kept per mart.
    """

    environment: str
    database_url: str
    jwks_url: str
    cors_origins: tuple[str, ...] = ()
    pool_size: int = 8
    pool_wait: float = 2.0
    publication_age: float = 0.25
    revocation_age: float = 2.0
    key_age: float = 300.0
    key_pause: float = 5.0
    cached_answers: int = 2048

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Settings of this process, from `environ` (default: the environment of the process).

        Raises:
            SettingsError: a required variable is missing, or a number is not one.
        """
        given = os.environ if environ is None else environ
        environment = given.get("PLAZA_ENV", "development")
        values = dict(given)
        if environment != PRODUCTION:
            values = _runtime_defaults(Path(given.get("PLAZA_VAR") or "var")) | values
        if not values.get("PLAZA_READER_DATABASE_URL"):
            raise SettingsError("PLAZA_READER_DATABASE_URL is not set")
        web_port = values.get("PLAZA_WEB_PORT") or "8000"
        return cls(
            environment=environment,
            database_url=values["PLAZA_READER_DATABASE_URL"],
            jwks_url=values.get("PLAZA_JWKS_URL") or f"http://127.0.0.1:{web_port}/.well-known/jwks.json",
            cors_origins=tuple(_listed(values.get("PLAZA_CORS_ORIGINS", ""))),
            pool_size=_whole_number(values, "PLAZA_ANALYTICS_POOL_SIZE", cls.pool_size),
        )


def _runtime_defaults(state: Path) -> dict[str, str]:
    """Variables that the development runtime wrote, or none when it never ran."""
    try:
        found = json.loads((state / "runtime.json").read_text())
    except FileNotFoundError:
        return {}
    return {name: str(value) for name, value in found.items()}


def _listed(text: str) -> list[str]:
    return [part.strip().rstrip("/") for part in text.split(",") if part.strip()]


def _whole_number(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SettingsError(f"{name} is not a whole number above zero")
    return int(text)
