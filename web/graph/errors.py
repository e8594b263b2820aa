"""What can be wrong with a relation."""

from web.core.errors import DomainError


class SelfFollow(DomainError):
    code, status, message = "SELF_FOLLOW", 422, "You cannot follow yourself."


class SelfBlock(DomainError):
    code, status, message = "SELF_BLOCK", 422, "You cannot block yourself."


class SelfMute(DomainError):
    code, status, message = "SELF_MUTE", 422, "You cannot mute yourself."


class TooManyWaiting(DomainError):
    code, status, message = (
        "TOO_MANY_REQUESTS_WAITING",
        429,
        "Too many of your requests wait for an answer. Take some back first.",
    )


class ListNotShown(DomainError):
    code, status, message = "LIST_NOT_SHOWN", 403, "This member does not show this list to you."
