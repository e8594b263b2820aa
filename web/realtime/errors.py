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


class TooManyTopics(DomainError):
    code, status, message = "TOO_MANY_TOPICS", 429, "You follow too many topics on one connection."


class NotSubscribed(DomainError):
    code, status, message = "NOT_SUBSCRIBED", 409, "Subscribe to the channel first."


class TransportUnknown(DomainError):
    code, status, message = (
        "TRANSPORT_UNKNOWN",
        400,
        'Socket.IO is served over WebSocket only: give the client transports: ["websocket"].',
    )


class NoSuchNamespace(DomainError):
    code, status, message = "NO_SUCH_NAMESPACE", 404, "There is no such namespace."


class AlreadyConnected(DomainError):
    code, status, message = (
        "ALREADY_CONNECTED",
        409,
        "A connection has one namespace: give the client forceNew: true.",
    )
