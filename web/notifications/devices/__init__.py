"""The browsers and phones on which members want to be told at once, and how pushes get there."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.core.settings import Settings
from web.notifications.delivery import push, receipts
from web.notifications.delivery.choosing import push_services_for
from web.notifications.delivery.push import PushChannel
from web.notifications.delivery.push_services import PushServices
from web.notifications.delivery.strategies import DeliveryChannels
from web.notifications.devices import my_data
from web.notifications.devices.housekeeping import clean_up
from web.notifications.devices.service import DeviceService

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service, the services that push, the channel over them, and what is kept about members."""
    app.add_value(PushServices, push_services_for(app.value(Settings)))
    app.add_service(DeviceService)
    app.value(DeliveryChannels).add(PushChannel())
    push.register(app.jobs)
    receipts.register(app.jobs)
    app.jobs.add("devices.clean_up", clean_up)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/devices`` and ``/push``."""
    from web.notifications.devices import api

    config.add_api(api.routes)
