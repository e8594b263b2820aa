"""Who does not want to read a text, because of a word in it: they are not told of it either."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.keywords import hides
from web.accounts.models import BlockedKeyword

_KEYWORDS = sa.select(BlockedKeyword.account_id, BlockedKeyword.keyword).where(
    BlockedKeyword.account_id == sa.any_(sa.bindparam("members", type_=ARRAY(sa.Uuid())))
)


def not_wanted_by(session: Session, member_ids: Collection[UUID], text: str) -> set[UUID]:
    """Those of some members who do not want to read a text; one query, none for no text."""
    if not (member_ids and text):
        return set()
    return {member_id for member_id, words in keywords_of(session, member_ids).items() if hides(words, text)}


def keywords_of(session: Session, member_ids: Collection[UUID]) -> Mapping[UUID, Sequence[str]]:
    """The blocked keywords of those of some members who have any; one query."""
    keywords: defaultdict[UUID, list[str]] = defaultdict(list)
    for row in session.execute(_KEYWORDS, {"members": list(member_ids)}):
        keywords[row.account_id].append(row.keyword)
    return keywords
