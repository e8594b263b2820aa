"""How features ask about two members without knowing who knows.

``graph`` implements :class:`Relations` (what is between two members) and ``members`` implements
:class:`MemberPolicy` (what one may see and do of the other, by that and by the other's privacy settings). All
features ask the policy; nobody else decides.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True)
class Between:
    """What is between a viewer and another member; all False without login."""

    follows: bool = False
    followed_by: bool = False
    friends: bool = False
    friends_of_friends: bool = False
    blocked: bool = False  # in either direction
    muted: bool = False  # by the viewer


class Relations(ABC):
    """What is between members."""

    @abstractmethod
    def between(self, viewer_id: UUID | None, member_id: UUID) -> Between:
        """What is between two members, in one query."""


class Sight(StrEnum):
    """How much of a member somebody sees."""

    NOTHING = "nothing"  # as if there were nobody
    CARD = "card"  # name and picture, as a closed profile shows them
    PROFILE = "profile"


class MemberPolicy(ABC):
    """What one member may see and do of another. Viewers are None without login."""

    @abstractmethod
    def sight(self, viewer_id: UUID | None, member_id: UUID) -> Sight:
        """How much of a member a viewer sees."""

    @abstractmethod
    def require_sight(self, viewer_id: UUID | None, member_id: UUID) -> Sight:
        """The same.

        Raises:
            NotFound: nothing at all.
        """

    @abstractmethod
    def require_profile(self, viewer_id: UUID | None, member_id: UUID) -> None:
        """Make sure that a member's profile is open to a viewer.

        Raises:
            NotFound, ProfileNotShown
        """

    @abstractmethod
    def require_followers_list(self, viewer_id: UUID | None, member_id: UUID) -> None:
        """Make sure that a viewer may read who follows a member.

        Raises:
            NotFound, ListNotShown
        """

    @abstractmethod
    def require_following_list(self, viewer_id: UUID | None, member_id: UUID) -> None:
        """Make sure that a viewer may read whom a member follows.

        Raises:
            NotFound, ListNotShown
        """

    @abstractmethod
    def require_friends_list(self, viewer_id: UUID | None, member_id: UUID) -> None:
        """Make sure that a viewer may read with whom a member is friends.

        Friends follow each other: it takes both lists of follows.

        Raises:
            NotFound, ListNotShown
        """

    @abstractmethod
    def may_follow(self, follower_id: UUID, member_id: UUID) -> bool:
        """Whether somebody may follow a member without being let in first."""

    @abstractmethod
    def may_message(self, sender_id: UUID, receiver_id: UUID) -> bool:
        """Whether a message of the sender reaches the receiver's inbox; if not, it is a request."""

    @abstractmethod
    def reached_among(self, sender_id: UUID, member_ids: Collection[UUID]) -> set[UUID]:
        """Which of many members a message of the sender reaches, in one query."""

    @abstractmethod
    def may_befriend(self, sender_id: UUID, receiver_id: UUID) -> bool:
        """Whether the sender may ask the receiver for friendship."""

    @abstractmethod
    def may_suggest(self, viewer_id: UUID, member_id: UUID) -> bool:
        """Whether a member may be suggested to a viewer."""

    @abstractmethod
    def shows_online(self, viewer_id: UUID | None, member_id: UUID) -> bool:
        """Whether a viewer may know that a member is online, and when they were."""

    @abstractmethod
    def shows_activity(self, viewer_id: UUID | None, member_id: UUID) -> bool:
        """Whether a viewer may be told what a member does: goals, achievements, streaks."""

    @abstractmethod
    def visible_among(self, viewer_id: UUID | None, member_ids: Collection[UUID]) -> set[UUID]:
        """Which of many members a viewer may meet at all, in one query."""
