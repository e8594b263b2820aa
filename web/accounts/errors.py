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


class BirthDateFixed(DomainError):
    code, status, message = (
        "BIRTH_DATE_FIXED",
        409,
        "Your birth date was given already and cannot be changed.",
    )


class LastWayIn(DomainError):
    code, status, message = (
        "LAST_WAY_IN",
        409,
        "This is the only way into your account. Add another one first.",
    )


class InvalidSecondFactor(DomainError):
    """422 and not 401, which clients take for a session that has ended.

    ``details["tries_left"]`` at log-in.
    """

    code, status, message = "INVALID_SECOND_FACTOR", 422, "This code is wrong or was used already."


class LogInExpired(DomainError):
    code, status, message = "LOG_IN_EXPIRED", 422, "This took too long or was tried too often. Start again."


class SecondFactorAlreadyOn(DomainError):
    code, status, message = "SECOND_FACTOR_ALREADY_ON", 409, "This second factor is on already."


class SecondFactorOff(DomainError):
    code, status, message = "SECOND_FACTOR_OFF", 409, "The second factor is off."


class NoSecondFactor(DomainError):
    code, status, message = "NO_SECOND_FACTOR", 409, "Set up an authenticator app or add a passkey first."


class LastSecondFactor(DomainError):
    code, status, message = (
        "LAST_SECOND_FACTOR",
        409,
        "This passkey is your only second factor. Turn the second factor off first.",
    )


class PasskeyRefused(DomainError):
    code, status, message = "PASSKEY_REFUSED", 422, "This passkey does not work here."


class TooManyPasskeys(DomainError):
    code, status, message = (
        "TOO_MANY_PASSKEYS",
        409,
        "You have as many passkeys as there can be. Remove one first.",
    )


class WrongPassword(DomainError):
    """422 and not 401: clients take a 401 for a session that has ended."""

    code, status, message = "WRONG_PASSWORD", 422, "This is not your password."


class WeakPassword(DomainError):
    """``details["why"]`` is ``common`` or ``same_as_name``."""

    code, status, message = "WEAK_PASSWORD", 422, "This password is too easy to guess."


class PasswordReused(DomainError):
    code, status, message = "PASSWORD_REUSED", 422, "You used this password before. Choose a new one."


class InvalidLink(DomainError):
    code, status, message = "INVALID_LINK", 422, "This link was used or is too old. Ask for a new one."


class PhoneTaken(DomainError):
    code, status, message = "PHONE_TAKEN", 409, "This number belongs to another account."


class GoogleNotConfigured(DomainError):
    """404, not 503: waiting does not help, this Plaza does not have it."""

    code, status, message = "GOOGLE_NOT_OFFERED", 404, "Signing in with Google is not offered here."


class InvalidGoogleToken(DomainError):
    code, status, message = "INVALID_GOOGLE_TOKEN", 401, "Google did not confirm this sign-in. Try again."


class GoogleAccountNotVerified(DomainError):
    code, status, message = (
        "GOOGLE_ACCOUNT_NOT_VERIFIED",
        409,
        "There is an account with this address. Log in first, then link Google in the settings.",
    )


class GoogleTaken(DomainError):
    code, status, message = "GOOGLE_TAKEN", 409, "This Google account belongs to another member."


class AnotherGoogleLinked(DomainError):
    code, status, message = (
        "ANOTHER_GOOGLE_LINKED",
        409,
        "Another Google account is linked already. Remove that one first.",
    )


class LinkExpired(DomainError):
    """410: it was good once, and asking again does not help."""

    code, status, message = "LINK_EXPIRED", 410, "This link is too old. Ask for a new copy in the settings."
