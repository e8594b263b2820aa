"""The check of texts at writing: words, shouting, one character over and over, floods of links.

What is surely not wanted is refused, and its author told why. What only looks so is shown and flagged:
somebody who shouts or laughs at length should not be stopped by a machine.
"""

import re
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.ids import new_id
from web.core.links import count_links, without_links
from web.core.refs import Ref
from web.core.wording import Decision, TextCheck, Verdict
from web.moderation.models import Flag
from web.moderation.word_lists import WordLists

LONGEST_SHOUT = 10  # letters; what is longer and mostly capitals is shouting
MOST_CAPITALS = 0.8
MANY_LINKS, MOST_LINKS = 5, 10
# A character six times in a row, but not: spaces, digits (a million), lines drawn with dashes or dots,
# vowels drawn out in Japanese, and laughing and crying in Korean and Japanese.
_REPEATED = re.compile(r"([^\s\d\-_=*~.·•…─━ー〜～ㅋㅎㅠㅜㅇㄷwWｗＷ笑草])\1{5,}")


def check_text(text: str, language: str | None, lists: WordLists) -> Verdict:
    """What is to be thought of a text: the gravest finding.

    Args:
        language: BCP 47, or None.
    """
    links = count_links(text)
    plain = without_links(text)
    if lists.refuses(plain):
        return Verdict(Decision.REFUSE, "words")
    if links > MOST_LINKS:
        return Verdict(Decision.REFUSE, "links")
    if lists.flags(plain, language.partition("-")[0].lower() if language else None):
        return Verdict(Decision.FLAG, "words")
    if links > MANY_LINKS:
        return Verdict(Decision.FLAG, "links")
    if is_shouted(plain):
        return Verdict(Decision.FLAG, "shouting")
    if _REPEATED.search(plain):
        return Verdict(Decision.FLAG, "repetition")
    return Verdict()


def is_shouted(text: str) -> bool:
    """Whether a text of more than ten letters is more than 80 % capitals.

    Letters of scripts without capitals count as none, so that an acronym in a Korean sentence is no shouting.
    """
    letters = [character for character in text if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    return len(letters) > LONGEST_SHOUT and capitals > MOST_CAPITALS * len(letters)


class ModeratedWording(TextCheck):
    """Checks by the word lists of this installation; flags are rows for moderators."""

    def __init__(self, session: Session, clock: Clock, lists: WordLists) -> None:
        self._session = session
        self._clock = clock
        self._lists = lists

    def check(self, text: str, language: str | None = None) -> Verdict:
        return check_text(text, language, self._lists)

    def flag(self, author_id: UUID, subject: Ref, verdict: Verdict) -> None:
        if verdict.decision is Decision.PASS:
            return
        self._session.execute(
            sa.insert(Flag),
            {
                "id": new_id(),
                "author_id": author_id,
                "subject_kind": subject.kind,
                "subject_id": subject.id,
                "reason": verdict.reason,
                "created_at": self._clock.now(),
            },
        )
