"""Tags of posts: what stands behind ``#`` in a text, and how many posts have it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.policy import normal_form
from web.content.models import ContentTag, Hashtag
from web.core.links import without_links

MOST_TAGS = 30  # of one text
LONGEST_TAG = 100  # characters

_PARTS = "LMN"  # general categories: letters, marks, numbers
_JOINERS = "_\u200c"  # and what Persian writes between the parts of a word
# Emoji of digits and # are made with these.
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def tags_in(text: str) -> list[str]:
    """The tags of a text, each once, in the form in which tags are compared, without the #.

    A tag is a word of any script behind ``#`` or its full-width form, with at least one character that is no
    digit. It begins neither within a word (``C#``), nor within a link, nor behind ``&`` (``&#39;``). At most
    ``MOST_TAGS``, the first ones.
    """
    normal = normal_form(without_links(text))
    tags: dict[str, None] = {}
    position = normal.find("#")
    while position >= 0 and len(tags) < MOST_TAGS:
        end = word_end(normal, position + 1)
        tag = normal[position + 1 : end].strip(_JOINERS)
        if 0 < len(tag) <= LONGEST_TAG and not tag.isdecimal() and _may_begin(normal, position):
            tags[tag] = None
        position = normal.find("#", end)
    return list(tags)


def word_end(text: str, start: int) -> int:
    """Where the word that begins at ``start`` ends in a text."""
    end = start
    while end < len(text) and _is_in_words(text[end]):
        end += 1
    return end


def _may_begin(text: str, position: int) -> bool:
    before = text[position - 1] if position else " "
    return not (_is_in_words(before) or before in "&#/")


def _is_in_words(character: str) -> bool:
    if character in _JOINERS:
        return True
    is_part = unicodedata.category(character)[0] in _PARTS
    return is_part and ord(character) not in _VARIATION_SELECTORS and character != "\u20e3"


def tags_of(session: Session, content_id: UUID) -> list[str]:
    """The tags that a piece of content has."""
    return list(session.scalars(sa.select(ContentTag.tag).where(ContentTag.content_id == content_id)))


@dataclass(frozen=True)
class Tagged:
    """How a piece of content is tagged.

    Attributes:
        counts: whether it is a use of its tags: public, and neither deleted nor archived.
    """

    tags: Sequence[str] = ()
    counts: bool = False

    def uses(self, tag: str) -> int:
        """1 when it is a use of the tag, or else 0."""
        return int(self.counts and tag in self.tags)


def retag(session: Session, content_id: UUID, before: Tagged, after: Tagged, created_at: datetime) -> None:
    """Change how a piece of content is tagged; counts come last.

    The rows of all tags are locked by one statement, in the order of the tags, so that posts with the same
    tags cannot deadlock.

    Args:
        created_at: of the content.
    """
    new = [each for each in after.tags if each not in before.tags]
    gone = [each for each in before.tags if each not in after.tags]
    changes = {each: after.uses(each) - before.uses(each) for each in (*after.tags, *gone)}
    touched = sorted(each for each, change in changes.items() if change or each in new)
    if touched:
        more = [
            {"tag": each, "use_count": max(changes[each], 0), "last_used_at": created_at} for each in touched
        ]
        session.execute(_counting(more))
    fewer = [each for each in touched if changes[each] < 0]
    if fewer:
        less = sa.update(Hashtag).where(Hashtag.tag.in_(fewer)).values(use_count=Hashtag.use_count - 1)
        session.execute(less, execution_options={"synchronize_session": False})
    if gone:
        session.execute(
            sa.delete(ContentTag).where(ContentTag.content_id == content_id, ContentTag.tag.in_(gone))
        )
    if new:
        rows = [{"content_id": content_id, "tag": each, "created_at": created_at} for each in new]
        session.execute(sa.insert(ContentTag), rows)


def _counting(rows: Sequence[dict[str, Any]]) -> sa.Insert:
    """SQL: make rows of tags or add to them, locking each in turn."""
    new = insert(Hashtag).values(rows)
    used_at = sa.case((new.excluded.use_count > 0, new.excluded.last_used_at), else_=Hashtag.last_used_at)
    return new.on_conflict_do_update(
        index_elements=["tag"],
        set_={
            "use_count": Hashtag.use_count + new.excluded.use_count,
            "last_used_at": sa.func.greatest(Hashtag.last_used_at, used_at),
        },
    )
