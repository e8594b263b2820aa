"""Reads about accounts."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account, Email, GoogleLink, Passkey, Phone, Profile
from web.accounts.policy import RETURN_WITHIN, username_key
from web.accounts.presence import present
from web.accounts.schemas import Me, MemberCard
from web.core.errors import NotFound
from web.core.events import ActorZone
from web.core.media_addresses import cover_image_url, profile_image_url
from web.core.security import NameDirectory

_CARDS = sa.select(Account.id, Account.username, Account.nickname, Account.profile_image_id).where(
    Account.id.in_(sa.bindparam("ids", expanding=True)), present()
)
_id = sa.bindparam("member_id", type_=sa.Uuid())
_ME = (
    sa.select(
        Account,
        Profile,
        Email.address,
        Phone.number,
        sa.exists().where(GoogleLink.account_id == _id).label("has_google"),
        sa.select(sa.func.count()).where(Passkey.account_id == _id).scalar_subquery().label("passkeys"),
    )
    .outerjoin(Profile, Profile.account_id == Account.id)
    .outerjoin(Email, Email.account_id == Account.id)
    .outerjoin(Phone, Phone.account_id == Account.id)
    .where(Account.id == _id)
)
_ID_OF = sa.select(Account.id).where(Account.username_key == sa.bindparam("key"))

# For queries of features above that show an author or a partner beside their own rows.
CARD_COLUMNS = (
    Account.id.label("card_id"),
    Account.username.label("card_username"),
    Account.nickname.label("card_nickname"),
    Account.profile_image_id.label("card_image_id"),
    Account.erased_at.is_not(None).label("card_is_deleted"),
)


def card_from(row: sa.Row[tuple[object, ...]]) -> MemberCard:
    """The card in a row that selected ``CARD_COLUMNS``."""
    return MemberCard(
        id=row.card_id,
        username=row.card_username,
        nickname=row.card_nickname,
        avatar_url=profile_image_url(row.card_image_id),
        is_deleted=row.card_is_deleted,
    )


def cards(session: Session, ids: Iterable[UUID]) -> dict[UUID, MemberCard]:
    """Cards of many members in one query; ids that are nobody's are left out."""
    rows = session.execute(_CARDS, {"ids": list(set(ids))})
    return {
        row.id: MemberCard(
            id=row.id,
            username=row.username,
            nickname=row.nickname,
            avatar_url=profile_image_url(row.profile_image_id),
        )
        for row in rows
    }


def me(session: Session, member_id: UUID) -> Me:
    """A member's own account.

    Raises:
        NotFound: when it is gone.
    """
    row = session.execute(_ME, {"member_id": member_id}).one_or_none()
    if row is None:
        raise NotFound()
    account, told = row.Account, row.Profile
    asked_at = account.deletion_requested_at
    return Me(
        id=account.id,
        username=account.username,
        nickname=account.nickname,
        email=row.address,
        phone=row.number,
        has_password=account.password_hash is not None,
        has_google=row.has_google,
        passkeys=row.passkeys,
        second_factor=account.second_factor_since is not None,
        birth_date=account.birth_date,
        full_name=told.full_name if told else None,
        bio=told.bio if told else None,
        place=told.place if told else None,
        interests=told.interests if told else [],
        native_languages=told.native_languages if told else [],
        target_languages=told.target_languages if told else [],
        avatar_url=profile_image_url(account.profile_image_id),
        cover_url=cover_image_url(account.cover_image_id),
        zone=account.zone,
        locale=account.locale,
        is_admin=account.is_admin,
        created_at=account.created_at,
        deletion_requested_at=asked_at,
        erased_on=(asked_at + RETURN_WITHIN).date() if asked_at else None,
        profile_incomplete=[] if account.birth_date else ["birth_date"],
    )


_CALLED = sa.select(Account.id).where(
    Account.kind == "person",
    Account.erased_at.is_(None),
    sa.or_(
        Account.id == sa.bindparam("id", type_=sa.Uuid()),
        Account.username_key == sa.bindparam("name"),
        Account.id
        == sa.select(Email.account_id).where(Email.address_key == sa.bindparam("name")).scalar_subquery(),
    ),
)


def member_called(session: Session, name: str) -> UUID:
    """The person whom an operator names by id, ``@username`` or address, however the account stands.

    Raises:
        NotFound
    """
    try:
        known_id = UUID(name)
    except ValueError:
        known_id = None
    key = username_key(name).removeprefix("@")
    member_id = session.scalar(_CALLED, {"id": known_id, "name": key})
    if member_id is None:
        raise NotFound()
    return member_id


class AccountNames(NameDirectory):
    """Finds members by ``@username``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def id_of(self, username: str) -> UUID:
        member_id = self._session.scalar(_ID_OF, {"key": username_key(username)})
        if member_id is None:
            raise NotFound()
        return member_id


class AccountZone(ActorZone):
    """The event log takes the actor's zone from the account."""

    def expression(self, actor_id: sa.BindParameter[UUID]) -> sa.ColumnElement[str]:
        return sa.select(Account.zone).where(Account.id == actor_id).scalar_subquery()
