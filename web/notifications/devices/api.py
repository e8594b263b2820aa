"""Routes of devices."""

from web.core.api import Routes
from web.core.requests import Request
from web.core.security import Permission
from web.notifications.delivery.push_services import PushServices
from web.notifications.devices import queries
from web.notifications.devices.errors import BadPushAddress, PushNotOffered
from web.notifications.devices.schemas import DeviceItem, DevicePath, Devices, NewDevice, VapidKeyAnswer
from web.notifications.devices.service import DeviceService

routes = Routes("devices")


@routes.get("/devices", permission=Permission.ACCOUNT, seeds="000 devices, 002 push_tokens")
def devices(request: Request) -> Devices:
    """The devices on which the caller is told at once; those that logged out are not among them."""
    current = request.caller.session_id
    now = request.clock.now()
    return Devices(items=queries.devices_of(request.db, request.member_id, now=now, current=current))


@routes.post(
    "/devices",
    permission=Permission.ACCOUNT,
    errors=(PushNotOffered, BadPushAddress),
    seeds="000 POST /devices/register/, 002 4.9 POST /notifications/push-tokens",
)
def register(request: Request, body: NewDevice) -> DeviceItem:
    """Be told on this device until it logs out. Apps call it at each start: twice is the same as once."""
    session_id = request.caller.session_id
    return request.services[DeviceService].register(request.member_id, session_id, body)


@routes.delete(
    "/devices/{device_id}",
    permission=Permission.ACCOUNT,
    seeds="000 DELETE /devices/{id}/, 002 4.9 DELETE /notifications/push-tokens/:tokenId",
)
def unregister(request: Request, path: DevicePath) -> None:
    """Be told on a device no more."""
    request.services[DeviceService].unregister(request.member_id, path.device_id)


@routes.get("/push/vapid-key", permission=Permission.PUBLIC, errors=(PushNotOffered,), seeds="000 devices")
def vapid_key(request: Request) -> VapidKeyAnswer:
    """What browsers subscribe with (RFC 8292 §4)."""
    public_key = request.services[PushServices].vapid_public_key
    if public_key is None:
        raise PushNotOffered()
    return VapidKeyAnswer(public_key=public_key)
