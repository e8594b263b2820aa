"""What can stop a night, in words for the person who reads ``analytics.runs.error``."""


class NightError(Exception):
    """The night cannot go on; the message says why and, where there is one, the remedy."""


class NightRunning(NightError):
    """Another night holds the lock."""

    def __init__(self) -> None:
        super().__init__("another night is running; one runs at a time")
