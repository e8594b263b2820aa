"""Routes of device keys and of their backup."""

from web.core.api import MemberPath, Routes
from web.core.errors import NotFound, ReauthenticationRequired
from web.core.requests import Request
from web.core.security import Permission
from web.keys import queries
from web.keys.backups import KeyBackupService
from web.keys.devices import DeviceKeyService
from web.keys.errors import KeyTaken, NoDevices, TooManyDevices
from web.keys.schemas import (
    DevicePath,
    KeyBackup,
    KeyBackupState,
    MemberKeys,
    NewDeviceKey,
    NewKeyBackup,
    OwnKeys,
    SafetyNumber,
)

routes = Routes("keys")


@routes.put(
    "/keys/me",
    permission=Permission.MESSAGE,
    errors=(KeyTaken, TooManyDevices, ReauthenticationRequired),
    seeds="003 6 POST /users/me/public-key",
)
def put_device(request: Request, body: NewDeviceKey) -> OwnKeys:
    """Register the key of a device, or rotate it. All but the first key of all take a recent proof."""
    request.services[DeviceKeyService].put(request.member_id, request.caller.session_id, body)
    return queries.own_keys(request.db, request.member_id)


@routes.get("/keys/me", permission=Permission.MESSAGE, seeds="003 6")
def mine(request: Request) -> OwnKeys:
    """The caller's devices, and whether there is a backup."""
    return queries.own_keys(request.db, request.member_id)


@routes.delete(
    "/keys/me/{device_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, ReauthenticationRequired),
    seeds="003 6",
)
def remove_device(request: Request, path: DevicePath) -> None:
    """Remove a device of the caller's, with everything that was sealed to it; takes a recent proof."""
    request.services[DeviceKeyService].remove(request.member_id, request.caller.session_id, path.device_id)


@routes.put(
    "/keys/me/backup",
    permission=Permission.MESSAGE,
    errors=(ReauthenticationRequired,),
    seeds="003 6",
)
def put_backup(request: Request, body: NewKeyBackup) -> KeyBackupState:
    """Keep a backup of secret keys that the client has sealed; to replace one takes a recent proof."""
    return request.services[KeyBackupService].put(request.member_id, request.caller.session_id, body)


@routes.get(
    "/keys/me/backup",
    permission=Permission.MESSAGE,
    errors=(NotFound, ReauthenticationRequired),
    seeds="003 6",
)
def backup(request: Request) -> KeyBackup:
    """The caller's backup; takes a recent proof, as one has right after signing in."""
    return request.services[KeyBackupService].get(request.member_id, request.caller.session_id)


@routes.delete(
    "/keys/me/backup",
    permission=Permission.MESSAGE,
    errors=(NotFound, ReauthenticationRequired),
    seeds="003 6",
)
def remove_backup(request: Request) -> None:
    """Forget the caller's backup."""
    request.services[KeyBackupService].remove(request.member_id, request.caller.session_id)


@routes.get("/keys/{user_id}", permission=Permission.MESSAGE, errors=(NotFound,), seeds="003 6")
def of_member(request: Request, path: MemberPath) -> MemberKeys:
    """The devices of a member to which messages are sealed."""
    return queries.keys_of(request.db, request.member_id, path.user_id)


@routes.get(
    "/keys/{user_id}/safety-number",
    permission=Permission.MESSAGE,
    errors=(NotFound, NoDevices),
    seeds="003 6",
)
def safety_number(request: Request, path: MemberPath) -> SafetyNumber:
    """What the caller and a member read to each other to know that nobody is between them.

    Signal's numeric fingerprint, version 0, over all devices of the two: for each member
    ``keys`` = sorted(0x05 ‖ key of 32 bytes) joined, ``hash`` = 0x0000 ‖ keys ‖ the 16 bytes of the id, then
    5200 × ``hash`` = SHA-512(hash ‖ keys); the first 30 bytes in groups of five, each big-endian modulo
    100000, are 30 digits; the smaller 30 digits come first.
    """
    return queries.safety_number_of(request.db, request.member_id, path.user_id)
