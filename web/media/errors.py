"""What can be wrong with an upload, or with showing it."""

from web.core.errors import DomainError


class MediaNotReady(DomainError):
    code, status, message = "MEDIA_NOT_READY", 409, "This upload is not ready yet."


class MediaInUse(DomainError):
    code, status, message = "MEDIA_IN_USE", 409, "This upload is shown somewhere else already."


class MediaRefused(DomainError):
    """``details["reason"]`` is a code: what is wrong with the file."""

    code, status, message = "MEDIA_REFUSED", 422, "This file cannot be used."
