"""Reads about keys, exchanges and sealed messages."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.pagination import AFTER, Page, keyset
from web.core.threads import off_the_loop
from web.graph.queries import require_meeting
from web.graph.relations import meets
from web.keys import schemas
from web.keys.errors import NoDevices
from web.keys.models import DeviceKey, KeyBackup, KeyExchange, SealedCopy, SecretMessage
from web.keys.policy import is_kept, kept
from web.keys.safety import safety_number
from web.messaging.service import direct_key

_member = sa.bindparam("member", type_=sa.Uuid())
_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid()))

_DEVICES = (
    sa.select(*DeviceKey.__table__.columns)
    .where(DeviceKey.member_id == _member)
    .order_by(DeviceKey.created_at, DeviceKey.device_id)
)
_HAS_BACKUP = sa.select(sa.exists().where(KeyBackup.member_id == _member))
_KEYS = (
    sa.select(DeviceKey.member_id, DeviceKey.device_id, DeviceKey.public_key)
    .where(DeviceKey.member_id == sa.any_(_ids))
    .order_by(DeviceKey.created_at, DeviceKey.device_id)
)


def own_keys(session: Session, member_id: UUID) -> schemas.OwnKeys:
    """A member's own devices, and whether there is a backup."""
    return schemas.OwnKeys(
        devices=[
            schemas.OwnDevice.model_validate(row, from_attributes=True)
            for row in session.execute(_DEVICES, {"member": member_id})
        ],
        has_backup=bool(session.scalar(_HAS_BACKUP, {"member": member_id})),
    )


def keys_of(session: Session, viewer_id: UUID, member_id: UUID) -> schemas.MemberKeys:
    """The devices to seal messages for a member to.

    Raises:
        NotFound: nobody whom the viewer may meet.
    """
    require_meeting(session, viewer_id, member_id)
    return schemas.MemberKeys(
        user_id=member_id,
        devices=[
            schemas.PeerDevice(user_id=row.member_id, device_id=row.device_id, public_key=row.public_key)
            for row in session.execute(_KEYS, {"ids": [member_id]})
        ],
    )


def safety_number_of(session: Session, viewer_id: UUID, member_id: UUID) -> schemas.SafetyNumber:
    """What a viewer and a member compare to know that they have each other's keys.

    Raises:
        NotFound: nobody whom the viewer may meet.
        NoDevices: one of the two has none.
    """
    require_meeting(session, viewer_id, member_id)
    keys: dict[UUID, list[bytes]] = {viewer_id: [], member_id: []}
    for row in session.execute(_KEYS, {"ids": list(keys)}):
        keys[row.member_id].append(row.public_key)
    without = [user_id for user_id, found in keys.items() if not found]
    if without:
        raise NoDevices(user_ids=[str(user_id) for user_id in without])
    number = off_the_loop(safety_number, viewer_id.bytes, keys[viewer_id], member_id.bytes, keys[member_id])
    return schemas.SafetyNumber(user_id=member_id, number=number)


_is_sent = KeyExchange.initiator_id == _member
_peer = sa.case((_is_sent, KeyExchange.recipient_id), else_=KeyExchange.initiator_id)
_unread = (
    sa.select(sa.func.count())
    .where(
        SecretMessage.recipient_id == _member,
        SecretMessage.sender_id == Account.id,
        SecretMessage.read_at.is_(None),
        is_kept(),
    )
    .correlate(Account)
    .scalar_subquery()
)
_EXCHANGES: AnySelect = (
    sa.select(
        KeyExchange.id,
        _is_sent.label("is_sent"),
        KeyExchange.initiator_public_key,
        KeyExchange.recipient_public_key,
        KeyExchange.created_at,
        KeyExchange.completed_at,
        _unread.label("unread"),
        *CARD_COLUMNS,
    )
    .join(Account, Account.id == _peer)
    .where(
        KeyExchange.withdrawn_at.is_(None),
        sa.or_(_is_sent, sa.and_(KeyExchange.recipient_id == _member, KeyExchange.declined_at.is_(None))),
        meets(_member),
    )
)
_EXCHANGE = _EXCHANGES.where(KeyExchange.id == sa.bindparam("id", type_=sa.Uuid()))


def _list_statement(status: str | None, *, first: bool) -> AnySelect:
    statement = _EXCHANGES.order_by(KeyExchange.created_at.desc(), KeyExchange.id.desc()).limit(
        sa.bindparam("rows")
    )
    if status == "pending":
        statement = statement.where(KeyExchange.completed_at.is_(None))
    if status == "completed":
        statement = statement.where(KeyExchange.completed_at.is_not(None))
    return statement if first else statement.where(sa.tuple_(KeyExchange.created_at, KeyExchange.id) < AFTER)


_LISTS = {
    (status, first): _list_statement(status, first=first)
    for status in (None, "pending", "completed")
    for first in (True, False)
}


def exchange(session: Session, exchange_id: UUID, member_id: UUID, now: datetime) -> schemas.Exchange:
    """An exchange of a member.

    Raises:
        NotFound: absent, somebody else's, declined by the member, or with whom they may not meet.
    """
    values = {"id": exchange_id, "member": member_id, **kept(now)}
    row = session.execute(_EXCHANGE, values).one_or_none()
    if row is None:
        raise NotFound()
    return _exchange_from(row)


def exchanges(
    session: Session, member_id: UUID, now: datetime, page: schemas.ExchangeQuery
) -> Page[schemas.Exchange]:
    """A member's exchanges, newest first, without those that they declined."""
    after = page.after
    statement = _LISTS[page.status, after is None]
    values = {"member": member_id, "rows": page.limit + 1, **kept(now), **keyset(after)}
    return page.page(session.execute(statement, values).all(), _exchange_from)


def _exchange_from(row: Any) -> schemas.Exchange:
    return schemas.Exchange(
        id=row.id,
        peer=card_from(row),
        direction="sent" if row.is_sent else "received",
        status="completed" if row.completed_at else "pending",
        initiator_public_key=row.initiator_public_key,
        recipient_public_key=row.recipient_public_key,
        unread=row.unread,
        created_at=row.created_at,
        completed_at=row.completed_at,
    )


_ITEMS: AnySelect = sa.select(
    *SecretMessage.__table__.columns,
    SealedCopy.device_id,
    SealedCopy.public_key,
    SealedCopy.nonce,
    SealedCopy.ciphertext,
).outerjoin(
    SealedCopy,
    sa.and_(
        SealedCopy.message_id == SecretMessage.id,
        SealedCopy.member_id == _member,
        SealedCopy.device_id == sa.bindparam("device", type_=sa.Uuid()),
    ),
)
_MESSAGES = (
    _ITEMS.where(SecretMessage.pair_key == sa.bindparam("pair"), is_kept())
    .order_by(SecretMessage.created_at.desc(), SecretMessage.id.desc())
    .limit(sa.bindparam("rows"))
)
_MESSAGES_NEXT = _MESSAGES.where(sa.tuple_(SecretMessage.created_at, SecretMessage.id) < AFTER)


def messages(
    session: Session, member_id: UUID, now: datetime, page: schemas.SecretQuery
) -> Page[schemas.SecretItem]:
    """What two members wrote each other, newest first, with the copies of one device.

    Raises:
        NotFound: nobody whom the member may meet.
    """
    require_meeting(session, member_id, page.peer)
    after = page.after
    values = {
        "pair": direct_key(member_id, page.peer),
        "member": member_id,
        "device": page.device_id,
        "rows": page.limit + 1,
        **kept(now),
        **keyset(after),
    }
    rows = session.execute(_MESSAGES if after is None else _MESSAGES_NEXT, values).all()
    return page.page(rows, _item_from)


_is_written = SecretMessage.sender_id == _member
_ITEM = _ITEMS.join(
    Account, Account.id == sa.case((_is_written, SecretMessage.recipient_id), else_=SecretMessage.sender_id)
).where(
    SecretMessage.id == sa.bindparam("id", type_=sa.Uuid()),
    sa.or_(_is_written, SecretMessage.recipient_id == _member),
    meets(_member),
    is_kept(),
)


def message(
    session: Session, member_id: UUID, message_id: UUID, device_id: UUID | None, now: datetime
) -> schemas.SecretItem:
    """A message that a member sent or received, with the copy of one device.

    Raises:
        NotFound: absent, too old, of others, or with somebody whom the member may not meet.
    """
    values = {"id": message_id, "member": member_id, "device": device_id, **kept(now)}
    row = session.execute(_ITEM, values).one_or_none()
    if row is None:
        raise NotFound()
    return _item_from(row)


def _item_from(row: Any) -> schemas.SecretItem:
    return schemas.SecretItem(
        **schemas.SecretMessage.model_validate(row, from_attributes=True).model_dump(),
        sealed=schemas.SealedCopy.model_validate(row, from_attributes=True) if row.device_id else None,
    )


_pairs = (
    sa.func.unnest(
        sa.bindparam("viewers", type_=ARRAY(sa.Uuid())), sa.bindparam("members", type_=ARRAY(sa.Uuid()))
    )
    .table_valued(sa.column("viewer_id", sa.Uuid()), sa.column("member_id", sa.Uuid()), name="pairs")
    .render_derived()
)
_MEETING = (
    sa.select(_pairs.c.viewer_id, _pairs.c.member_id)
    .join(Account, Account.id == _pairs.c.member_id)
    .where(meets(_pairs.c.viewer_id))
)


def meeting(session: Session, pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """The pairs of viewer and member in which the viewer may meet the member, in one query."""
    asked = list(set(pairs))
    values = {"viewers": [viewer for viewer, _ in asked], "members": [member for _, member in asked]}
    return {(row.viewer_id, row.member_id) for row in session.execute(_MEETING, values)}


_PARTNERS = sa.select(_peer).where(
    sa.or_(_is_sent, KeyExchange.recipient_id == _member), KeyExchange.completed_at.is_not(None)
)
_OUTSIDES = sa.select(*SecretMessage.__table__.columns).where(SecretMessage.id == sa.any_(_ids))
_COPIES = sa.select(*SealedCopy.__table__.columns).where(SealedCopy.message_id == sa.any_(_ids))


def partners(session: Session, member_id: UUID) -> set[UUID]:
    """With whom a member has exchanged keys."""
    return set(session.scalars(_PARTNERS, {"member": member_id}))


def outsides(session: Session, ids: Collection[UUID]) -> dict[UUID, schemas.SecretMessage]:
    """Messages without what is sealed, by id."""
    rows = session.execute(_OUTSIDES, {"ids": list(ids)})
    return {row.id: schemas.SecretMessage.model_validate(row, from_attributes=True) for row in rows}


def copies(session: Session, ids: Collection[UUID]) -> dict[tuple[UUID, UUID], list[schemas.SealedCopy]]:
    """What is sealed of messages, by message and member."""
    found: dict[tuple[UUID, UUID], list[schemas.SealedCopy]] = {}
    for row in session.execute(_COPIES, {"ids": list(ids)}):
        copy = schemas.SealedCopy.model_validate(row, from_attributes=True)
        found.setdefault((row.message_id, row.member_id), []).append(copy)
    return found
