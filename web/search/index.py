"""The documents that search looks in: made of the rows that they stand for, anew when those change."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR, insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.accounts.models import Account, Profile
from web.content.models import Attachment, Content, ContentTag
from web.core.db import AnySelect
from web.graph.models import RelationCount
from web.search.models import SearchDocument
from web.search.vectors import Field, vector

MEMBER, CONTENT = "member", "content"
BATCH = 500
_BEFORE_ALL = UUID(int=0)
_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid()))
_rows = sa.bindparam("rows", type_=sa.Integer())
_after = sa.bindparam("after", type_=sa.Uuid())


@dataclass(frozen=True)
class Kind:
    """What one kind of document is made of.

    Attributes:
        id: the column that names it.
        is_found: SQL: rows that have a document. Whether anybody sees them is asked when somebody searches.
        rows: ``id``, ``owner_id``, ``created_at``, ``weight`` and the texts.
        words: the words of a row of ``rows``.
    """

    id: InstrumentedAttribute[UUID]
    is_found: sa.ColumnElement[bool]
    rows: AnySelect
    words: Callable[[Any], str]


def _weight() -> sa.ColumnElement[float]:
    """SQL: how well known a member is: ln(1 + followers)."""
    return sa.func.ln(1.0 + sa.func.coalesce(RelationCount.follower_count, 0)).cast(sa.Double())


def _words_of_member(row: Any) -> str:
    # What only those find to whom the profile is open has another label than the names that everybody sees.
    return vector((Field(row.username, "A"), Field(row.nickname, "A"), Field(row.full_name, "B")))


def _words_of_content(row: Any) -> str:
    alt_texts = (Field(text, "D") for text in row.alt_texts or ())
    return vector((Field(row.body, "C"), *alt_texts), row.tags or ())


_ALT_TEXTS = (
    sa.select(sa.func.array_agg(Attachment.alt_text))
    .where(Attachment.content_id == Content.id, Attachment.alt_text.is_not(None))
    .scalar_subquery()
)
_TAGS = (
    sa.select(sa.func.array_agg(ContentTag.tag)).where(ContentTag.content_id == Content.id).scalar_subquery()
)
KINDS: Final[Mapping[str, Kind]] = {
    MEMBER: Kind(
        id=Account.id,
        is_found=sa.and_(Account.kind != "placeholder", Account.erased_at.is_(None)),
        rows=sa.select(
            Account.id,
            Account.id.label("owner_id"),
            Account.created_at,
            _weight().label("weight"),
            Account.username,
            Account.nickname,
            Profile.full_name,
        )
        .select_from(Account)
        .outerjoin(Profile, Profile.account_id == Account.id)
        .outerjoin(RelationCount, RelationCount.member_id == Account.id),
        words=_words_of_member,
    ),
    CONTENT: Kind(
        id=Content.id,
        # A share without words has none to be found by; a story is gone before it is looked for.
        is_found=sa.and_(
            Content.deleted_at.is_(None),
            Content.type != "story",
            sa.or_(Content.type != "share", Content.body != ""),
        ),
        rows=sa.select(
            Content.id,
            Content.author_id.label("owner_id"),
            Content.created_at,
            sa.literal(0.0).label("weight"),
            Content.body,
            _ALT_TEXTS.label("alt_texts"),
            _TAGS.label("tags"),
        ),
        words=_words_of_content,
    ),
}


def _of(kind: str) -> sa.ColumnElement[bool]:
    return SearchDocument.kind == kind


_SOURCES = {name: kind.rows.where(kind.is_found, kind.id == sa.any_(_ids)) for name, kind in KINDS.items()}


def _walk(name: str, kind: Kind) -> AnySelect:
    """Ids of rows and of documents, so that walking along them also meets documents whose row is gone."""
    rows: AnySelect = sa.select(kind.id.label("id")).where(kind.is_found, kind.id > _after)
    documents = sa.select(SearchDocument.id).where(_of(name), SearchDocument.id > _after)
    either = rows.union(documents).subquery()
    return sa.select(either.c.id).order_by(either.c.id).limit(_rows)


_COUNTS = {
    name: sa.select(sa.func.count()).select_from(kind.id.class_).where(kind.is_found)
    for name, kind in KINDS.items()
}
_WALKS = {name: _walk(name, kind) for name, kind in KINDS.items()}


def _missing(name: str, kind: Kind) -> AnySelect:
    has_document = sa.exists().where(_of(name), SearchDocument.id == kind.id)
    missing = sa.and_(kind.is_found, sa.not_(has_document))
    return sa.select(kind.id).where(missing, kind.id > _after).order_by(kind.id).limit(_rows)


_MISSING = {name: _missing(name, kind) for name, kind in KINDS.items()}
_doc = sa.func.unnest(_ids).table_valued(sa.column("id", sa.Uuid()), name="wanted").render_derived()
# In the order of the ids, so that two who lock several never wait for each other.
_LOCK = sa.select(
    sa.func.count(
        sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.cast(sa.column("id"), sa.Text), 0))
    )
).select_from(sa.select(_doc.c.id).order_by(_doc.c.id).subquery())
_new = insert(SearchDocument).values(
    {
        "kind": sa.bindparam("kind"),
        "id": sa.bindparam("id"),
        "owner_id": sa.bindparam("owner_id"),
        "words": sa.cast(sa.bindparam("words", type_=sa.Text()), TSVECTOR),
        "weight": sa.bindparam("weight"),
        "created_at": sa.bindparam("created_at"),
    }
)
_PUT = _new.on_conflict_do_update(
    index_elements=["kind", "id"], set_={"words": _new.excluded.words, "weight": _new.excluded.weight}
)
_weights = sa.select(RelationCount.member_id, _weight().label("weight")).select_from(RelationCount).subquery()
_WEIGH = (
    sa.update(SearchDocument)
    .where(
        _of(MEMBER),
        SearchDocument.id == _weights.c.member_id,
        SearchDocument.weight.is_distinct_from(_weights.c.weight),
    )
    .values(weight=_weights.c.weight)
    .execution_options(synchronize_session=False)
)


class SearchIndex:
    """Keeps documents as the rows are that they stand for. Never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, kind: str, ids: Collection[UUID]) -> None:
        """Make the documents of these rows anew; a row that is not to be found (any more) has none after it.

        Who comes second waits until who came first has committed, and so reads the newer row.
        """
        self._session.execute(_LOCK, {"ids": sorted(ids)})
        rows = self._session.execute(_SOURCES[kind], {"ids": list(ids)}).all()
        if gone := set(ids) - {row.id for row in rows}:
            self.remove(kind, gone)
        documents = [
            {
                "kind": kind,
                "id": row.id,
                "owner_id": row.owner_id,
                "words": KINDS[kind].words(row),
                "weight": row.weight,
                "created_at": row.created_at,
            }
            for row in rows
        ]
        if documents:
            self._session.execute(_PUT, documents)

    def remove(self, kind: str, ids: Collection[UUID]) -> None:
        """Delete documents."""
        self._session.execute(
            sa.delete(SearchDocument)
            .where(_of(kind), SearchDocument.id == sa.any_(_ids))
            .execution_options(synchronize_session=False),
            {"ids": list(ids)},
        )

    def remove_all_of(self, owner_id: UUID) -> None:
        """Delete every document of a member."""
        self._session.execute(sa.delete(SearchDocument).where(SearchDocument.owner_id == owner_id))

    def count(self, kind: str) -> int:
        """How many documents there have to be."""
        return self._session.execute(_COUNTS[kind]).scalar_one()

    def put_batch(self, kind: str, after: UUID | None = None, *, only_missing: bool = False) -> list[UUID]:
        """Make the next ``BATCH`` documents behind ``after`` anew, in the order of their ids.

        Args:
            only_missing: those of rows that have none; imports write rows and tell no one.
        Returns:
            Their ids; none when there were none left.
        """
        walk = (_MISSING if only_missing else _WALKS)[kind]
        rows = self._session.execute(walk, {"after": after or _BEFORE_ALL, "rows": BATCH})
        ids: list[UUID] = [row.id for row in rows]
        if ids:
            self.put(kind, ids)
        return ids

    def weigh(self) -> None:
        """Bring the weights of members up to date."""
        self._session.execute(_WEIGH)
