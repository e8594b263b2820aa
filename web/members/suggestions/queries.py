"""The read of suggestions: candidates of a source, without whom the viewer knows or does not want."""

from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.db import AnySelect
from web.core.pagination import Page, PageQuery, Position
from web.graph.models import FollowRequest, FriendRequest, SuggestionDismissal
from web.graph.relations import follows, friends, mutes
from web.members.policy import VIEWER, Wish, allowed
from web.members.suggestions.schemas import Reason, Suggestion
from web.members.suggestions.sources import SuggestionSource, SuggestionSources


def _is_known() -> sa.ColumnElement[bool]:
    """SQL: whether the viewer follows, befriends, mutes or dismissed a member, or one has asked the other."""
    asked = sa.or_(
        sa.and_(FriendRequest.sender_id == VIEWER, FriendRequest.receiver_id == Account.id),
        sa.and_(FriendRequest.sender_id == Account.id, FriendRequest.receiver_id == VIEWER),
    )
    return sa.or_(
        follows(VIEWER, Account.id),
        friends(VIEWER, Account.id),
        mutes(VIEWER, Account.id),
        sa.exists().where(
            SuggestionDismissal.member_id == VIEWER, SuggestionDismissal.dismissed_id == Account.id
        ),
        sa.exists().where(asked, FriendRequest.withdrawn_at.is_(None)),
        sa.exists().where(FollowRequest.requester_id == VIEWER, FollowRequest.member_id == Account.id),
    )


@cache
def _statement(source: SuggestionSource, *, first: bool) -> AnySelect:
    """The page of a source's candidates, best first; built once for each source."""
    found = source.candidates.subquery("candidates")
    statement = (
        sa.select(
            *CARD_COLUMNS,
            found.c.score,
            found.c.mutual_friends,
            found.c.common_goals,
            found.c.common_interests,
        )
        .join(Account, Account.id == found.c.member_id)
        .where(Account.kind == "person", sa.not_(_is_known()), allowed(Wish.SUGGESTION, VIEWER))
        .order_by(found.c.score.desc(), Account.id.desc())
        .limit(sa.bindparam("rows"))
    )
    if first:
        return statement
    after = sa.tuple_(
        sa.bindparam("after_score", type_=sa.BigInteger), sa.bindparam("after_id", type_=sa.Uuid())
    )
    return statement.where(sa.tuple_(found.c.score, Account.id) < after)


def suggestions(
    session: Session, sources: SuggestionSources, viewer: UUID, page: PageQuery
) -> Page[Suggestion]:
    """Whom a member may want to know, best first."""
    after = page.after
    values: dict[str, object] = {"viewer": viewer, "rows": page.limit + 1}
    if after is not None:
        values |= {"after_score": after.order, "after_id": after.id}
    statement = _statement(sources.best(session), first=after is None)
    rows = session.execute(statement, values).all()
    return page.page(rows, _suggestion_from, position=lambda row: Position(row.score, row.card_id))


def _suggestion_from(row: Any) -> Suggestion:
    return Suggestion(
        **card_from(row).model_dump(),
        reason=reason_of(row.mutual_friends, row.common_goals),
        mutual_friends_count=row.mutual_friends,
        common_goals=row.common_goals,
        common_interests=row.common_interests,
    )


def reason_of(mutual_friends: int, common_goals: int) -> Reason:
    """The strongest reason for a suggestion: friends, then goals, then interests in common."""
    if mutual_friends:
        return "mutual_friends"
    return "common_goals" if common_goals else "common_interests"
