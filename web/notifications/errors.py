"""What can go wrong with notifications."""

from web.core.errors import DomainError


class UnknownNotificationType(DomainError):
    code, status, message = "UNKNOWN_NOTIFICATION_TYPE", 422, "There are no such notifications."


class BadUnsubscribeLink(DomainError):
    code, status, message = "BAD_UNSUBSCRIBE_LINK", 422, "This link is not complete. Copy all of it."
