"""Watching Argon2 at work."""

from typing import Any

import pytest
from argon2 import PasswordHasher

from web.core import passwords
from web.core.app import App


class WatchedHasher(PasswordHasher):
    """The product's hasher, which notes its runs.

    Attributes:
        runs: what it did, ``hash`` or ``verify``.
        held: how many database connections were in use meanwhile.
    """

    def __init__(self, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._pools: list[Any] = [app.engines.reads.pool, app.engines.writes.pool]
        self.runs: list[str] = []
        self.held: list[int] = []
        monkeypatch.setattr(passwords, "_hasher", self)

    def hash(self, *given: Any, **named: Any) -> str:
        """Hash, and note it."""
        self._note("hash")
        return super().hash(*given, **named)

    def verify(self, *given: Any) -> Any:
        """Verify, and note it."""
        self._note("verify")
        return super().verify(*given)

    def _note(self, run: str) -> None:
        self.runs.append(run)
        self.held.append(sum(pool.checkedout() for pool in self._pools))
