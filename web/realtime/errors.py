"""What can be wrong with an upgrade or a message."""

from web.core.errors import DomainError


class UpgradeRequired(DomainError):
    code, status, message = "UPGRADE_REQUIRED", 426, "This address speaks WebSocket only."


class TooManySockets(DomainError):
    code, status, message = "TOO_MANY_SOCKETS", 429, "You have too many connections open."


class UnreadableMessage(DomainError):
    code, status, message = "UNREADABLE_MESSAGE", 400, "The message could not be read."


class UnknownMessage(DomainError):
    code, status, message = "UNKNOWN_MESSAGE", 422, "There is no such event."
