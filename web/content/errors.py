"""What can be wrong with content."""

from web.core.errors import DomainError


class ParentElsewhere(DomainError):
    code, status, message = "PARENT_ELSEWHERE", 422, "The comment that you answer is not on this post."


class OwnComment(DomainError):
    code, status, message = "OWN_COMMENT", 422, "You can edit your own comment instead."


class NothingCorrected(DomainError):
    code, status, message = "NOTHING_CORRECTED", 422, "The corrected text is the same as the comment."


class MediumDoesNotFit(DomainError):
    """``details["reason"]`` is ``kind`` or ``too_long``."""

    code, status, message = "MEDIUM_DOES_NOT_FIT", 422, "This upload does not fit what you want to share."


class PostIncomplete(DomainError):
    """``details["reason"]`` names the field."""

    code, status, message = "POST_INCOMPLETE", 422, "A post cannot be left like this."


class NotShareable(DomainError):
    code, status, message = "NOT_SHAREABLE", 403, "Only public posts can be shared."
