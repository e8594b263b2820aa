"""The statements that write notifications, for one member or for many."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.orm import aliased

from web.graph.relations import blocked_between, mutes
from web.notifications.models import IS_OPEN, Notification, NotificationActor, NotificationChoice
from web.notifications.types import IN_APP

_table: Any = Notification.__table__
_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid()))
_actor = sa.bindparam("actor", type_=sa.Uuid())
_moment = sa.bindparam("moment", type_=sa.DateTime(timezone=True))
_type = sa.bindparam("type", type_=sa.Text())
_event = sa.bindparam("event", type_=sa.Uuid())
_target_id = sa.bindparam("target_id", type_=sa.Uuid())
_group_key = sa.bindparam("group_key", type_=sa.Text())
_told = (
    sa.func.unnest(_ids, sa.bindparam("members", type_=ARRAY(sa.Uuid())))
    .table_valued(sa.column("id", sa.Uuid()), sa.column("member_id", sa.Uuid()), name="told")
    .render_derived()
)
_in_app = sa.func.coalesce(
    sa.select(NotificationChoice.wanted)
    .where(
        NotificationChoice.member_id == _told.c.member_id,
        NotificationChoice.type == _type,
        NotificationChoice.channel == IN_APP,
    )
    .scalar_subquery(),
    sa.bindparam("in_app", type_=sa.Boolean()),
)
_before = aliased(Notification, name="before")
_heard_of_it = sa.exists().where(_before.member_id == _told.c.member_id, _before.event_id == _event)
_same_doer = sa.exists().where(
    NotificationActor.notification_id == _before.id, NotificationActor.actor_id == _actor
)
# Whoever blocks the other or mutes the doer is not told: more of a group would ring in the name of others.
_is_out_of_sight = sa.and_(
    _actor.is_not(None),
    sa.or_(blocked_between(_told.c.member_id, _actor), mutes(_told.c.member_id, _actor)),
)
_heard_the_same = sa.exists().where(
    _before.member_id == _told.c.member_id,
    _before.target_id == _target_id,
    _before.type == _type,
    _before.group_key == _group_key,
    sa.or_(_before.actor_id == _actor, _same_doer),
)


def _write(*, once: bool) -> Any:
    columns = {
        "id": _told.c.id,
        "member_id": _told.c.member_id,
        "type": _type,
        "actor_id": _actor,
        "target_kind": sa.bindparam("target_kind", type_=sa.Text()),
        "target_id": _target_id,
        "event_id": _event,
        "created_at": _moment,
        "group_key": _group_key,
        # Those of a group are counted as they are noted.
        "actor_count": sa.case((_group_key.is_(None), 1), else_=0),
        "facts": sa.bindparam("facts", type_=JSONB()),
        "in_app": _in_app,
    }
    # In the order of members, so that two that tell many do not wait for each other.
    is_news = sa.not_(sa.or_(_heard_of_it, _is_out_of_sight))
    rows = sa.select(*columns.values()).where(is_news).order_by(_told.c.member_id)
    if once:
        rows = rows.where(sa.not_(_heard_the_same))
    new = insert(_table).from_select(list(columns), rows)
    newer = {name: getattr(new.excluded, name) for name in ("actor_id", "event_id", "facts", "in_app")} | {
        "created_at": sa.func.greatest(Notification.created_at, new.excluded.created_at)
    }
    return new.on_conflict_do_update(
        index_elements=["member_id", "group_key"], index_where=sa.text(IS_OPEN), set_=newer
    ).returning(_table.c.id)


# By whether a member is told only once that the same one did it.
WRITE = {once: _write(once=once) for once in (False, True)}

_new_actors = (
    insert(NotificationActor.__table__)  # type: ignore[arg-type]  # a Table, which is meant
    .from_select(
        ["notification_id", "actor_id", "happened_at"],
        sa.select(sa.func.unnest(_ids).label("id"), _actor, _moment),
    )
    .on_conflict_do_nothing()
    .returning(NotificationActor.__table__.c.notification_id)
    .cte("new_actors")
)
# The row is locked by WRITE, so that the count is exact.
NOTE_ACTOR = (
    sa.update(Notification)
    .where(Notification.id == _new_actors.c.notification_id)
    .values(actor_count=Notification.actor_count + 1)
)
