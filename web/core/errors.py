"""The one catalogue of errors: code, HTTP status and default message of everything that can go wrong.

Features subclass :class:`DomainError` beside the rule that raises it; the API layer renders any of them in
the standard envelope and lists them in the OpenAPI document. Which status means what: 400 unreadable, 401
not signed in, 403 not allowed, 404 absent or not visible to you, 409 state conflict, 422 understood but
refused, 429 too often, 503 come back later.
"""

from typing import Any, ClassVar

CATALOGUE: dict[str, type["DomainError"]] = {}


class DomainError(Exception):
    """Something a caller did that Plaza refuses, or cannot do now.

    Args:
        message: for people, when the class's own message is too general.
        details: JSON-ready facts for programs.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    message: str

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = CATALOGUE.setdefault(cls.code, cls)
        if known.__qualname__ != cls.__qualname__:
            raise TypeError(f"error code {cls.code} is taken by {known.__qualname__}")

    def __init__(self, message: str | None = None, /, headers: dict[str, str] | None = None, **details: Any):
        self.message = message or type(self).message
        self.details = details
        self.headers = headers or {}
        super().__init__(self.message)


class BadRequest(DomainError):
    code, status, message = "BAD_REQUEST", 400, "The request could not be read."


class InvalidCursor(DomainError):
    code, status, message = "INVALID_CURSOR", 400, "This cursor does not belong to this list."


class Unauthenticated(DomainError):
    code, status, message = "UNAUTHENTICATED", 401, "Sign in first."


class Forbidden(DomainError):
    code, status, message = "FORBIDDEN", 403, "You may not do this."


class InvalidCsrfToken(DomainError):
    code, status, message = (
        "INVALID_CSRF_TOKEN",
        403,
        "This form is out of date. Reload the page and try again.",
    )


class NotOwner(DomainError):
    code, status, message = "NOT_OWNER", 403, "Only its owner may do this."


class ProfileIncomplete(DomainError):
    """``details["missing"]`` names what has to be given first."""

    code, status, message = "PROFILE_INCOMPLETE", 403, "Tell your birth date first."


class AccountSuspended(DomainError):
    """``details["suspended_until"]`` says when it is over."""

    code, status, message = "ACCOUNT_SUSPENDED", 403, "This account is suspended."


class AccountBanned(DomainError):
    code, status, message = "ACCOUNT_BANNED", 403, "This account is banned."


class AccountDeactivated(DomainError):
    code, status, message = "ACCOUNT_DEACTIVATED", 403, "This account is deactivated. Log in to come back."


class AccountLeaving(DomainError):
    code, status, message = (
        "ACCOUNT_LEAVING",
        403,
        "This account is about to be deleted. Cancel that in the settings to go on.",
    )


class ReauthenticationRequired(DomainError):
    code, status, message = "REAUTHENTICATION_REQUIRED", 403, "Prove once more that it is you."


class NotFound(DomainError):
    code, status, message = "NOT_FOUND", 404, "There is nothing here."


class MethodNotAllowed(DomainError):
    code, status, message = "METHOD_NOT_ALLOWED", 405, "This address does not take that method."


class RequestInFlight(DomainError):
    code, status, message = (
        "IDEMPOTENCY_KEY_IN_FLIGHT",
        409,
        "A request with this key is still being answered.",
    )


class RequestTooLarge(DomainError):
    code, status, message = "REQUEST_TOO_LARGE", 413, "The request is too large."


class ValidationFailed(DomainError):
    """``details["fields"]`` lists ``{"field", "message"}``."""

    code, status, message = "VALIDATION_FAILED", 422, "Some values are not valid."


class IdempotencyKeyReused(DomainError):
    code, status, message = "IDEMPOTENCY_KEY_REUSED", 422, "This key was used for another request."


class RateLimited(DomainError):
    code, status, message = "RATE_LIMITED", 429, "Too many requests. Wait a little."


class InternalError(DomainError):
    code, status, message = "INTERNAL", 500, "Something went wrong on our side."


class Unavailable(DomainError):
    code, status, message = "UNAVAILABLE", 503, "Plaza is busy. Try again in a moment."
