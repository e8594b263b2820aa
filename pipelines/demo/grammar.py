"""Texts of the demo, composed from phrase grammars."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType

from pipelines.demo.phrases import en, es, ja, ko

LANGUAGES: dict[str, ModuleType] = {"ko": ko, "en": en, "ja": ja, "es": es}

_SYMBOL = re.compile(r"\{(\w+)\}")

Grammar = Mapping[str, Sequence[str]]


def compose(language: str, symbol: str, number: int) -> str:
    """The text that ``number`` stands for: its digits, in mixed radix, choose among the alternatives.

    Args:
        language: a key of :data:`LANGUAGES`.
        symbol: ``post``, ``comment``, ``reply`` or ``message``.
        number: not negative; 60 random bits are more than any text needs.
    """
    grammar: Grammar = LANGUAGES[language].GRAMMAR
    parts: list[str] = []
    pending = [("symbol", symbol)]
    while pending:
        kind, value = pending.pop()
        if kind == "text":
            parts.append(value)
            continue
        alternatives = grammar[value]
        number, choice = divmod(number, len(alternatives))
        pending.extend(reversed(_pieces(alternatives[choice])))
    return "".join(parts)


@cache
def _pieces(template: str) -> tuple[tuple[str, str], ...]:
    """A template as literal texts and symbols, in order."""
    pieces = _SYMBOL.split(template)  # literals at even places, symbols at odd ones
    return tuple(("symbol" if place % 2 else "text", piece) for place, piece in enumerate(pieces) if piece)
