"""What can be wrong with signing up and in."""

from web.core.errors import DomainError


class InvalidCredentials(DomainError):
    code, status, message = "INVALID_CREDENTIALS", 401, "Address and password do not belong together."


class InvalidRefreshToken(DomainError):
    code, status, message = "INVALID_REFRESH_TOKEN", 401, "This session has ended. Sign in again."


class AccountExists(DomainError):
    code, status, message = "ACCOUNT_EXISTS", 409, "There is an account with this address already."


class UsernameTaken(DomainError):
    code, status, message = "USERNAME_TAKEN", 409, "This username is taken."


class InvalidCode(DomainError):
    code, status, message = "INVALID_CODE", 422, "This code is wrong or too old."


class TooYoung(DomainError):
    code, status, message = "TOO_YOUNG", 422, "You must be at least 13 years old to join."
