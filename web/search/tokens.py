"""Words as search compares them: where they stand in a text, and what they are folded to.

In scripts that put spaces between words a token is a word. Where a word is not told by what is around it
(Korean, Japanese, Chinese, Thai, …) each character begins a token of two, so that any part of a text can be
found: 서울에서 has 서울, 울에, 에서 and 서. Nothing is stemmed, and no language has to be known.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from web.accounts.keywords import needs_boundary
from web.accounts.policy import normal_form

LONGEST_TOKEN = 64  # characters; what is longer is no word that anybody looks for
_LATIN = 0x0250  # code points below are Latin letters and what goes with them
_ACCENTS = (0x0300, 0x036F)  # Combining Diacritical Marks
_JOINERS = "_\u200c"  # in hashtags, beside letters, marks and numbers
_HALF_WIDTH_SOUND_MARKS = "\uff9e\uff9f"


class Token(NamedTuple):
    """A word, or two characters of a text without words.

    Attributes:
        text: as tokens are compared: letters, marks and numbers only.
        position: counted from 1; tokens beside each other have positions beside each other.
        start, end: where it stands in the text.
        next_start: of a pair, where its second character begins; else the end.
        is_pair: made of characters of a text without words.
        is_last: the last character of such a text, which has none after it.
    """

    text: str
    position: int
    start: int
    end: int
    next_start: int
    is_pair: bool
    is_last: bool


class _Unit(NamedTuple):
    """A character with its marks, folded."""

    text: str
    start: int
    end: int
    is_of_word: bool


def composed(text: str) -> str:
    """The form of a text whose places tokens tell (NFC): 가 is one character, however it was typed."""
    return unicodedata.normalize("NFC", text)


def tokens(text: str) -> list[Token]:
    """The tokens of a composed text, in its order."""
    found: list[Token] = []
    for run in _runs(text):
        if run[0].is_of_word:
            word = _without_accents("".join(unit.text for unit in run))[:LONGEST_TOKEN]
            found.append(Token(word, len(found) + 1, run[0].start, run[-1].end, run[-1].end, False, False))
            continue
        for one, other in zip(run, [*run[1:], None], strict=True):
            pair = one.text + (other.text if other else "")
            end = other.end if other else one.end
            is_last = other is None and len(run) > 1
            found.append(Token(pair[:LONGEST_TOKEN], len(found) + 1, one.start, end, one.end, True, is_last))
    return found


def hashtag_key(tag: str) -> str:
    """A hashtag as hashtags are compared, without its #; what a tag cannot have is left out."""
    kept = (character for character in normal_form(tag) if _is_of_hashtag(character))
    return "".join(kept)[:LONGEST_TOKEN]


@lru_cache(maxsize=4096)
def _is_of_hashtag(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character)[0] in "LMN"


def _runs(text: str) -> Iterator[list[_Unit]]:
    """Characters that stand together, of words or of a script without."""
    run: list[_Unit] = []
    for start, end in _clusters(text):
        units = [_Unit(folded, start, end, is_of_word) for folded, is_of_word in _folded(text[start:end])]
        for unit in units:
            if run and run[0].is_of_word != unit.is_of_word:
                yield run
                run = []
            run.append(unit)
        if not units and run:
            yield run
            run = []
    if run:
        yield run


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Where each character with its marks begins and ends."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not _is_mark(text[place]):
            yield start, place
            start = place


@lru_cache(maxsize=1024)
def _is_mark(character: str) -> bool:
    return character in _HALF_WIDTH_SOUND_MARKS or unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=16_384)
def _folded(cluster: str) -> tuple[tuple[str, bool], ...]:
    """The characters that a cluster is compared as, each with whether it belongs to a word.

    Nothing for what is between words. A character may stand for several: ß for ss, ㍿ for 株式会社.
    """
    units: list[tuple[str, bool]] = []
    for character in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold()):
        category = unicodedata.category(character)[0]
        if category == "M" and units:
            text, is_of_word = units.pop()
            units.append((text + character, is_of_word))
        elif category in "LN":
            units.append((character, needs_boundary(character)))
    return tuple(units)


def _without_accents(word: str) -> str:
    """Accents of Latin letters are often left out by who searches: canción is found as cancion."""
    if word.isascii():
        return word
    kept: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFD", word):
        is_accent = _ACCENTS[0] <= ord(character) <= _ACCENTS[1]
        if not is_accent:
            base = character
        if not (is_accent and base and ord(base) < _LATIN):
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
