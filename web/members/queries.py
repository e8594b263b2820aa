"""Reads about members as others see them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.models import Profile as ProfileRow
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.media_addresses import cover_image_url
from web.core.relations import Sight
from web.graph import queries as graph
from web.graph.models import RelationCount
from web.graph.relations import between_from, meets
from web.members.policy import VIEWER, fact_columns, facts_from, sight_of
from web.members.schemas import MemberCards, MemberStats, Profile
from web.members.stats import StatSources

_CARDS: AnySelect = sa.select(*CARD_COLUMNS).where(
    Account.id.in_(sa.bindparam("ids", expanding=True)), meets(VIEWER)
)
_NONE_TOLD = sa.literal_column("'{}'", ARRAY(sa.Text))
# What a profile tells where it is open, over the account, what the member tells of themselves, the counts.
_TOLD: Mapping[str, sa.ColumnElement[Any]] = {
    "full_name": ProfileRow.full_name.expression,
    "bio": ProfileRow.bio.expression,
    "place": ProfileRow.place.expression,
    "interests": sa.func.coalesce(ProfileRow.interests, _NONE_TOLD),
    "native_languages": sa.func.coalesce(ProfileRow.native_languages, _NONE_TOLD),
    "target_languages": sa.func.coalesce(ProfileRow.target_languages, _NONE_TOLD),
    "created_at": Account.created_at.expression,
    "follower_count": sa.func.coalesce(RelationCount.follower_count, 0),
    "following_count": sa.func.coalesce(RelationCount.following_count, 0),
    "friend_count": sa.func.coalesce(RelationCount.friend_count, 0),
}
_PROFILE: AnySelect = (
    sa.select(
        *CARD_COLUMNS,
        *(column.label(name) for name, column in _TOLD.items()),
        Account.cover_image_id,
        *fact_columns(),
        *graph.relationship_columns(VIEWER, Account.id),
    )
    .outerjoin(ProfileRow, ProfileRow.account_id == Account.id)
    .outerjoin(RelationCount, RelationCount.member_id == Account.id)
    .where(Account.id == sa.bindparam("member", type_=sa.Uuid()))
)


def cards_of(session: Session, ids: list[UUID], viewer: UUID | None) -> MemberCards:
    """The cards of several members whom the viewer may meet, in the order asked for."""
    rows = session.execute(_CARDS, {"ids": list(set(ids)), "viewer": viewer})
    found = {row.card_id: card_from(row) for row in rows}
    return MemberCards(items=[found[member_id] for member_id in ids if member_id in found])


def profile(session: Session, member_id: UUID, viewer: UUID | None) -> Profile:
    """A member's profile as ``viewer`` sees it, in one query.

    Raises:
        NotFound: nobody is there for the viewer.
    """
    row = session.execute(_PROFILE, {"member": member_id, "viewer": viewer}).one_or_none()
    sight = sight_of(viewer, facts_from(row), between_from(row)) if row else Sight.NOTHING
    if row is None or sight is Sight.NOTHING:
        raise NotFound()
    told: dict[str, Any] = {}
    if sight is Sight.PROFILE:
        told = {name: getattr(row, name) for name in _TOLD}
        told["cover_url"] = cover_image_url(row.cover_image_id)
    is_other = viewer is not None and viewer != member_id
    return Profile(
        **card_from(row).model_dump(),
        **told,
        relationship=graph.relationship_from(member_id, row) if is_other else None,
        is_limited=sight is Sight.CARD,
    )


def stats(session: Session, sources: StatSources, member_id: UUID) -> MemberStats:
    """A member's numbers; whether the viewer may read them is the policy's answer, not asked here."""
    counts = graph.counts(session, member_id)
    return MemberStats(
        **sources.of(session, member_id),
        follower_count=counts.followers,
        following_count=counts.following,
        friend_count=counts.friends,
    )
