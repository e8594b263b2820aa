"""What can be wrong with content."""

from web.core.errors import DomainError


class ParentElsewhere(DomainError):
    code, status, message = "PARENT_ELSEWHERE", 422, "The comment that you answer is not on this post."
