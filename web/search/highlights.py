"""What was found, marked in the text that it was found in.

A marked text is a list of pieces, not markup: whoever shows it escapes each piece like any other text.
"""

from collections.abc import Iterator
from itertools import pairwise

from web.search.schemas import Piece
from web.search.terms import Step, Term, Terms
from web.search.tokens import Token, composed, tokens

LONGEST_EXCERPT = 200  # characters
BEFORE_MATCH = 40  # characters of an excerpt that stand before the first match, at most
LOOKED_AT = 2_000  # characters; marking more would cost more than reading on is worth
ELLIPSIS = "…"

Span = tuple[int, int]


def marked(text: str, terms: Terms) -> list[Piece]:
    """A whole text, for short ones such as names."""
    text = composed(text)
    return _pieces(text, 0, len(text), _spans(text, terms))


def excerpt(text: str, terms: Terms) -> list[Piece]:
    """A part of a text around the first match; its beginning when nothing matches."""
    text = composed(text)
    spans = _spans(text[:LOOKED_AT], terms)
    first = spans[0][0] if spans else 0
    start = 0 if len(text) <= LONGEST_EXCERPT else _word_start(text, max(0, first - BEFORE_MATCH), first)
    end = min(len(text), start + LONGEST_EXCERPT)
    pieces = _pieces(text, start, end, spans)
    before = [Piece(text=ELLIPSIS, is_match=False)] if start > 0 else []
    after = [Piece(text=ELLIPSIS, is_match=False)] if end < len(text) else []
    return [*before, *pieces, *after]


def _word_start(text: str, start: int, limit: int) -> int:
    """The next beginning of a word, so that an excerpt does not begin within one where there are spaces."""
    if start == 0:
        return 0
    space = text.find(" ", start, limit)
    return start if space < 0 else space + 1


def _pieces(text: str, start: int, end: int, spans: list[Span]) -> list[Piece]:
    pieces: list[Piece] = []
    place = start
    for first, last in spans:
        first, last = max(first, place), min(last, end)
        if first >= last:
            continue
        if place < first:
            pieces.append(Piece(text=text[place:first], is_match=False))
        pieces.append(Piece(text=text[first:last], is_match=True))
        place = last
    if place < end:
        pieces.append(Piece(text=text[place:end], is_match=False))
    return pieces


def _spans(text: str, terms: Terms) -> list[Span]:
    """Where terms stand, in order, those that touch made one."""
    at = {token.position: token for token in tokens(text)}
    wanted = [shown for term in terms.terms if (shown := _without_hash(term))]
    found = sorted(span for term in wanted for span in _matches(at, term))
    spans: list[Span] = []
    for start, end in found:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _without_hash(term: Term) -> Term:
    """A hashtag is marked where its words are."""
    (first, *_) = term
    if not first.text.startswith("#"):
        return term
    of_tag = [token for token in tokens(first.text) if not token.is_last]
    if not of_tag:  # of underscores alone
        return ()
    distances = [0, *(after.position - before.position for before, after in pairwise(of_tag))]
    return tuple(
        Step(token.text, distance, token is of_tag[-1])
        for token, distance in zip(of_tag, distances, strict=True)
    )


def _matches(at: dict[int, Token], term: Term) -> Iterator[Span]:
    for position, token in at.items():
        place, last = position, token
        for step in term:
            place += step.distance
            here = at.get(place)
            if here is None or not _is(here, step):
                break
            last = here
        else:
            is_half = last.is_pair and len(term[-1].text) < len(last.text)
            yield token.start, last.next_start if is_half else last.end


def _is(token: Token, step: Step) -> bool:
    return token.text.startswith(step.text) if step.is_beginning else token.text == step.text
