"""Texts as a tsvector, in PostgreSQL's notation: made here, because only we know what our words are."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from web.search.tokens import composed, hashtag_key, tokens

LAST_POSITION = 16_383  # of a tsvector; what stands behind it still is found, but not as a phrase
Label = Literal["A", "B", "C", "D"]  # from the weightiest to the lightest


class Field(NamedTuple):
    """A text of a document, and how much a word of it weighs."""

    text: str | None
    label: Label


def vector(fields: Iterable[Field], hashtags: Iterable[str] = ()) -> str:
    """The words of the fields, and each hashtag as a word of its own that begins with #.

    Between two fields there is a gap, so that no phrase is found across it.
    """
    entries: list[str] = []
    position = 0
    for field in fields:
        found = tokens(composed(field.text or ""))
        entries += [_entry(token.text, position + token.position, field.label) for token in found]
        position += len(found) + 1
    for tag in hashtags:
        position += 2
        entries.append(_entry(f"#{hashtag_key(tag)}", position, "A"))
    return " ".join(entries)


def _entry(word: str, position: int, label: Label) -> str:
    return f"'{word}':{min(position, LAST_POSITION)}{label}"
