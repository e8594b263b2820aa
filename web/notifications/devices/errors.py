"""What can go wrong with devices."""

from web.core.errors import DomainError


class PushNotOffered(DomainError):
    """404, not 503: waiting does not help, this Plaza does not have it."""

    code, status, message = "PUSH_NOT_OFFERED", 404, "This Plaza cannot reach such devices."


class BadPushAddress(DomainError):
    code, status, message = "BAD_PUSH_ADDRESS", 422, "Nothing can be sent to this address."
