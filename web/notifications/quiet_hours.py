"""Quiet hours: a part of the day, in a member's zone, in which nothing rings."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, zone: str, start: time | None, end: time | None) -> datetime | None:
    """When the quiet hours end that ``now`` is in; None outside of them.

    Args:
        now: time-zone aware.
        zone: IANA.
        start: local time; the hours may go past midnight. None for no quiet hours at all.
        end: local time, not ``start``.
    """
    if start is None or end is None:
        return None
    here = ZoneInfo(zone)
    local = now.astimezone(here)
    clock = local.time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    # When clocks are changed this time may be there twice, or not at all: the later one counts.
    moments = (datetime.combine(day, end, here).replace(fold=fold) for fold in (0, 1))
    return max(moment.astimezone(now.tzinfo) for moment in moments)
