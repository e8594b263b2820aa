"""What features below do that members are told about."""

from web.core.events import Happened
from web.core.refs import Ref
from web.core.services import Services
from web.graph.events import MemberFollowed
from web.notifications.service import NotificationService


def tell_followed(services: Services, happened: Happened[MemberFollowed]) -> None:
    """A followed member is told by whom."""
    event = happened.event
    target = Ref("member", event.follower_id)
    services[NotificationService].tell(event.followed_id, "member_followed", about=happened, target=target)
