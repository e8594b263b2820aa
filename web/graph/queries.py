"""Reads about relations."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from, require_member
from web.accounts.schemas import MemberCard
from web.core.db import AnySelect
from web.core.pagination import AFTER, Page, PageQuery, keyset
from web.graph.models import Follow, RelationCount
from web.graph.schemas import Relationship


@dataclass(frozen=True)
class Counts:
    """How many follow a member, and how many the member follows."""

    followers: int
    following: int


def follows(
    follower: sa.ColumnElement[UUID], followed: sa.SQLColumnExpression[UUID]
) -> sa.ColumnElement[bool]:
    """SQL: whether one member follows another; both may be columns or parameters."""
    return sa.exists().where(Follow.follower_id == follower, Follow.followed_id == followed)


_viewer = sa.bindparam("viewer", type_=sa.Uuid())
_member = sa.bindparam("member", type_=sa.Uuid())
_RELATIONSHIP = sa.select(
    follows(_viewer, _member).label("following"), follows(_member, _viewer).label("followed_by")
)


def relationship(session: Session, viewer: UUID, member: UUID) -> Relationship:
    """How ``viewer`` stands to ``member``."""
    row = session.execute(_RELATIONSHIP, {"viewer": viewer, "member": member}).one()
    return Relationship(user_id=member, following=row.following, followed_by=row.followed_by)


def counts(session: Session, member: UUID) -> Counts:
    """A member's follower and following counts."""
    row = session.get(RelationCount, member)
    return Counts(row.follower_count, row.following_count) if row else Counts(0, 0)


def _list_statement(
    of: InstrumentedAttribute[UUID], shown: InstrumentedAttribute[UUID], *, first: bool
) -> AnySelect:
    statement = (
        sa.select(*CARD_COLUMNS, Follow.created_at, shown.label("id"))
        .join(Account, Account.id == shown)
        .where(of == _member)
        .order_by(Follow.created_at.desc(), shown.desc())
        .limit(sa.bindparam("rows"))
    )
    if first:
        return statement
    return statement.where(sa.tuple_(Follow.created_at, shown) < AFTER)


_FOLLOWERS = {
    first: _list_statement(Follow.followed_id, Follow.follower_id, first=first) for first in (True, False)
}
_FOLLOWING = {
    first: _list_statement(Follow.follower_id, Follow.followed_id, first=first) for first in (True, False)
}


def followers(session: Session, member: UUID, page: PageQuery) -> Page[MemberCard]:
    """Who follows a member, newest first.

    Raises:
        NotFound: nobody is there.
    """
    return _list(session, _FOLLOWERS, member, page)


def following(session: Session, member: UUID, page: PageQuery) -> Page[MemberCard]:
    """Whom a member follows, newest first.

    Raises:
        NotFound: nobody is there.
    """
    return _list(session, _FOLLOWING, member, page)


def _list(
    session: Session, statements: dict[bool, AnySelect], member: UUID, page: PageQuery
) -> Page[MemberCard]:
    require_member(session, member)
    after = page.after
    values = {"member": member, "rows": page.limit + 1, **keyset(after)}
    return page.page(session.execute(statements[after is None], values).all(), card_from)
