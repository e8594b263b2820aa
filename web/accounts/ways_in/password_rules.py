"""Which passwords are too easy to guess."""

from functools import cache
from typing import Literal

from web.accounts.errors import WeakPassword
from web.accounts.policy import normal_form
from web.core.i18n import _

Weakness = Literal["common", "same_as_name"]

_WHY = {
    "common": _("This password is one of the first that others try. Choose another one."),
    "same_as_name": _("Choose a password other than your name or your address."),
}


def weakness(
    password: str, *, email: str | None = None, username: str | None = None, nickname: str | None = None
) -> Weakness | None:
    """Why a password of sufficient length is too easy to guess; None when it is not.

    After NIST SP 800-63B §5.1.1.2. All is compared in its normal form; of an address its local part
    counts, too.
    """
    candidate = normal_form(password)
    names = [name for name in (email, username, nickname) if name]
    names += [email.rpartition("@")[0]] if email else []
    if candidate in {normal_form(name) for name in names}:
        return "same_as_name"
    return "common" if candidate in _common_passwords() else None


def require_strong(
    password: str, *, email: str | None = None, username: str | None = None, nickname: str | None = None
) -> None:
    """Make sure that a password is none of the first that others try.

    Raises:
        WeakPassword: ``details["why"]`` is ``common`` or ``same_as_name``.
    """
    why = weakness(password, email=email, username=username, nickname=nickname)
    if why is not None:
        raise WeakPassword(_WHY[why], why=why)


@cache
def _common_passwords() -> frozenset[str]:
    """The 30,000 most common ones of leaked lists, as zxcvbn ranks them; loaded when first needed."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # ships no types

    return frozenset(password.casefold() for password in FREQUENCY_LISTS["passwords"])
