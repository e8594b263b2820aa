"""The numbers of a member, counted by the features that know them."""

from collections.abc import Callable
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy.orm import Session

StatName = Literal["goals_achieved", "photos_shared", "buzz_score", "daily_streak"]
Count = Callable[[Session, UUID], int]


class StatSources:
    """Who counts what; each feature above adds its own in ``register``, in one query each."""

    def __init__(self) -> None:
        self._sources: dict[StatName, Count] = {}

    def add(self, name: StatName, count: Count) -> None:
        """Declare how a number is counted."""
        if name in self._sources:
            raise ValueError(f"stat {name} is taken")
        self._sources[name] = count

    def of(self, session: Session, member_id: UUID) -> dict[str, int]:
        """A member's numbers; 0 for what no feature counts yet."""
        names: tuple[StatName, ...] = get_args(StatName)
        return {
            name: self._sources[name](session, member_id) if name in self._sources else 0 for name in names
        }
