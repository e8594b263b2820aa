"""One whole night."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from pipelines.nightly.contracts import read_contracts
from pipelines.nightly.errors import NightError
from pipelines.nightly.extract import extract
from pipelines.nightly.plan import DayRange, NightConfig
from pipelines.nightly.publish import publish
from pipelines.nightly.runs import NightReport, RunLog, Step, the_only_night
from pipelines.nightly.transform import transform


class NightFailed(NightError):
    """The night ended without publishing; the numbers of the last good one stay served, marked stale."""

    def __init__(self, report: NightReport) -> None:
        super().__init__(report.error)
        self.report = report


def run(
    config: NightConfig,
    *,
    as_of: date | None = None,
    days: DayRange | None = None,
    on_step: Callable[[Step], None] = lambda _: None,
) -> NightReport:
    """Extract, transform, test and publish.

    Safe to run at any time and as often as one likes: what is new since the last extract is added, and the
    marts are made again from the whole lake. A night that was killed is marked as failed by the next one,
    which does what was left.

    Args:
        as_of: the last UTC day to show; None shows everything up to now.
        days: days to read again from the database, besides what is new.
        on_step: called when a step begins.
    Raises:
        NightRunning: another night holds the lock.
        NightError: the database cannot be reached, or ``as_of`` has not begun.
        NightFailed: a step failed; its ``report`` says which and why.
    """
    today = datetime.now(UTC).date()
    if as_of and as_of > today:
        raise NightError(f"{as_of} has not begun yet; today is {today} (UTC)")
    with the_only_night(config.database_url) as connection:
        log = RunLog(
            connection,
            as_of=as_of or today,
            days=days,
            redact=config.redact,
            on_step=on_step,
        )
        try:
            marts = read_contracts(config.dbt_project)
            with transform(config) as dbt:
                extract(config, log, as_of=as_of, days=days)
                with log.step("transform and test") as step:
                    step.rows = dbt.build()
            publish(config, log, marts)
        except BaseException as error:
            log.failed(error)
            if isinstance(error, Exception):
                raise NightFailed(log.report) from error
            raise
        return log.report
