"""When people of a time zone do things: by hour of the day and by day of the week, in their local time.

A rhythm turns calendar time into *active days*: the time that passes slowly at night and fast on a Saturday
evening. Whatever is drawn evenly in active days follows the rhythm in calendar days, and a delay counted in
active days waits for people to wake up.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Relative activity by local hour from 0 to 23: asleep before dawn, a bump at noon, the peak at nine.
HOURS = np.array(
    (
        *(1.5, 0.8, 0.4, 0.3, 0.3, 0.5, 1.2, 2.5, 3.5, 3.4, 3.3, 3.6),
        *(4.6, 4.0, 3.4, 3.3, 3.5, 3.9, 4.6, 5.6, 6.6, 7.0, 5.6, 3.2),
    )
)
# By local weekday from Monday.
WEEKDAYS = np.array([0.9, 0.88, 0.92, 0.95, 1.05, 1.35, 1.3])
# How much busier the end of the history is than its beginning.
GROWTH = 1.5
_BINS_PER_DAY = 96


class Rhythm:
    """The rhythm of one zone over a span of days; times are days since its start.

    Args:
        zone: IANA name.
        start: first moment, in UTC.
        days: length of the span.
    """

    def __init__(self, zone: str, start: datetime, days: int) -> None:
        bins = days * _BINS_PER_DAY
        local = [
            (start + timedelta(days=bin_ / _BINS_PER_DAY)).astimezone(ZoneInfo(zone)) for bin_ in range(bins)
        ]
        intensity = (
            HOURS[[moment.hour for moment in local]]
            * WEEKDAYS[[moment.weekday() for moment in local]]
            * np.linspace(1.0, GROWTH, bins)
        )
        self._edges = np.arange(bins + 1) / _BINS_PER_DAY
        self._active = np.concatenate(([0.0], np.cumsum(intensity))) / intensity.sum() * days

    def active(self, calendar: Floats) -> Floats:
        """Calendar days → active days."""
        active: Floats = np.interp(calendar, self._edges, self._active)
        return active

    def calendar(self, active: Floats) -> Floats:
        """Active days → calendar days; infinite beyond the end of the span."""
        calendar: Floats = np.interp(active, self._active, self._edges, right=np.inf)
        return calendar
