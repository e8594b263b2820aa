"""Suggestions from the tables as they are: friends of friends, and people with common interests."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account, Profile
from web.core.db import AnySelect
from web.graph.models import Friendship
from web.members.policy import VIEWER, Wish, allowed
from web.members.suggestions.sources import NO_INTERESTS, SuggestionSource

# A friend in common says more than an interest in common.
FRIEND_WEIGHT = 10
# Of the many who like music, those who were heard of last are enough.
MOST_ALIKE = 200


class LiveSuggestions(SuggestionSource):
    """Always has a result. Score = 10 × friends in common + interests in common."""

    def has_result(self, _session: Session) -> bool:
        return True

    @property
    def candidates(self) -> AnySelect:
        mutual, alike = _mutual(), _alike()
        friends = sa.func.coalesce(mutual.c.friends, 0)
        interests = sa.func.coalesce(alike.c.interests, NO_INTERESTS)
        return sa.select(
            sa.func.coalesce(mutual.c.member_id, alike.c.member_id).label("member_id"),
            (FRIEND_WEIGHT * friends + sa.func.cardinality(interests)).label("score"),
            friends.label("mutual_friends"),
            sa.literal_column("0", sa.Integer).label("common_goals"),
            interests.label("common_interests"),
        ).select_from(mutual.outerjoin(alike, alike.c.member_id == mutual.c.member_id, full=True))


def _mutual() -> sa.Subquery:
    """Friends of the viewer's friends, with how many friends the two have in common."""
    mine, theirs = aliased(Friendship), aliased(Friendship)
    return (
        sa.select(theirs.friend_id.label("member_id"), sa.func.count().label("friends"))
        .join_from(mine, theirs, theirs.member_id == mine.friend_id)
        .where(mine.member_id == VIEWER, theirs.friend_id != VIEWER)
        .group_by(theirs.friend_id)
        .subquery("mutual")
    )


def _alike() -> sa.Subquery:
    """Members with interests of the viewer's, in alphabetical order, whose profile is open to the viewer."""
    my_interests = (
        sa.select(sa.func.unnest(Profile.interests).label("interest"))
        .where(Profile.account_id == VIEWER)
        .subquery("my_interests")
    )
    interest = my_interests.c.interest
    common = (
        sa.select(sa.func.array_agg(aggregate_order_by(interest, interest)))
        .select_from(my_interests)
        .where(interest == sa.any_(Profile.interests))
        .scalar_subquery()
    )
    mine = sa.select(Profile.interests).where(Profile.account_id == VIEWER).scalar_subquery()
    return (
        sa.select(Profile.account_id.label("member_id"), common.label("interests"))
        .join(Account, Account.id == Profile.account_id)
        .where(Profile.interests.overlap(mine), Profile.account_id != VIEWER, allowed(Wish.PROFILE, VIEWER))
        .order_by(Profile.updated_at.desc())
        .limit(MOST_ALIKE)
        .subquery("alike")
    )
