"""The registry of notification types; each feature adds its own in ``register``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from web.notifications.glimpses import Look

IN_APP = "in_app"
PUSH = "push"
EMAIL = "email"
SMS = "sms"
CHANNELS = (IN_APP, PUSH, EMAIL, SMS)
USUALLY = frozenset({IN_APP, PUSH})


class Category(StrEnum):
    """What lists of notifications can be narrowed to."""

    GOALS = "goals"
    SOCIAL = "social"
    SYSTEM = "system"


class Plural(NamedTuple):
    """A marked text for one other and for many others, with ``${actor}`` and ``${count}``."""

    one: str
    many: str


def ngettext(one: str, many: str) -> Plural:
    """Mark a text that counts, under the name that the extraction of texts knows; translated when read."""
    return Plural(one, many)


@dataclass(frozen=True)
class NotificationType:
    """How a type reads, where it leads, and how much of it a member gets.

    Attributes:
        title: a marked text with ``${actor}`` and the names of facts.
        address: where a click leads, with ``{id}`` for the target's id.
        label: a marked text that names the type in settings.
        message: a marked text beside the title; '' for none.
        variants: titles in place of it, by the fact ``kind``.
        icon: its name in the client's set, and ``color`` as ``#rrggbb``.
        group: how it reads when several did it to the same target; None keeps each by itself.
        once: a member is told only once that the same one did it to the same target, however often they take
            it back and do it again.
        each: every happening is pushed; otherwise only the one that begins a group.
        urgent: quiet hours do not hold it back.
        channels: by which it goes unless the member chose otherwise.
        has_own_mail: the feature mails it itself, whatever the member chose.
    """

    name: str
    title: str
    address: str
    label: str = ""
    message: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)
    category: Category = Category.SOCIAL
    icon: str = "bell"
    color: str = "#4f6bed"
    group: Plural | None = None
    once: bool = False
    each: bool = True
    urgent: bool = False
    channels: frozenset[str] = USUALLY
    has_own_mail: bool = False


class NotificationTypes:
    """Types by name."""

    def __init__(self) -> None:
        self._types: dict[str, NotificationType] = {}
        self._looks: dict[str, Look] = {}
        self._leaving: set[str] = set()

    def add(
        self,
        name: str,
        title: str,
        address: str,
        *,
        label: str = "",
        message: str = "",
        variants: Mapping[str, str] | None = None,
        category: Category = Category.SOCIAL,
        icon: str = "bell",
        color: str = "#4f6bed",
        group: Plural | None = None,
        once: bool = False,
        each: bool = True,
        urgent: bool = False,
        channels: frozenset[str] = USUALLY,
        has_own_mail: bool = False,
    ) -> None:
        """Declare a type; the arguments are those of :class:`NotificationType`."""
        if name in self._types:
            raise ValueError(f"notification type {name} is taken")
        self._types[name] = NotificationType(
            name=name,
            title=title,
            address=address,
            label=label,
            message=message,
            variants=variants or {},
            category=category,
            icon=icon,
            color=color,
            group=group,
            once=once,
            each=each,
            urgent=urgent,
            channels=channels,
            has_own_mail=has_own_mail,
        )

    def look(self, names: Iterable[str], look: Look, *, leaves: bool) -> None:
        """Show, with notifications of some types, a little of what they are about.

        Args:
            leaves: also in what is sent by others, such as pushes and mails, and not in the app alone.
        """
        for name in names:
            self._looks[name] = look
            if leaves:
                self._leaving.add(name)

    def look_in_app(self, name: str) -> Look | None:
        """How to look at what a type is about, for the member's own eyes."""
        return self._looks.get(name)

    def look_outside(self, name: str) -> Look | None:
        """The same for what others carry to the member."""
        return self._looks.get(name) if name in self._leaving else None

    def __getitem__(self, name: str) -> NotificationType:
        """A type; for one that this version does not know, one that says nothing but its name."""
        return self._types.get(name) or NotificationType(name, name, "")

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def __iter__(self) -> Iterator[NotificationType]:
        return iter(self._types.values())

    def names(self, category: Category) -> list[str]:
        """The types of a category."""
        return [known.name for known in self._types.values() if known.category is category]

    def address(self, name: str, target_id: UUID) -> str | None:
        """Where a notification leads; None for nowhere."""
        return self[name].address.format(id=target_id) or None
