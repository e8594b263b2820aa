"""What friend requests need every day."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.services import Services
from web.graph.models import FriendRequest

# From then on, who was declined may ask again.
DECLINED_KEPT = timedelta(days=30)


def clean_up(services: Services) -> None:
    """Forget friend requests that were declined long ago."""
    long_ago = services[Clock].now() - DECLINED_KEPT
    services[Session].execute(sa.delete(FriendRequest).where(FriendRequest.declined_at < long_ago))
