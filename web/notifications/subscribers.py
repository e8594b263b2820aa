"""What features below do that members are told about."""

from uuid import UUID

from web.accounts.sessions.mails import WHAT_HAPPENED
from web.accounts.sessions.security_log import Noted
from web.core.events import Event, Happened
from web.core.refs import Ref
from web.core.services import Services
from web.graph.events import (
    FollowApproved,
    FollowRequested,
    FollowRequestWithdrawn,
    FriendRequested,
    FriendRequestWithdrawn,
    FriendshipBegan,
    MemberFollowed,
)
from web.notifications.own_types import SECURITY
from web.notifications.service import NotificationService


def tell_followed(services: Services, happened: Happened[MemberFollowed]) -> None:
    """A followed member is told by whom, unless they agreed to it themselves."""
    if not happened.event.agreed:
        _tell(services, happened, happened.event.followed_id, "member_followed")


def tell_follow_request(services: Services, happened: Happened[FollowRequested]) -> None:
    """A member is told who asks to follow."""
    _tell(services, happened, happened.event.member_id, "follow_request")


def take_back_follow_request(services: Services, happened: Happened[FollowRequestWithdrawn]) -> None:
    """Who asked to follow no longer does."""
    event = happened.event
    services[NotificationService].take_back(event.member_id, "follow_request", event.requester_id)


def tell_follow_approved(services: Services, happened: Happened[FollowApproved]) -> None:
    """Who asked to follow is told by whom they were let in."""
    _tell(services, happened, happened.event.requester_id, "follow_approved")


def tell_friend_request(services: Services, happened: Happened[FriendRequested]) -> None:
    """A member is told who asks for friendship."""
    _tell(services, happened, happened.event.receiver_id, "friend_request")


def take_back_friend_request(services: Services, happened: Happened[FriendRequestWithdrawn]) -> None:
    """Who asked for friendship no longer does."""
    event = happened.event
    services[NotificationService].take_back(event.receiver_id, "friend_request", event.sender_id)


def tell_friend_accepted(services: Services, happened: Happened[FriendshipBegan]) -> None:
    """Who asked for friendship is told who agreed."""
    _tell(services, happened, happened.event.friend_id, "friend_accepted")


def tell_security(services: Services, noted: Noted) -> None:
    """A member is told what happened to the safety of their account, as far as it is mailed, too."""
    if noted.kind in WHAT_HAPPENED:
        services[NotificationService].inform(
            noted.account_id,
            SECURITY,
            about=noted.id,
            target=Ref("security_event", noted.id),
            facts={"kind": noted.kind.value},
        )


def _tell(services: Services, happened: Happened[Event], member_id: UUID, type_name: str) -> None:
    """Tell a member what somebody did, and lead to that somebody."""
    target = Ref("member", happened.event.actor_id)
    services[NotificationService].tell(member_id, type_name, about=happened, target=target)
