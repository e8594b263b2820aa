"""Reads about accounts."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account, Email
from web.accounts.policy import username_key
from web.accounts.schemas import Me, MemberCard
from web.core.errors import NotFound
from web.core.events import ActorZone
from web.core.security import NameDirectory

_CARDS = sa.select(Account.id, Account.username, Account.nickname).where(
    Account.id.in_(sa.bindparam("ids", expanding=True))
)
_ME = (
    sa.select(Account, Email.address)
    .outerjoin(Email, Email.account_id == Account.id)
    .where(Account.id == sa.bindparam("member_id"))
)
_ID_OF = sa.select(Account.id).where(Account.username_key == sa.bindparam("key"))

# For queries of features above that show an author or a partner beside their own rows.
CARD_COLUMNS = (
    Account.id.label("card_id"),
    Account.username.label("card_username"),
    Account.nickname.label("card_nickname"),
)


def card_from(row: sa.Row[tuple[object, ...]]) -> MemberCard:
    """The card in a row that selected ``CARD_COLUMNS``."""
    return MemberCard(id=row.card_id, username=row.card_username, nickname=row.card_nickname)


def cards(session: Session, ids: Iterable[UUID]) -> dict[UUID, MemberCard]:
    """Cards of many members in one query; ids that are nobody's are left out."""
    rows = session.execute(_CARDS, {"ids": list(set(ids))})
    return {row.id: MemberCard(id=row.id, username=row.username, nickname=row.nickname) for row in rows}


def me(session: Session, member_id: UUID) -> Me:
    """A member's own account.

    Raises:
        NotFound: when it is gone.
    """
    row = session.execute(_ME, {"member_id": member_id}).one_or_none()
    if row is None:
        raise NotFound()
    account, address = row
    return Me(
        id=account.id,
        username=account.username,
        nickname=account.nickname,
        email=address,
        birth_date=account.birth_date,
        zone=account.zone,
        locale=account.locale,
        is_admin=account.is_admin,
        created_at=account.created_at,
        profile_incomplete=[] if account.birth_date else ["birth_date"],
    )


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


_IS_MEMBER = sa.select(sa.exists().where(Account.id == sa.bindparam("id"), Account.kind != "placeholder"))


def require_member(session: Session, member_id: UUID) -> None:
    """Make sure that somebody is there to relate to.

    Raises:
        NotFound: nobody, or only a placeholder of an import.
    """
    if not session.scalar(_IS_MEMBER, {"id": member_id}):
        raise NotFound()
