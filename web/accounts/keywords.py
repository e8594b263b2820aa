"""Words that a member does not want to read: whether they are in a text.

In scripts that put spaces between words a keyword stands for whole words: ``art`` is not in ``party``. Korean
and Japanese grow particles and endings on their words, and Chinese, Thai and others write without spaces;
there a keyword is found anywhere.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable

from web.accounts.policy import normal_form

# First and last code point of scripts in which a word is not told by what is around it (Unicode blocks).
_WITHOUT_BOUNDARIES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul Jamo
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # ideographic iteration mark, closing mark, zero
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3130, 0x318F),  # Hangul compatibility Jamo
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xAC00, 0xD7FF),  # Hangul syllables and Jamo
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x20000, 0x3FFFF),  # Han, extensions
)
_FIRST = [first for first, _ in _WITHOUT_BOUNDARIES]
_PARTS_OF_WORDS = "LMN"  # general categories: letters, marks, numbers


def keyword_key(keyword: str) -> str:
    """The form in which keywords and texts are compared: normalised, case-folded, one space between words."""
    return " ".join(normal_form(keyword).split())


def hides(keywords: Iterable[str], text: str) -> bool:
    """Whether one of the keywords is in a text."""
    return hiding(keywords)(text)


def hiding(keywords: Iterable[str]) -> Callable[[str], bool]:
    """The same for many texts: keywords are brought into their form once."""
    keys = _keys(keywords)
    return (lambda text: _found(keys, keyword_key(text))) if keys else lambda _: False


def finding(keywords: Iterable[str]) -> Callable[[str], bool]:
    """The same for many texts that are in their form already, by ``keyword_key``."""
    keys = _keys(keywords)
    return lambda words: _found(keys, words)


def _keys(keywords: Iterable[str]) -> list[str]:
    return [key for keyword in keywords if (key := keyword_key(keyword))]


def _found(keys: Iterable[str], words: str) -> bool:
    return any(key in words and _stands_alone(key, words) for key in keys)


def _stands_alone(key: str, words: str) -> bool:
    """Whether ``key`` is somewhere in ``words`` without being a part of a longer word."""
    start = words.find(key)
    while start >= 0:
        end = start + len(key)
        before, after = words[start - 1 : start], words[end : end + 1]
        if not (_makes_a_word(before, key[0]) or _makes_a_word(key[-1], after)):
            return True
        start = words.find(key, start + 1)
    return False


def _makes_a_word(left: str, right: str) -> bool:
    """Whether two characters beside each other belong to one word; '' is the edge of the text."""
    return needs_boundary(left) and needs_boundary(right)


def needs_boundary(character: str) -> bool:
    """Whether a character is part of a word, in a script in which what is around tells where a word ends."""
    if not character or unicodedata.category(character)[0] not in _PARTS_OF_WORDS:
        return False
    block = bisect_right(_FIRST, ord(character)) - 1
    return block < 0 or ord(character) > _WITHOUT_BOUNDARIES[block][1]
