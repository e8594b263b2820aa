"""What can be wrong with looking at a member."""

from web.core.errors import DomainError


class ProfileNotShown(DomainError):
    code, status, message = "PROFILE_NOT_SHOWN", 403, "This member does not show this to you."
