"""What the table of devices needs every day."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.services import Services
from web.notifications.devices.models import PushDevice
from web.notifications.devices.queries import IS_LOGGED_IN


def clean_up(services: Services) -> None:
    """Forget the devices whose sessions have ended; nothing was pushed to them any more."""
    services[Session].execute(
        sa.delete(PushDevice).where(sa.not_(IS_LOGGED_IN)), {"now": services[Clock].now()}
    )
