"""Finding: one statement for each section, with sight, blocks and mutes inside it.

A score is a sum of logarithms, so that each part multiplies: how well the words match, how well known
something is, what is between the two. Age counts as a factor, too, and is reckoned from a fixed day, so that
the order does not change while somebody pages through it.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account, Profile
from web.accounts.policy import username_key
from web.accounts.queries import CARD_COLUMNS, card_from
from web.content.models import Content, ContentTag, Hashtag
from web.content.policy import listed
from web.content.presentation import POST_COLUMNS, listable, with_author_and_reactions
from web.content.queries import is_post
from web.core.db import AnySelect
from web.core.pagination import Page, PageQuery, Position
from web.graph.models import Friendship
from web.graph.relations import follows, friends, meets, mutes
from web.members.policy import VIEWER, Wish, allowed
from web.search.highlights import excerpt, marked
from web.search.index import CONTENT, MEMBER
from web.search.models import SearchDocument
from web.search.schemas import FoundHashtag, FoundMember, FoundPost, SearchQuery, SearchResults
from web.search.terms import Terms, terms_of

# Only so many of what matches are ranked: the newest posts, the best-known members, the most used hashtags.
MOST_RANKED = 1_000
SHORT_AND_LONG: Final = 1  # ts_rank_cd: divide by 1 + ln(length of the document)
LEAST_RELEVANCE = 1e-6
AGE_OF_E = 60 * 86_400  # seconds; being so much newer weighs as much as matching e times as well
# Added to the score of a member, in the same unit: e to this is the factor.
IS_CALLED_SO, IS_FRIEND, IS_FOLLOWED, KNOWN = 10.0, 3.0, 1.5, 0.5
POPULAR = 0.5
SCALE = 1_000_000  # scores are whole numbers, which a cursor holds exactly
EXACT_TAG = 1 << 40  # more than any hashtag is used

_words = sa.cast(sa.bindparam("words", type_=sa.Text()), TSQUERY)
_whole_words = sa.cast(sa.bindparam("whole_words", type_=sa.Text()), TSQUERY)
_limit = sa.bindparam("rows", type_=sa.Integer())
_AFTER = sa.tuple_(
    sa.bindparam("after_order", type_=sa.BigInteger()), sa.bindparam("after_id", type_=sa.Uuid())
)


def _relevance(words: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[float]:
    """SQL: ln of how well a document matches; what is found as whole words counts twice."""
    ranks = (sa.func.ts_rank_cd(words, query, SHORT_AND_LONG) for query in (_words, _whole_words))
    begins, is_whole = ranks
    return sa.func.ln(begins + is_whole + LEAST_RELEVANCE)


def _score(*parts: sa.ColumnElement[float]) -> sa.ColumnElement[int]:
    total = sum(parts[1:], parts[0])
    return sa.cast(total * SCALE, sa.BigInteger()).label("score")


def _if(condition: sa.ColumnElement[bool], factor: float) -> sa.ColumnElement[float]:
    return sa.case((condition, factor), else_=0.0)


def _seconds(moment: sa.ColumnElement[datetime]) -> sa.ColumnElement[float]:
    return sa.cast(sa.extract("epoch", moment), sa.Double())


def _matching(kind: str, best_first: sa.UnaryExpression[Any]) -> sa.Subquery:
    """The documents of a kind that have the words, no more than are ranked."""
    return (
        sa.select(SearchDocument.id, SearchDocument.words, SearchDocument.weight, SearchDocument.created_at)
        .where(SearchDocument.kind == kind, SearchDocument.words.op("@@")(_words))
        .order_by(best_first, SearchDocument.id.desc())
        .limit(MOST_RANKED)
        .subquery("matching")
    )


def _page_of(ranked: AnySelect, *, first: bool) -> sa.Subquery:
    """The ids and scores of a page, best first."""
    scored = ranked.subquery("scored")
    page = sa.select(scored.c.id, scored.c.score)
    if not first:
        page = page.where(sa.tuple_(scored.c.score, scored.c.id) < _AFTER)
    return page.order_by(scored.c.score.desc(), scored.c.id.desc()).limit(_limit).subquery("best")


def _members(*, first: bool) -> AnySelect:
    """Members whom the viewer may meet, by names that the viewer may know.

    The full name is part of the profile: whom that is not open to neither finds a member nor ranks one by it.
    """
    matching = _matching(MEMBER, SearchDocument.weight.desc())
    names = sa.case(
        (allowed(Wish.PROFILE, VIEWER), matching.c.words),
        else_=sa.func.ts_filter(matching.c.words, sa.literal_column("""'{a}'::"char"[]""")),
    )
    known = (
        sa.select(Account.id, names.label("names"), matching.c.weight, Account.username_key)
        .join(matching, matching.c.id == Account.id)
        .where(meets(VIEWER), sa.or_(Account.id == VIEWER, sa.not_(mutes(VIEWER, Account.id))))
        .subquery("known")
    )
    score = _score(
        _relevance(known.c.names),
        known.c.weight * KNOWN,
        _if(known.c.username_key == sa.bindparam("username_key", type_=sa.Text()), IS_CALLED_SO),
        _if(friends(VIEWER, known.c.id), IS_FRIEND),
        _if(follows(VIEWER, known.c.id), IS_FOLLOWED),
    )
    ranked: AnySelect = sa.select(known.c.id, score).where(known.c.names.op("@@")(_words))
    best = _page_of(ranked, first=first)
    mine, theirs = aliased(Friendship), aliased(Friendship)
    mutual_friends = (
        sa.select(sa.func.count())
        .select_from(mine)
        .join(theirs, theirs.member_id == mine.friend_id)
        .where(mine.member_id == VIEWER, theirs.friend_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )
    return (
        sa.select(
            best.c.id,
            best.c.score,
            *CARD_COLUMNS,
            sa.case((allowed(Wish.PROFILE, VIEWER), Profile.full_name)).label("full_name"),
            friends(VIEWER, Account.id).label("is_friend"),
            follows(VIEWER, Account.id).label("is_following"),
            mutual_friends.label("mutual_friends"),
        )
        .select_from(best)
        .join(Account, Account.id == best.c.id)
        .outerjoin(Profile, Profile.account_id == Account.id)
        .order_by(best.c.score.desc(), best.c.id.desc())
    )


def _posts(*, first: bool) -> AnySelect:
    """Posts that lists may show to the viewer."""
    matching = _matching(CONTENT, SearchDocument.created_at.desc())
    reactions: sa.ColumnElement[float] = sa.cast(
        1 + Content.like_count + 2 * Content.comment_count, sa.Double()
    )
    score = _score(
        _relevance(matching.c.words),
        sa.func.ln(reactions) * POPULAR,
        _seconds(matching.c.created_at) / AGE_OF_E,
    )
    ranked: AnySelect = (
        sa.select(Content.id, score)
        .join(matching, matching.c.id == Content.id)
        .join(Account, Account.id == Content.author_id)
        .where(is_post(), listed(VIEWER))
    )
    best = _page_of(ranked, first=first)
    return with_author_and_reactions(
        sa.select(*POST_COLUMNS, best.c.score).join(best, best.c.id == Content.id)
    ).order_by(best.c.score.desc(), Content.id.desc())


def _hashtags(*, first: bool) -> AnySelect:
    """Hashtags that begin so, and whether there is a post with one that the viewer may read.

    That is asked of a page's rows only, so that a page may be shorter than it could be. Compared byte by byte
    (``~>=~``), whatever the database's collation.
    """
    begins = sa.bindparam("begins", type_=sa.Text())
    order = (Hashtag.use_count + _if_whole(Hashtag.tag == begins)).label("score")
    # The digest stands in for the id that a hashtag does not have.
    digest = sa.cast(sa.func.md5(Hashtag.tag), sa.Uuid()).label("id")
    page = (
        sa.select(Hashtag.tag, Hashtag.use_count, order, digest)
        .where(
            Hashtag.tag.op("~>=~")(begins),
            Hashtag.tag.op("~<~")(sa.bindparam("ends", type_=sa.Text())),
            Hashtag.use_count > 0,
        )
        .order_by(order.desc(), digest.desc())
        .limit(_limit)
    )
    if not first:
        page = page.where(sa.tuple_(order.element, digest.element) < _AFTER)
    best = page.subquery("best")
    is_read = (
        sa.exists()
        .where(ContentTag.tag == best.c.tag, Content.id == ContentTag.content_id)
        .where(Account.id == Content.author_id, is_post(), listed(VIEWER))
        .correlate(best)
    )
    return sa.select(*best.c, is_read.label("is_read")).order_by(best.c.score.desc(), best.c.id.desc())


def _if_whole(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.case((condition, sa.literal(EXACT_TAG, sa.BigInteger())), else_=0)


_MEMBERS = {first: _members(first=first) for first in (True, False)}
_POSTS = {first: _posts(first=first) for first in (True, False)}
_HASHTAGS = {first: _hashtags(first=first) for first in (True, False)}
_LAST_CHARACTER = "\U0010ffff"


def search(session: Session, query: SearchQuery, viewer: UUID | None) -> SearchResults:
    """A page of what was asked for, as far as the viewer may see it."""
    terms = terms_of(query.q)
    results = SearchResults()
    if query.wants("users"):
        results.users = members(session, query.q, terms, viewer, query.page_of("users"))
    if query.wants("posts"):
        results.posts = posts(session, terms, viewer, query.page_of("posts"))
    if query.wants("hashtags"):
        results.hashtags = hashtags(session, terms, viewer, query.page_of("hashtags"))
    if query.wants("goals"):
        results.goals = Page(items=[])
    return results


def members(
    session: Session, typed: str, terms: Terms, viewer: UUID | None, page: PageQuery
) -> Page[FoundMember]:
    """Members by username, nickname and, where the profile is open to the viewer, full name."""
    key = username_key(typed).removeprefix("@")
    rows = _rows(session, _MEMBERS, terms, page, viewer=viewer, username_key=key)

    def item(row: Any) -> FoundMember:
        card = card_from(row)
        names = {"username": card.username, "nickname": card.nickname, "full_name": row.full_name}
        return FoundMember(
            **card.model_dump(),
            full_name=row.full_name,
            is_friend=row.is_friend,
            is_following=row.is_following,
            mutual_friends_count=row.mutual_friends,
            marked={name: marked(text, terms) for name, text in names.items() if text},
        )

    return page.page(rows, item, _position)


def posts(session: Session, terms: Terms, viewer: UUID | None, page: PageQuery) -> Page[FoundPost]:
    """Posts by their text, the words for their media, and their hashtags."""
    rows = _rows(session, _POSTS, terms, page, viewer=viewer)
    found, stays = listable(session, rows, viewer)

    def item(row: Any) -> FoundPost:
        return FoundPost(post=found[row.id], excerpt=excerpt(row.body, terms))

    return page.page(rows, item, _position, keep=stays)


def hashtags(session: Session, terms: Terms, viewer: UUID | None, page: PageQuery) -> Page[FoundHashtag]:
    """Hashtags by how they begin; none when several words are looked for."""
    begins = terms.hashtag or ""
    wanted = terms if begins else Terms(())
    ends = begins + _LAST_CHARACTER
    rows = _rows(session, _HASHTAGS, wanted, page, viewer=viewer, begins=begins, ends=ends)
    return page.page(
        rows,
        lambda row: FoundHashtag(tag=row.tag, use_count=row.use_count),
        _position,
        keep=lambda row: row.is_read,
    )


def _rows(
    session: Session, statements: dict[bool, AnySelect], terms: Terms, page: PageQuery, **values: Any
) -> list[Any]:
    """The rows of a page and one more; none when there is nothing to look for."""
    after = page.after
    if not terms:
        return []
    values |= {"words": terms.tsquery(), "whole_words": terms.tsquery(whole=True), "rows": page.limit + 1}
    if after:
        values |= {"after_order": after.order, "after_id": after.id}
    return list(session.execute(statements[after is None], values))


def _position(row: Any) -> Position:
    return Position(row.score, row.id)
