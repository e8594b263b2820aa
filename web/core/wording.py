"""How features ask whether a text is fit to be shown, without knowing how that is decided.

``moderation`` implements :class:`TextCheck`. Whoever takes a text from a member asks :meth:`TextCheck.passed`
before writing, and :meth:`TextCheck.flag` afterwards, when there is something that a flag can point to::

    verdict = self._wording.passed(new.body, new.language)
    ...  # write the comment
    self._wording.flag(author_id, Ref("comment", comment_id), verdict)
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from web.core.errors import DomainError
from web.core.refs import Ref


class ContentRefused(DomainError):
    """``details["reason"]`` is a code: what is wrong with the text."""

    code, status, message = "CONTENT_REFUSED", 422, "This text cannot be shown here. Please change it."


class Decision(StrEnum):
    """What becomes of a text, from the mildest on."""

    PASS = "pass"  # noqa: S105 - no password
    FLAG = "flag"  # shown, and looked at by a moderator
    REFUSE = "refuse"


@dataclass(frozen=True)
class Verdict:
    """What the check thinks of a text.

    Attributes:
        reason: a code, such as ``words`` or ``shouting``; None for what passes.
    """

    decision: Decision = Decision.PASS
    reason: str | None = None


class TextCheck(ABC):
    """The check of texts at writing."""

    @abstractmethod
    def check(self, text: str, language: str | None = None) -> Verdict:
        """What is to be thought of a text.

        Args:
            language: BCP 47, when its author told.
        """

    @abstractmethod
    def flag(self, author_id: UUID, subject: Ref, verdict: Verdict) -> None:
        """Ask moderators to look at what was just written; nothing, when the verdict does not want it."""

    def passed(self, text: str, language: str | None = None) -> Verdict:
        """The verdict on a text that may be shown, flagged or not.

        Raises:
            ContentRefused
        """
        verdict = self.check(text, language)
        if verdict.decision is Decision.REFUSE:
            raise ContentRefused(reason=verdict.reason)
        return verdict
