"""Reads about a member's own friends; each is one statement."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account, Profile
from web.accounts.presence import is_online, last_seen_at
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.db import AnySelect
from web.core.pagination import AFTER, Page, PageQuery, Position, keyset
from web.graph.models import Friendship
from web.graph.relations import friends_in_common, meets
from web.members.friends.schemas import Friend, FriendOrder, FriendSearch, FriendsQuery
from web.members.policy import VIEWER, Wish, allowed


def _folded(text: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[str]:
    """SQL: a text as names are sorted and looked for: in one normal form, without regard to case."""
    return sa.func.lower(sa.func.normalize(text, sa.literal_column("NFKC")), type_=sa.Text())


_Mine = aliased(Friendship)  # of its own name, because the rules of sight look for friendships, too
_columns = (
    sa.select(
        *CARD_COLUMNS,
        _Mine.created_at.label("friends_since"),
        _folded(Account.nickname).label("name"),
        _folded(Account.username).label("username"),
        sa.case((allowed(Wish.PROFILE, VIEWER), _folded(Profile.full_name))).label("full_name"),
        allowed(Wish.ONLINE, VIEWER).label("shows_online"),
    )
    .select_from(_Mine)
    .join(Account, Account.id == _Mine.friend_id)
    .outerjoin(Profile, Profile.account_id == Account.id)
    .where(_Mine.member_id == VIEWER, meets(VIEWER))
    .subquery("friend")
    .c
)
_NEVER = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), sa.DateTime(timezone=True))
_last_seen_at = sa.case((_columns.shows_online, last_seen_at(_columns.card_id)))
_is_online = sa.case((_columns.shows_online, is_online(_columns.card_id)))
_active_at = sa.func.coalesce(_last_seen_at, _NEVER)
_FRIENDS: AnySelect = sa.select(
    *_columns,
    _is_online.label("is_online"),
    _last_seen_at.label("last_seen_at"),
    _active_at.label("active_at"),
    friends_in_common(VIEWER, _columns.card_id).label("mutual_friends"),
).limit(sa.bindparam("rows"))

_after_id = sa.bindparam("after_id", type_=sa.Uuid())
# A name does not fit into a cursor: it is looked up by the id of who stood last on the page before.
_after_name = sa.select(_folded(Account.nickname)).where(Account.id == _after_id).scalar_subquery()


@dataclass(frozen=True)
class Order:
    """A way to sort friends.

    Attributes:
        by: the columns.
        further: leaves out what was on the pages before.
        position: a row's place.
    """

    by: tuple[sa.ColumnElement[Any], ...]
    further: sa.ColumnElement[bool]
    position: Callable[[Any], Position]


_ORDERS = {
    FriendOrder.RECENT: Order(
        (_columns.friends_since.desc(), _columns.card_id.desc()),
        sa.tuple_(_columns.friends_since, _columns.card_id) < AFTER,
        lambda row: Position.at(row.friends_since, row.card_id),
    ),
    FriendOrder.ALPHABETICAL: Order(
        (_columns.name.asc(), _columns.card_id.asc()),
        sa.tuple_(_columns.name, _columns.card_id) > sa.tuple_(_after_name, _after_id),
        lambda row: Position(0, row.card_id),
    ),
    # Who comes back while the list is paged moves to its front, and is not on a later page.
    FriendOrder.ACTIVE: Order(
        (_active_at.desc(), _columns.card_id.desc()),
        sa.tuple_(_active_at, _columns.card_id) < AFTER,
        lambda row: Position.at(row.active_at, row.card_id),
    ),
}
_wanted = _folded(sa.bindparam("q", type_=sa.Text()))
# Not LIKE: a text that is looked for means itself, whatever signs are in it.
_found = sa.or_(
    *(sa.func.strpos(name, _wanted) > 0 for name in (_columns.name, _columns.username, _columns.full_name))
)

Statements = dict[bool, AnySelect]  # for the first page, and for further ones


def _pages(statement: AnySelect, order: FriendOrder) -> Statements:
    ordered = statement.order_by(*_ORDERS[order].by)
    return {True: ordered, False: ordered.where(_ORDERS[order].further)}


_ALL_PAGES = {order: _pages(_FRIENDS, order) for order in FriendOrder}
_ONLINE_PAGES = _pages(_FRIENDS.where(_is_online), FriendOrder.ACTIVE)
_FOUND_PAGES = _pages(_FRIENDS.where(_found), FriendOrder.ALPHABETICAL)


def friends(session: Session, member: UUID, page: FriendsQuery) -> Page[Friend]:
    """A member's friends."""
    return _page(session, _ALL_PAGES[page.sort], page.sort, page, member)


def online(session: Session, member: UUID, page: PageQuery) -> Page[Friend]:
    """A member's friends who are there now and show it, who was active last first."""
    return _page(session, _ONLINE_PAGES, FriendOrder.ACTIVE, page, member)


def search(session: Session, member: UUID, page: FriendSearch) -> Page[Friend]:
    """A member's friends by a part of a name that they show, in the order of their nicknames."""
    return _page(session, _FOUND_PAGES, FriendOrder.ALPHABETICAL, page, member, q=page.q)


def _page(
    session: Session,
    statements: Statements,
    order: FriendOrder,
    page: PageQuery,
    member: UUID,
    **filters: object,
) -> Page[Friend]:
    after = page.after
    values = {"viewer": member, "rows": page.limit + 1, **keyset(after), **filters}
    rows = session.execute(statements[after is None], values).all()
    return page.page(rows, _friend, _ORDERS[order].position)


def _friend(row: Any) -> Friend:
    return Friend(
        **card_from(row).model_dump(),
        friends_since=row.friends_since,
        is_online=row.is_online,
        last_seen_at=row.last_seen_at,
        mutual_friends_count=row.mutual_friends,
    )
