"""What accountability partners are told of each other. Who declines, pauses or ends tells nobody."""

from web.core.events import Happened, Subscribers
from web.core.i18n import _
from web.core.refs import Ref
from web.core.services import Services
from web.graph.partners.events import PartnerCheckedIn, PartnerInvited, PartnershipBegan
from web.notifications.service import NotificationService
from web.notifications.types import Category, NotificationTypes


def register(types: NotificationTypes, subscribers: Subscribers) -> None:
    """The types of partners, and what they follow."""
    texts = {
        "partner_invited": (
            _("${actor} asks you to be each other's accountability partner"),
            "/accountability",
            _("Invitations of accountability partners"),
        ),
        "partner_accepted": (
            _("${actor} is your accountability partner now"),
            "/accountability/{id}",
            _("New accountability partners"),
        ),
        "partner_checked_in": (
            _("${actor} checked in with you"),
            "/accountability/{id}",
            _("Check-ins of your partners"),
        ),
    }
    for name, (title, address, label) in texts.items():
        types.add(
            name,
            title,
            address,
            label=label,
            category=Category.GOALS,
            icon="partner",
            color="#c77d0a",
        )
    subscribers.on(PartnerInvited, tell_invited)
    subscribers.on(PartnershipBegan, tell_accepted)
    subscribers.on(PartnerCheckedIn, tell_checked_in)


def tell_invited(services: Services, happened: Happened[PartnerInvited]) -> None:
    """The invited member is told by whom."""
    target = Ref("member", happened.event.inviter_id)
    services[NotificationService].tell(
        happened.event.invitee_id, "partner_invited", about=happened, target=target
    )


def tell_accepted(services: Services, happened: Happened[PartnershipBegan]) -> None:
    """Who invited is told that the other agreed."""
    target = Ref("partnership", happened.event.partnership_id)
    services[NotificationService].tell(
        happened.event.inviter_id, "partner_accepted", about=happened, target=target
    )


def tell_checked_in(services: Services, happened: Happened[PartnerCheckedIn]) -> None:
    """A partner is told once a day that the other has checked in."""
    target = Ref("partnership", happened.event.partnership_id)
    services[NotificationService].tell(
        happened.event.partner_id, "partner_checked_in", about=happened, target=target
    )
