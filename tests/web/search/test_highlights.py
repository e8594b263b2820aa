"""What was found is marked, and nothing of a text becomes markup."""

import pytest

from web.search.highlights import ELLIPSIS, LONGEST_EXCERPT, excerpt, marked
from web.search.schemas import Piece
from web.search.terms import terms_of


def shown(pieces: list[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("A morning run.", "RUN", "A morning [run]."),
        ("Running and run", "run", "[Running] and [run]"),
        ("서울에서 만나요", "서울", "[서울]에서 만나요"),
        ("서울에서 만나요", "에서", "서울[에서] 만나요"),
        ("책을 읽어요, 새책", "책", "[책]을 읽어요, 새[책]"),
        ("東京タワーに行く", "タワー", "東京[タワー]に行く"),
        ("Una canción", "cancion", "Una [canción]"),
        ("learn #한국어 now", "#한국", "learn #[한국]어 now"),
        ("mina kim", "min ki", "[mina] [kim]"),
        ("방탄BTS", "방탄bts", "[방탄BTS]"),
        ("nothing here", "else", "nothing here"),
        ("<b>run</b> & 'run'", "run", "<b>[run]</b> & '[run]'"),
    ],
)
def test_matches_are_marked(text: str, typed: str, expected: str) -> None:
    assert shown(marked(text, terms_of(typed))) == expected


def test_an_excerpt_is_around_the_first_match() -> None:
    text = "before " * 100 + "the match " + "after " * 100
    pieces = excerpt(text, terms_of("match"))
    assert pieces[0].text == pieces[-1].text == ELLIPSIS
    assert "[match]" in shown(pieces)
    assert shown(pieces).startswith("…before ")
    assert len("".join(piece.text for piece in pieces[1:-1])) == LONGEST_EXCERPT


def test_an_excerpt_without_match_is_the_beginning() -> None:
    text = "word " * 100
    assert shown(excerpt(text, terms_of("picture"))) == text[:LONGEST_EXCERPT] + ELLIPSIS


def test_a_short_text_is_shown_whole() -> None:
    assert shown(excerpt("a " * 50 + "match", terms_of("match"))) == "a " * 50 + "[match]"


def test_a_hashtag_without_letters_marks_nothing() -> None:
    assert shown(marked("#_ and more", terms_of("#_"))) == "#_ and more"
