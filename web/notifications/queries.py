"""Reads about notifications."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.db import AnySelect
from web.core.pagination import AFTER, Page, keyset
from web.core.services import Services
from web.graph.relations import meets, mutes
from web.notifications import texts
from web.notifications.glimpses import NOTHING, Glimpse, glimpses_of
from web.notifications.models import Notification, NotificationActor
from web.notifications.schemas import NotificationItem, NotificationQuery, Target, UnreadCount
from web.notifications.types import NotificationTypes

# So many of those who did the same are looked at, the last first, whether the reader may meet them; more
# are only counted.
LOOKED_AT = 50

_member = sa.bindparam("member", type_=sa.Uuid())


def _doers() -> sa.Subquery:
    """SQL: the last who did what a notification tells, and when; its own actor among them."""
    last = (
        sa.select(
            Notification.member_id,
            Notification.actor_id.label("actor_id"),
            Notification.created_at.label("happened_at"),
            sa.literal(0).label("place"),
        )
        .correlate(Notification)
        .where(Notification.actor_id.is_not(None))
    )
    others = (
        sa.select(
            Notification.member_id,
            NotificationActor.actor_id,
            NotificationActor.happened_at,
            sa.literal(1).label("place"),
        )
        .correlate(Notification)
        .where(
            NotificationActor.notification_id == Notification.id,
            NotificationActor.actor_id != Notification.actor_id,
        )
        .order_by(NotificationActor.happened_at.desc())
        .limit(LOOKED_AT - 1)
        .subquery("others")
    )
    return sa.union_all(last, sa.select(others)).subquery("doers")


def _met() -> AnySelect:
    """SQL: the last doer whom the member may meet and does not mute, and how many of those there are."""
    doers = _doers()
    return (
        sa.select(*CARD_COLUMNS, sa.func.count().over().label("met_count"))
        .select_from(doers)
        .join(Account, Account.id == doers.c.actor_id)
        .where(meets(doers.c.member_id), sa.not_(mutes(doers.c.member_id, Account.id)))
        .order_by(doers.c.place, doers.c.happened_at.desc())
        .limit(1)
    )


_last_met = _met().lateral("last_met")
# Notifications with who did it. What nobody did is shown; what somebody did, as long as the member may meet
# one of them.
_ITEMS: AnySelect = (
    sa.select(
        Notification.id,
        Notification.member_id,
        Notification.type,
        Notification.target_kind,
        Notification.target_id,
        Notification.created_at,
        Notification.read_at,
        Notification.archived_at,
        Notification.actor_count,
        Notification.facts,
        Notification.in_app,
        *_last_met.c,
    )
    .select_from(Notification)
    .outerjoin(_last_met, sa.true())
    .where(sa.or_(Notification.actor_id.is_(None), _last_met.c.card_id.is_not(None)))
)


def _list_statement(*, first: bool, unread_only: bool, narrowed: bool, archived: bool) -> AnySelect:
    statement = (
        _ITEMS.where(
            Notification.member_id == _member,
            Notification.in_app,
            Notification.archived_at.is_not(None) if archived else Notification.archived_at.is_(None),
        )
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(sa.bindparam("rows"))
    )
    if unread_only:
        statement = statement.where(Notification.read_at.is_(None))
    if narrowed:
        statement = statement.where(Notification.type.in_(sa.bindparam("types", expanding=True)))
    if not first:
        statement = statement.where(sa.tuple_(Notification.created_at, Notification.id) < AFTER)
    return statement


_YES_AND_NO = (True, False)
_LISTS = {
    (first, unread, narrowed, archived): _list_statement(
        first=first, unread_only=unread, narrowed=narrowed, archived=archived
    )
    for first in _YES_AND_NO
    for unread in _YES_AND_NO
    for narrowed in _YES_AND_NO
    for archived in _YES_AND_NO
}
_BY_ID = _ITEMS.where(
    sa.tuple_(Notification.member_id, Notification.id).in_(sa.bindparam("asked", expanding=True))
)


_UNREAD_SINCE = (
    _ITEMS.where(
        Notification.member_id == _member,
        Notification.in_app,
        Notification.read_at.is_(None),
        Notification.created_at >= sa.bindparam("since", type_=sa.DateTime(timezone=True)),
    )
    .order_by(Notification.created_at.desc(), Notification.id.desc())
    .limit(100)
)
_last = aliased(Account, name="last")
_others_met = _doers()
# Most are decided by who did it last; the others are looked at only where that one is out of sight.
_shown = sa.or_(
    Notification.actor_id.is_(None),
    sa.and_(meets(Notification.member_id, _last), sa.not_(mutes(Notification.member_id, _last.id))),
    sa.exists()
    .select_from(_others_met)
    .where(
        Account.id == _others_met.c.actor_id,
        meets(_others_met.c.member_id),
        sa.not_(mutes(_others_met.c.member_id, Account.id)),
    ),
)
_counted = sa.and_(Notification.read_at.is_(None), Notification.in_app, _shown)
_UNREAD = (
    sa.select(sa.func.count())
    .select_from(Notification)
    .outerjoin(_last, _last.id == Notification.actor_id)
    .where(Notification.member_id == _member, _counted)
)
_UNREAD_OF_MANY = (
    sa.select(Notification.member_id, sa.func.count().label("unread"))
    .outerjoin(_last, _last.id == Notification.actor_id)
    .where(Notification.member_id == sa.any_(sa.bindparam("members", type_=ARRAY(sa.Uuid()))), _counted)
    .group_by(Notification.member_id)
)


def notifications(
    session: Session,
    member_id: UUID,
    page: NotificationQuery,
    types: NotificationTypes,
    to: texts.Localizer,
) -> Page[NotificationItem]:
    """A member's notifications, newest first: a statement, and one for each look at what they are about.

    Args:
        to: the reader's language.
    """
    after = page.after
    statement = _LISTS[after is None, page.unread_only, page.category is not None, page.archived]
    values: dict[str, Any] = {"member": member_id, "rows": page.limit + 1, **keyset(after)}
    if page.category is not None:
        values["types"] = types.names(page.category)
    rows = session.execute(statement, values).all()
    seen = glimpses_of(session, rows[: page.limit], types.look_in_app)
    return page.page(rows, lambda row: item_from(row, types, to, seen.get(row.id, NOTHING)))


def by_id(session: Session, asked: Iterable[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], Any]:
    """Rows of many notifications, each for its member, in one query; :func:`item_from` reads them.

    Args:
        asked: members and ids.
    Returns:
        By member and id; only what the member may be told (still), also where it is not wanted in the app.
    """
    rows = session.execute(_BY_ID, {"asked": list(set(asked))})
    return {(row.member_id, row.id): row for row in rows}


def item_from(
    row: Any, types: NotificationTypes, to: texts.Localizer, seen: Glimpse = NOTHING
) -> NotificationItem:
    """A notification from its row, in a language, with what is to be seen of what it is about."""
    kind = types[row.type]
    actor = card_from(row) if row.card_id else None
    others = row.met_count - 1 + max(row.actor_count - LOOKED_AT, 0) if actor else 0
    return NotificationItem(
        id=row.id,
        type=row.type,
        category=kind.category,
        title=texts.title(kind, to, actor.nickname if actor else None, others, row.facts),
        message=texts.message(kind, to, row.facts) or seen.text or (seen.kind and to.translate(seen.kind)),
        actor=actor,
        other_count=others,
        target=Target(kind=row.target_kind, id=row.target_id),
        action_url=types.address(row.type, row.target_id),
        icon_type=kind.icon,
        icon_color=kind.color,
        image_url=(actor and actor.avatar_url) or seen.image_url,
        created_at=row.created_at,
        read_at=row.read_at,
        archived_at=row.archived_at,
    )


def unread_since(session: Session, member_id: UUID, since: datetime) -> Sequence[Any]:
    """Rows of what a member was told since a moment and has not read, newest first, at most a hundred."""
    return session.execute(_UNREAD_SINCE, {"member": member_id, "since": since}).all()


def unread_count(session: Session, member_id: UUID) -> UnreadCount:
    """How many notifications a member has not read."""
    return UnreadCount(unread=session.scalar(_UNREAD, {"member": member_id}) or 0)


def unread_counts(session: Session, member_ids: Collection[UUID]) -> dict[UUID, int]:
    """The same for many members, in one query."""
    rows = session.execute(_UNREAD_OF_MANY, {"members": list(set(member_ids))})
    return dict.fromkeys(member_ids, 0) | {row.member_id: row.unread for row in rows}


def greeting(services: Services, member_id: UUID) -> dict[str, Any]:
    """What a socket is told on connecting."""
    return {"unread_notifications": unread_count(services[Session], member_id).unread}
