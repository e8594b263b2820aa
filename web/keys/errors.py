"""What can be wrong with keys and sealed messages."""

from web.core.errors import DomainError


class SelfExchange(DomainError):
    code, status, message = "SELF_EXCHANGE", 422, "Sealed messages need somebody else."


class UnknownDeviceKey(DomainError):
    code, status, message = "UNKNOWN_DEVICE_KEY", 422, "None of your devices has this key. Register it first."


class KeyTaken(DomainError):
    code, status, message = "KEY_TAKEN", 409, "Another device has this key. Make a new one."


class TooManyDevices(DomainError):
    """``details["limit"]`` says how many there may be."""

    code, status, message = (
        "TOO_MANY_DEVICES",
        409,
        "You read sealed messages on as many devices as you can. Remove one first.",
    )


class NoDevices(DomainError):
    """``details["user_ids"]`` says whose are missing."""

    code, status, message = "NO_DEVICES", 409, "There is no device for sealed messages yet."


class KeyExchangeCompleted(DomainError):
    """``details["exchange_id"]`` names the exchange."""

    code, status, message = "KEY_EXCHANGE_COMPLETED", 409, "You have exchanged keys already."


class KeyExchangeNeeded(DomainError):
    code, status, message = "KEY_EXCHANGE_NEEDED", 409, "Exchange keys with this member first."


class DevicesChanged(DomainError):
    """What a message was sealed to is not what there is.

    ``details["missing"]`` lists devices that get no copy (``user_id``, ``device_id``, ``public_key``) and
    ``details["stale"]`` keys of the message that belong to no device of the two any more.
    """

    code, status, message = (
        "DEVICES_CHANGED",
        409,
        "The devices of this conversation have changed. Seal the message for them anew.",
    )
