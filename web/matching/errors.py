"""What can be wrong with being matched."""

from web.core.errors import DomainError


class AdultsOnly(DomainError):
    code, status, message = "ADULTS_ONLY", 403, "This is for people of 18 or older."


class MatchingPaused(DomainError):
    """``details["until"]`` says until when: others have reported the member."""

    code, status, message = "MATCHING_PAUSED", 403, "You cannot be matched for a while, because of reports."


class MatchOver(DomainError):
    code, status, message = "MATCH_OVER", 409, "This conversation is over."


class DirectCallRefused(DomainError):
    """``details["reason"]`` is a code: ``unreadable``, or ``not_relayed`` for what would tell an address."""

    code, status, message = (
        "DIRECT_CALL_REFUSED",
        422,
        "Calls here go through a relay, so that nobody learns where you are.",
    )
