"""What counts as one emoji, without a list of all that there are: new ones come every year.

Shapes of sequences: Unicode Technical Standard #51, ED-17 (https://unicode.org/reports/tr51/#def_emoji_sequence).
"""

import re
from unicodedata import category

LONGEST = 16  # code points; families and flags of regions take up to 14
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_EMOJI_STYLE, _JOINER = "\ufe0f", "\u200d"
_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
# Emoji that Unicode counts among punctuation and mathematical signs.
_ODD_ONES = frozenset("‼⁉〰〽↔◽◾➕➖➗")


def require_emoji(text: str) -> str:
    """The text, which is one emoji.

    Raises:
        ValueError: it is anything else.
    """
    if not is_emoji(text):
        raise ValueError("one emoji is needed")
    return text


def is_emoji(text: str) -> bool:
    """Whether a text looks like one emoji: a flag, a keycap, or pictures that are joined to one."""
    if _FLAG.fullmatch(text) or _KEYCAP.fullmatch(text):
        return True
    return 0 < len(text) <= LONGEST and all(map(_is_picture, text.split(_JOINER)))


def _is_picture(part: str) -> bool:
    """Whether it is one picture, perhaps followed by a style, a tone of skin or the tags of a region."""
    if not part or not (category(part[0]) == "So" or part[0] in _ODD_ONES):
        return False
    return all(sign == _EMOJI_STYLE or ord(sign) in _TONES or ord(sign) in _TAGS for sign in part[1:])
