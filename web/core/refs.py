"""How things of any kind are named across features."""

from typing import NamedTuple
from uuid import UUID


class Ref(NamedTuple):
    """A thing: its kind (``content``, ``comment``, ``member`` …) and its id."""

    kind: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
