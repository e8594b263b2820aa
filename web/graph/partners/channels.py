"""What accountability partners' sockets are told of each other; nobody is told of what pauses or ends."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.graph.channels import render_actor
from web.graph.partners import queries
from web.graph.partners.events import PartnerCheckedIn, PartnerInvited, PartnershipBegan


def register(channels: Channels) -> None:
    """Declare the frames ``partner_invited``, ``partner_accepted`` and ``partner_checked_in``."""
    channels.deliver(
        PartnerInvited,
        "partner_invited",
        receivers=lambda _, event: [event.invitee_id],
        render=lambda services, items: _render(services, items, ("invited",)),
    )
    channels.deliver(
        PartnershipBegan,
        "partner_accepted",
        receivers=lambda _, event: [event.inviter_id],
        render=lambda services, items: _render(services, items, ("active", "paused")),
    )
    channels.deliver(
        PartnerCheckedIn,
        "partner_checked_in",
        receivers=lambda _, event: [event.partner_id],
        render=lambda services, items: _render(services, items, ("active", "paused")),
    )


def _render(
    services: Services, items: Sequence[Delivered], statuses: Sequence[str]
) -> list[dict[str, Any] | None]:
    """Who did it, and the partnership; nothing once that stands otherwise."""
    ids = [item.event.partnership_id for item in items]
    standing = queries.standing(services[Session], ids, statuses)
    return [
        {**frame, "partnership_id": id_} if frame and id_ in standing else None
        for frame, id_ in zip(render_actor(services, items), ids, strict=True)
    ]
