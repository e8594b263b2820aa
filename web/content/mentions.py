"""Whom a text names: ``@username``, in texts of every script, but not inside addresses.

A username is ASCII (also typed full width), so that what follows it in Korean or Japanese does not belong to
it: ``@mina님``, ``@minaさん``. A Latin letter with an accent does, and then nobody is meant: ``@josé``. Full
stops at the end belong to the sentence.
"""

import re

from web.accounts.policy import username_key
from web.core.links import without_links

MOST_MENTIONS = 20  # of one text; who names more of them wants to reach everybody

_LETTERS = "A-Za-z0-9_Ａ-Ｚａ-ｚ０-９＿"
# Not within a mail address, a name on another server, or a path.
_NAME = re.compile(
    rf"(?<![{_LETTERS}.．+\-@＠/])[@＠]([{_LETTERS}.．]{{3,30}})(?![{_LETTERS}.．À-ɏ\u0300-\u036f])(?![@＠])"
)
_SHORTEST = 3


def names_in(text: str) -> list[str]:
    """The usernames that a text names, each once, as they are written there and without the @.

    Whether anybody is called so is another question. At most ``MOST_MENTIONS``, the first ones.
    """
    names: dict[str, str] = {}
    for found in _NAME.finditer(without_links(text)):
        name = found[1].rstrip(".．")
        if len(name) >= _SHORTEST:
            names.setdefault(username_key(name), name)
    return list(names.values())[:MOST_MENTIONS]
