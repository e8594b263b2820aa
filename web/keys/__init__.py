"""End-to-end encrypted messages: the server keeps public keys and carries what it cannot read.

A member has up to five devices, each with an X25519 key pair whose secret half never leaves it. Two members
exchange keys: one asks, the other agrees. Then each message is sealed on the sending device, with NaCl's
``crypto_box``, once for each device of the other and each other device of the sender. The server makes sure
that no device is left out (a member would wonder why a message is missing there) and hands the copies out.

What is sealed is the text in UTF-8, padded (ISO/IEC 7816-4) to a multiple of 160 bytes, as
``static/js/sealed.js`` does it.

What the server does know: who writes to whom and when, about how long it is, and how many devices there are.
Statistics get a number a day of it. A server that gave out keys of its own would be noticed by the safety
number, by those who compare it. A stolen session is no device: all but the first key of a member, the end of
one, and the backup take a recent proof of who they are. There is no forward secrecy
within the life of a key, 90 days or less: whoever steals a device's secret key, and the sealed copies, reads
what that device sent and was sent with it.
"""

from typing import TYPE_CHECKING

from web.core.app import App
from web.graph.events import MemberBlocked
from web.keys import channels, devices, messages, my_data, told
from web.keys.backups import KeyBackupService
from web.keys.devices import DeviceKeyService
from web.keys.exchanges import KeyExchangeService, end_by_block
from web.keys.messages import SecretMessageService
from web.notifications.types import NotificationTypes

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, the frames, the jobs, and what members are told."""
    for service in (DeviceKeyService, KeyBackupService, KeyExchangeService, SecretMessageService):
        app.add_service(service)
    app.subscribers.on(MemberBlocked, end_by_block)
    channels.register(app.channels)
    app.jobs.add("keys.remind", devices.remind)
    app.jobs.add("keys.clean_up", messages.clean_up)
    my_data.register(app.personal_data)
    told.register(app.value(NotificationTypes))


def includeme(config: "Configurator") -> None:
    """Routes under ``/keys``, ``/key-exchanges`` and ``/secret-messages``."""
    from web.keys.api import devices as device_routes
    from web.keys.api import exchanges as exchange_routes
    from web.keys.api import messages as message_routes

    for topic in (device_routes, exchange_routes, message_routes):
        config.add_api(topic.routes)
