"""Reads about members as others see them."""

from uuid import UUID

from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import cards
from web.core.errors import NotFound
from web.graph import queries as graph
from web.members.schemas import MemberCards, Profile


def cards_of(session: Session, ids: list[UUID]) -> MemberCards:
    """The cards of several members, in the order asked for."""
    found = cards(session, ids)
    return MemberCards(items=[found[member_id] for member_id in ids if member_id in found])


def profile(session: Session, member_id: UUID, viewer: UUID | None) -> Profile:
    """A member's profile as ``viewer`` sees it.

    Raises:
        NotFound: nobody is there.
    """
    account = session.get(Account, member_id)
    if account is None or account.kind == "placeholder":
        raise NotFound()
    counts = graph.counts(session, member_id)
    return Profile(
        id=account.id,
        username=account.username,
        nickname=account.nickname,
        avatar_url=None,
        created_at=account.created_at,
        follower_count=counts.followers,
        following_count=counts.following,
        relationship=None
        if viewer is None or viewer == member_id
        else graph.relationship(session, viewer, member_id),
    )
