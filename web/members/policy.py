"""What one member may see and do of another: one table of rules, read by Python and by SQL alike.

:func:`allows` and :func:`allowed` are the same predicate; a test compares the two on every combination.
What a setting's value means stands in ``_reaches`` and ``_reaches_sql``, each the other's mirror.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.core.errors import DomainError, NotFound
from web.core.relations import Between, MemberPolicy, Sight
from web.graph.errors import ListNotShown
from web.graph.relations import (
    Member,
    between_columns,
    between_from,
    follows,
    friends,
    friends_of_friends,
    meets,
)
from web.members.errors import ProfileNotShown


class Wish(StrEnum):
    """What a viewer may want of a member."""

    MEET = "meet"  # see that they are there: name and picture
    PROFILE = "profile"
    FOLLOWERS_LIST = "followers_list"
    FOLLOWING_LIST = "following_list"
    ONLINE = "online"
    ACTIVITY = "activity"
    SUGGESTION = "suggestion"
    FOLLOW = "follow"
    MESSAGE = "message"
    BEFRIEND = "befriend"


@dataclass(frozen=True)
class Rule:
    """Who gets a wish granted, of those who may meet the member at all.

    Attributes:
        setting: the member's setting that decides, a column of accounts; None: everyone.
        yes: whom a setting that is only on or off reaches when it is on.
        in_profile: part of the profile, so that it is shown only to whom the profile is open.
        members_only: nothing for visitors without login.
        of_oneself: what members get of themselves.
    """

    setting: str | None = None
    yes: str = "everyone"
    in_profile: bool = False
    members_only: bool = False
    of_oneself: bool = True


RULES: Mapping[Wish, Rule] = {
    Wish.MEET: Rule(),
    Wish.PROFILE: Rule("profile_visibility"),
    Wish.FOLLOWERS_LIST: Rule("show_followers_list", in_profile=True),
    Wish.FOLLOWING_LIST: Rule("show_following_list", in_profile=True),
    Wish.ONLINE: Rule("online_status_visible", in_profile=True, members_only=True),
    Wish.ACTIVITY: Rule("share_activity_with_friends", yes="friends", in_profile=True, members_only=True),
    Wish.SUGGESTION: Rule("appear_in_suggestions", members_only=True, of_oneself=False),
    # Decision 5: whoever does not show the profile to everyone decides who follows.
    Wish.FOLLOW: Rule(in_profile=True, members_only=True, of_oneself=False),
    Wish.MESSAGE: Rule("who_can_send_messages", members_only=True, of_oneself=False),
    Wish.BEFRIEND: Rule("who_can_send_friend_requests", members_only=True, of_oneself=False),
}
SETTINGS = tuple(rule.setting for rule in RULES.values() if rule.setting)


@dataclass(frozen=True)
class Facts:
    """What a member's row says: whether they are there for others, and how they set their privacy."""

    id: UUID
    present: bool
    settings: Mapping[str, str | bool]


def fact_columns() -> tuple[sa.ColumnElement[Any], ...]:
    """The columns that :func:`facts_from` reads, over ``Account``."""
    settings = (getattr(Account, name).label(name) for name in SETTINGS)
    return Account.id.label("fact_id"), present().label("fact_present"), *settings


def facts_from(row: Any) -> Facts:
    """The facts in a row that selected ``fact_columns``."""
    return Facts(row.fact_id, row.fact_present, {name: getattr(row, name) for name in SETTINGS})


def allows(wish: Wish, viewer_id: UUID | None, member: Facts, between: Between) -> bool:
    """Whether a viewer (None: without login) gets a wish granted by a member.

    Args:
        between: what is between the two; nothing without login.
    """
    rule = RULES[wish]
    if viewer_id == member.id:
        return rule.of_oneself
    if not member.present or between.blocked or (rule.members_only and viewer_id is None):
        return False
    if rule.in_profile and not allows(Wish.PROFILE, viewer_id, member, between):
        return False
    if rule.setting is None:
        return True
    value = member.settings[rule.setting]
    audience = value if isinstance(value, str) else rule.yes if value else "nobody"
    return _reaches(audience, between)


def allowed(wish: Wish, viewer: Member) -> sa.ColumnElement[bool]:
    """SQL: the same over ``Account`` for a viewer who is a column or a parameter (NULL: without login)."""
    rule = RULES[wish]
    of_others = [meets(viewer)]
    if rule.members_only:
        of_others.append(sa.cast(viewer, sa.Uuid()).is_not(None))
    if rule.in_profile:
        of_others.append(_reaches_sql(Account.profile_visibility, viewer))
    if rule.setting is not None:
        column = getattr(Account, rule.setting)
        if isinstance(column.type, sa.Boolean):
            column = sa.case((column, rule.yes), else_="nobody")
        of_others.append(_reaches_sql(column, viewer))
    is_oneself = sa.func.coalesce(Account.id == viewer, sa.false())
    return sa.case((is_oneself, sa.literal(rule.of_oneself)), else_=sa.and_(*of_others))


def _reaches(audience: str, between: Between) -> bool:
    """Whether what is between two members puts one into the audience that the other chose."""
    match audience:
        case "everyone":
            return True
        case "followers":
            return between.follows or between.friends
        case "friends_of_friends":
            return between.friends or between.friends_of_friends
        case "friends" | "friends_only":
            return between.friends
        case _:  # private, nobody, no_one
            return False


def _reaches_sql(audience: sa.SQLColumnExpression[str], viewer: Member) -> sa.ColumnElement[bool]:
    is_friend = friends(viewer, Account.id)
    return sa.case(
        {
            "everyone": sa.true(),
            "followers": sa.or_(follows(viewer, Account.id), is_friend),
            "friends_of_friends": sa.or_(is_friend, friends_of_friends(viewer, Account.id)),
            "friends": is_friend,
            "friends_only": is_friend,
        },
        value=audience,
        else_=sa.false(),
    )


VIEWER = sa.bindparam("viewer", type_=sa.Uuid())
_STANDS = sa.select(*fact_columns(), *between_columns(VIEWER, Account.id)).where(
    Account.id == sa.bindparam("member", type_=sa.Uuid())
)
_REACHED = sa.select(Account.id).where(
    Account.id.in_(sa.bindparam("ids", expanding=True)), allowed(Wish.MESSAGE, VIEWER)
)
_VISIBLE = sa.select(Account.id).where(Account.id.in_(sa.bindparam("ids", expanding=True)), meets(VIEWER))


def sight_of(viewer_id: UUID | None, member: Facts, between: Between) -> Sight:
    """How much of a member a viewer sees."""
    if not allows(Wish.MEET, viewer_id, member, between):
        return Sight.NOTHING
    return Sight.PROFILE if allows(Wish.PROFILE, viewer_id, member, between) else Sight.CARD


class SettingsPolicy(MemberPolicy):
    """Decides by what is between two members and by the privacy settings, one query for each question."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sight(self, viewer_id: UUID | None, member_id: UUID) -> Sight:
        facts = self._facts(viewer_id, member_id)
        return sight_of(viewer_id, *facts) if facts else Sight.NOTHING

    def require_sight(self, viewer_id: UUID | None, member_id: UUID) -> Sight:
        sight = self.sight(viewer_id, member_id)
        if sight is Sight.NOTHING:
            raise NotFound()
        return sight

    def require_profile(self, viewer_id: UUID | None, member_id: UUID) -> None:
        self._require((Wish.PROFILE,), viewer_id, member_id, ProfileNotShown())

    def require_followers_list(self, viewer_id: UUID | None, member_id: UUID) -> None:
        self._require((Wish.FOLLOWERS_LIST,), viewer_id, member_id, ListNotShown())

    def require_following_list(self, viewer_id: UUID | None, member_id: UUID) -> None:
        self._require((Wish.FOLLOWING_LIST,), viewer_id, member_id, ListNotShown())

    def require_friends_list(self, viewer_id: UUID | None, member_id: UUID) -> None:
        both = (Wish.FOLLOWERS_LIST, Wish.FOLLOWING_LIST)
        self._require(both, viewer_id, member_id, ListNotShown())

    def may_follow(self, follower_id: UUID, member_id: UUID) -> bool:
        return self._allows(Wish.FOLLOW, follower_id, member_id)

    def may_message(self, sender_id: UUID, receiver_id: UUID) -> bool:
        return self._allows(Wish.MESSAGE, sender_id, receiver_id)

    def reached_among(self, sender_id: UUID, member_ids: Collection[UUID]) -> set[UUID]:
        return set(self._session.scalars(_REACHED, {"ids": list(member_ids), "viewer": sender_id}))

    def may_befriend(self, sender_id: UUID, receiver_id: UUID) -> bool:
        return self._allows(Wish.BEFRIEND, sender_id, receiver_id)

    def may_suggest(self, viewer_id: UUID, member_id: UUID) -> bool:
        return self._allows(Wish.SUGGESTION, viewer_id, member_id)

    def shows_online(self, viewer_id: UUID | None, member_id: UUID) -> bool:
        return self._allows(Wish.ONLINE, viewer_id, member_id)

    def shows_activity(self, viewer_id: UUID | None, member_id: UUID) -> bool:
        return self._allows(Wish.ACTIVITY, viewer_id, member_id)

    def visible_among(self, viewer_id: UUID | None, member_ids: Collection[UUID]) -> set[UUID]:
        return set(self._session.scalars(_VISIBLE, {"ids": list(member_ids), "viewer": viewer_id}))

    def _facts(self, viewer_id: UUID | None, member_id: UUID) -> tuple[Facts, Between] | None:
        row = self._session.execute(_STANDS, {"viewer": viewer_id, "member": member_id}).one_or_none()
        return (facts_from(row), between_from(row)) if row else None

    def _allows(self, wish: Wish, viewer_id: UUID | None, member_id: UUID) -> bool:
        facts = self._facts(viewer_id, member_id)
        return facts is not None and allows(wish, viewer_id, *facts)

    def _require(
        self, wishes: Collection[Wish], viewer_id: UUID | None, member_id: UUID, refusal: DomainError
    ) -> None:
        facts = self._facts(viewer_id, member_id)
        if facts is None or not allows(Wish.MEET, viewer_id, *facts):
            raise NotFound()
        if not all(allows(wish, viewer_id, *facts) for wish in wishes):
            raise refusal
