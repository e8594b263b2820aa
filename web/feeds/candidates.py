"""Which posts a ranked feed chooses from, what ranking knows of them, and what members are interested in."""

from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account, Profile
from web.accounts.policy import normal_form
from web.content.models import Content, ContentTag
from web.content.policy import VIEWER
from web.content.queries import is_post
from web.content.reactions import Like, Save
from web.core.db import AnySelect, rows_of, with_literals
from web.feeds.queries import IN_ORDER, by_others, in_public, newest_ids
from web.feeds.ranking import Candidate
from web.feeds.sources import LIST_OF, Pool, Reach
from web.graph.relations import follows, friends

BEGINNING = 150  # posts of the list that the feed goes on with
OTHERS = 150  # posts that are mixed in
LOOKED_THROUGH = 1_000  # newest public posts in which those are looked for, however many one follows
KIND = "content"

_beginning = sa.literal(BEGINNING + 1)
# SQL: the hashtags of a row of ``Content``.
TAGS = (
    sa.select(sa.func.array_agg(ContentTag.tag))
    .where(ContentTag.content_id == Content.id)
    .correlate(Content)
    .scalar_subquery()
)


def _others() -> AnySelect:
    """SQL: posts to mix in; looking on and on for them would cost the more the more one follows."""
    newest = (
        sa.select(Content.id, Content.author_id, Content.created_at)
        .where(is_post(), in_public())
        .order_by(*IN_ORDER)
        .limit(LOOKED_THROUGH)
        .subquery("newest_public")
    )
    return (
        sa.select(newest.c.id)
        .join(Account, Account.id == newest.c.author_id)
        .where(by_others(newest.c.author_id))
        .order_by(newest.c.created_at.desc(), newest.c.id.desc())
        .limit(OTHERS)
    )


def _statement(reach: Reach) -> AnySelect:
    listed = newest_ids(LIST_OF[reach], _beginning, first=True).subquery("listed")
    parts = [sa.select(listed.c.id, sa.false().label("is_other"))]
    if reach == "for_you":
        others = _others().subquery("others")
        parts.append(sa.select(others.c.id, sa.true().label("is_other")))
    chosen = sa.union_all(*parts).subquery("chosen")
    relation = sa.case(
        (Content.author_id == VIEWER, "own"),
        (friends(VIEWER, Content.author_id), "friend"),
        (follows(VIEWER, Content.author_id), "following"),
        else_="discover",
    )
    candidates = sa.select(
        Content.id,
        Content.author_id,
        Content.created_at,
        relation.label("relation"),
        Content.like_count,
        Content.comment_count,
        Content.view_count,
        Content.quality,
        TAGS.label("tags"),
        chosen.c.is_other,
    ).join(chosen, chosen.c.id == Content.id)
    return with_literals(candidates)


CANDIDATES: dict[Reach, AnySelect] = {"for_you": _statement("for_you"), "discover": _statement("discover")}


def pool(session: Session, viewer: UUID, reach: Reach) -> Pool:
    """The posts that a ranked feed chooses from."""
    rows = rows_of(session, CANDIDATES[reach], {"viewer": viewer})
    beginning: list[Candidate] = []
    others: list[Candidate] = []
    for row in rows:
        candidate = Candidate(
            kind=KIND,
            id=row.id,
            author_id=row.author_id,
            created_at=row.created_at,
            relation=row.relation,
            likes=row.like_count,
            comments=row.comment_count,
            views=row.view_count,
            quality=row.quality,
            tags=tuple(row.tags or ()),
        )
        (others if row.is_other else beginning).append(candidate)
    beginning.sort(key=attrgetter("created_at", "id"), reverse=True)
    return Pool(beginning[:BEGINNING], len(beginning) > BEGINNING, others)


def _recent(statement: AnySelect, order: sa.UnaryExpression[Any]) -> AnySelect:
    return sa.select(statement.order_by(order).limit(100).subquery().c.content_id)


# Tags of what the member lately wrote, liked and saved, and how often; and what the profile says.
_met = sa.union_all(
    _recent(
        sa.select(Content.id.label("content_id"), Content.created_at).where(
            Content.author_id == VIEWER, is_post()
        ),
        Content.created_at.desc(),
    ),
    _recent(
        sa.select(Like.content_id, Like.created_at).where(Like.member_id == VIEWER), Like.created_at.desc()
    ),
    _recent(
        sa.select(Save.content_id, Save.created_at).where(Save.member_id == VIEWER), Save.created_at.desc()
    ),
).subquery("met")
_named = (
    sa.select(sa.func.unnest(Profile.interests).label("tag")).where(Profile.account_id == VIEWER).subquery()
)
_tags = sa.union_all(
    sa.select(ContentTag.tag.label("tag")).join(_met, _met.c.content_id == ContentTag.content_id),
    sa.select(_named.c.tag),
).subquery("tags")
MOST_INTERESTS = 50
INTERESTS = with_literals(
    sa.select(_tags.c.tag, sa.func.count().label("often"))
    .group_by(_tags.c.tag)
    .order_by(sa.func.count().desc(), _tags.c.tag)
    .limit(MOST_INTERESTS)
)


def interests(session: Session, viewer: UUID) -> dict[str, float]:
    """What a member is interested in: how often by tag, as hashtags are compared."""
    found: dict[str, float] = {}
    for row in rows_of(session, INTERESTS, {"viewer": viewer}):
        tag = normal_form(row.tag)
        found[tag] = found.get(tag, 0.0) + row.often
    return found
