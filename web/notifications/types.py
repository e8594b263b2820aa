"""The registry of notification types; each feature adds its own in ``register``."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class NotificationType:
    """How a type reads and where it leads.

    Attributes:
        title: a marked text with ``${actor}``.
        address: where a click leads, with ``{id}`` for the target's id.
    """

    title: str
    address: str


class NotificationTypes:
    """Types by name."""

    def __init__(self) -> None:
        self._types: dict[str, NotificationType] = {}

    def add(self, name: str, title: str, address: str) -> None:
        """Declare a type."""
        if name in self._types:
            raise ValueError(f"notification type {name} is taken")
        self._types[name] = NotificationType(title, address)

    def title(self, name: str) -> str:
        """The text of a type; its name where this version does not know it."""
        known = self._types.get(name)
        return known.title if known else name

    def address(self, name: str, target_id: UUID) -> str | None:
        """Where a notification leads."""
        known = self._types.get(name)
        return known.address.format(id=target_id) if known else None

    def __contains__(self, name: str) -> bool:
        return name in self._types
