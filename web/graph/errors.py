"""What can be wrong with a relation."""

from web.core.errors import DomainError


class SelfFollow(DomainError):
    code, status, message = "SELF_FOLLOW", 422, "You cannot follow yourself."
