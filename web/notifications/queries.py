"""Reads about notifications."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.db import AnySelect
from web.core.i18n import _
from web.core.pagination import AFTER, Page, keyset
from web.core.services import Services
from web.graph.relations import meets, mutes
from web.notifications.models import Notification
from web.notifications.schemas import NotificationItem, NotificationQuery, Target, UnreadCount
from web.notifications.types import NotificationTypes

_member = sa.bindparam("member", type_=sa.Uuid())
# What nobody did is shown; what somebody did, as long as the reader may meet them and does not mute them.
_shown = sa.or_(
    Notification.actor_id.is_(None),
    sa.and_(meets(_member), sa.not_(mutes(_member, Account.id))),
)
_UNREAD = (
    sa.select(sa.func.count())
    .select_from(Notification)
    .outerjoin(Account, Account.id == Notification.actor_id)
    .where(Notification.member_id == _member, Notification.read_at.is_(None), _shown)
)


def _list_statement(*, first: bool, unread_only: bool) -> AnySelect:
    statement = (
        sa.select(
            Notification.id,
            Notification.type,
            Notification.target_kind,
            Notification.target_id,
            Notification.created_at,
            Notification.read_at,
            *CARD_COLUMNS,
        )
        .outerjoin(Account, Account.id == Notification.actor_id)
        .where(Notification.member_id == _member, _shown)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(sa.bindparam("rows"))
    )
    if unread_only:
        statement = statement.where(Notification.read_at.is_(None))
    return (
        statement if first else statement.where(sa.tuple_(Notification.created_at, Notification.id) < AFTER)
    )


_LIST = {
    (first, unread): _list_statement(first=first, unread_only=unread)
    for first in (True, False)
    for unread in (True, False)
}


def notifications(
    session: Session,
    member_id: UUID,
    page: NotificationQuery,
    types: NotificationTypes,
    translate: Callable[[str], str],
) -> Page[NotificationItem]:
    """A member's notifications, newest first.

    Args:
        translate: turns marked texts into the reader's language.
    """
    after = page.after
    rows = session.execute(
        _LIST[after is None, page.unread_only], {"member": member_id, "rows": page.limit + 1, **keyset(after)}
    ).all()

    def item(row: Any) -> NotificationItem:
        actor = card_from(row) if row.card_id else None
        name = actor.nickname if actor else translate(_("Someone"))
        return NotificationItem(
            id=row.id,
            type=row.type,
            title=translate(types.title(row.type)).replace("${actor}", name),
            actor=actor,
            target=Target(kind=row.target_kind, id=row.target_id),
            action_url=types.address(row.type, row.target_id),
            created_at=row.created_at,
            read_at=row.read_at,
        )

    return page.page(rows, item)


def unread_count(session: Session, member_id: UUID) -> UnreadCount:
    """How many notifications a member has not read."""
    return UnreadCount(unread=session.scalar(_UNREAD, {"member": member_id}) or 0)


def greeting(services: Services, member_id: UUID) -> dict[str, Any]:
    """What a socket is told on connecting."""
    return {"unread_notifications": unread_count(services[Session], member_id).unread}
