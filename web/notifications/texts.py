"""What a notification says, in a language."""

from collections.abc import Mapping
from functools import cache
from string import Template
from typing import Any, Protocol

from pyramid.i18n import make_localizer

from web.core.i18n import DOMAIN, FOLDER, _
from web.notifications.types import NotificationType, Plural


class Localizer(Protocol):
    """What translates: a request's localizer, or :func:`localizer`."""

    def translate(self, text: str) -> str:
        """A marked text in the language."""

    def pluralize(self, one: str, many: str, count: int, domain: str) -> str:
        """The form of a marked text for so many."""


@cache
def localizer(locale: str) -> Localizer:
    """Translates into a language, outside of requests."""
    made: Localizer = make_localizer(locale, [str(FOLDER)])
    return made


def title(
    kind: NotificationType, to: Localizer, actor: str | None, others: int, facts: Mapping[str, Any]
) -> str:
    """The line that says what happened.

    Args:
        actor: the name of who did it last; None where nobody did, or nobody who may be named.
        others: how many more did the same.
    """
    text = to.translate(kind.variants.get(str(facts.get("kind")), kind.title))
    if others and kind.group:
        text = to.pluralize(kind.group.one, kind.group.many, others, DOMAIN)
    name = to.translate(_("Someone")) if actor is None else actor
    return _filled(text, {**facts, "actor": name, "count": others})


def message(kind: NotificationType, to: Localizer, facts: Mapping[str, Any]) -> str:
    """What is said beside it."""
    return _filled(to.translate(kind.message), facts) if kind.message else ""


def counted(text: Plural, to: Localizer, count: int) -> str:
    """A text that counts."""
    return _filled(to.pluralize(text.one, text.many, count, DOMAIN), {"count": count})


def _filled(text: str, values: Mapping[str, Any]) -> str:
    """The text with its names filled in, once: a name that looks like a placeholder stays as it is."""
    return Template(text).safe_substitute(values)
