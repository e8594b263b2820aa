"""What somebody looks for, read from what they typed: as a tsquery, and to mark it in what was found.

The words are made of letters, marks and numbers alone and are quoted besides, so that nothing that is typed
means something to PostgreSQL's own query language.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from web.search.tokens import Token, composed, hashtag_key, tokens

MOST_TERMS = 12
SHORTEST_BEGINNING = 2  # letters; a single one begins too many words
_HASHTAG = re.compile("[#\uff03]")


class Step(NamedTuple):
    """A token of a term.

    Attributes:
        distance: how far after the one before it; 0 of the first.
        is_beginning: whether longer tokens that begin so will do.
    """

    text: str
    distance: int
    is_beginning: bool


Term = tuple[Step, ...]


@dataclass(frozen=True)
class Terms:
    """All of these have to be found; each is tokens that follow one another.

    Attributes:
        hashtag: the beginning of a hashtag, when nothing but one is looked for: with # or as a bare word.
    """

    terms: tuple[Term, ...]
    hashtag: str | None = None

    def __bool__(self) -> bool:
        return bool(self.terms)

    def tsquery(self, *, whole: bool = False) -> str:
        """In PostgreSQL's notation.

        Args:
            whole: beginnings of words are not enough.
        """
        return " & ".join(f"({_phrase(term, whole)})" for term in self.terms)


def terms_of(typed: str) -> Terms:
    """What to look for; nothing when there is neither letter nor number in it.

    The last token of each word may be the beginning of a longer one: not everybody has finished typing, and
    words that are not stemmed are found by their stem.
    """
    chunks = composed(typed).split()
    found: list[Term] = []
    for chunk in chunks:
        words, *tags = _HASHTAG.split(chunk)
        found += [term for term in [_term(tokens(words)), *map(_tag_term, tags)] if term]
    distinct = tuple(dict.fromkeys(found))[:MOST_TERMS]
    hashtag = hashtag_key(chunks[0]) if len(chunks) == 1 else ""
    return Terms(distinct, hashtag or None)


def _term(of: list[Token]) -> Term:
    """The last character of a text without words stands for itself only when it is alone."""
    wanted = [token for token in of if not token.is_last]
    if not wanted:
        return ()
    distances = [0, *(after.position - before.position for before, after in pairwise(wanted))]
    last = wanted[-1]
    is_alone = last.is_pair and last.end == last.next_start
    is_beginning = is_alone if last.is_pair else len(last.text) >= SHORTEST_BEGINNING
    return tuple(
        Step(token.text, distance, is_beginning and token is last)
        for token, distance in zip(wanted, distances, strict=True)
    )


def _tag_term(tag: str) -> Term:
    key = hashtag_key(tag)
    return (Step(f"#{key}", 0, True),) if key else ()


def _phrase(term: Term, whole: bool) -> str:
    parts = []
    for step in term:
        follows = f" <{step.distance}> " if step.distance else ""
        parts.append(f"{follows}'{step.text}'{':*' if step.is_beginning and not whole else ''}")
    return "".join(parts)
