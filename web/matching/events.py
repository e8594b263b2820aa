"""What happens to strangers who talk, for statistics alone: these events name nobody."""

from dataclasses import dataclass

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MatchStarted(Event, name="match_started", actor="nobody"):
    """Two members were matched.

    Attributes:
        nobody: the log asks who did it. Here already two rows of one moment would tell.
    """

    nobody: None = None


@dataclass(frozen=True, kw_only=True)
class MatchEnded(Event, name="match_ended", actor="nobody"):
    """Two members parted.

    Attributes:
        seconds: how long they were matched.
        reason: a code: ``left``, ``skipped``, ``reported``, ``idle``, ``apart``.
        revealed: whether they made themselves known to each other.
    """

    nobody: None = None
    seconds: int
    reason: str
    revealed: bool
