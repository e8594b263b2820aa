"""Times as a reader understands them: in their language and zone, near ones relative to now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from babel.dates import (
    format_date,
    format_datetime,
    format_skeleton,
    format_time,
    format_timedelta,
    get_time_format,
    get_timezone,
)

from web.core.i18n import _, translator
from web.core.requests import Request

RELATIVE_FOR = timedelta(days=7)
JUST_NOW = timedelta(minutes=1)
UNITS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1))


@dataclass(frozen=True)
class Times:
    """Formats moments for one reader."""

    now: datetime
    zone: tzinfo
    locale: str

    def short(self, moment: datetime) -> str:
        """``3 hours ago``; the date once it is a week old, with the year once it is not this one."""
        age = self.now - moment
        if age < JUST_NOW:
            return translator(self.locale)(_("just now"))
        if age < RELATIVE_FOR:
            unit = next(unit for unit in UNITS if unit <= age)
            passed = age - age % unit  # whole units: 23:59 hours are not yet a day
            return format_timedelta(-passed, add_direction=True, threshold=1, locale=self.locale)
        local = moment.astimezone(self.zone)
        skeleton = "MMMd" if local.year == self.now.astimezone(self.zone).year else "yMMMd"
        return format_skeleton(skeleton, local, locale=self.locale)

    def full(self, moment: datetime) -> str:
        """Day and time to the second, with the zone."""
        return format_datetime(moment, "long", tzinfo=self.zone, locale=self.locale)

    def day(self, day: date) -> str:
        """A day, with its year."""
        return format_date(day, "long", locale=self.locale)

    def day_of(self, moment: datetime) -> date:
        """The reader's day of a moment."""
        return moment.astimezone(self.zone).date()

    def clock(self, moment: datetime) -> str:
        """The time of the day, in hours and minutes; of its half the whole word, as browsers write it."""
        pattern = get_time_format("short", self.locale).pattern.replace("a", "aaaa")
        return format_time(moment, pattern, tzinfo=self.zone, locale=self.locale)

    def month(self, moment: datetime) -> str:
        """Month and year."""
        return format_skeleton("yMMMM", moment.astimezone(self.zone), locale=self.locale)


def times_of(request: Request) -> Times:
    """The times of a page's reader; visitors see UTC."""
    identity = request.identity
    return Times(request.clock.now(), get_timezone(identity.zone if identity else "UTC"), request.locale_name)
