"""Time, injected so that tests can set it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class Clock:
    """The wall clock, always in UTC."""

    def now(self) -> datetime:
        """The present moment, time-zone aware."""
        return datetime.now(UTC)

    def local_day(self, zone: str) -> date:
        """Today as a person in an IANA time zone would say it."""
        return self.now().astimezone(ZoneInfo(zone)).date()


class FixedClock(Clock):
    """A clock that stands still until it is moved; for tests and generated histories."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment
