"""Reports of strangers: what a member chooses to show of a talk, kept for moderators."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.ids import new_id
from web.core.services import Services
from web.core.settings import Settings
from web.matching.line import WaitingLine
from web.matching.matches import Match, valkey_answers
from web.matching.models import MatchReport
from web.matching.proofs import is_proven
from web.matching.schemas import Evidence, NewMatchReport
from web.matching.schemas import MatchReport as MatchReportOut
from web.matching.talks import TalkService

KEPT: Final = timedelta(days=180)

_BEFORE = sa.select(MatchReport.id, MatchReport.created_at, MatchReport.evidence).where(
    MatchReport.reporter_id == sa.bindparam("reporter", type_=sa.Uuid()),
    MatchReport.match_id == sa.bindparam("match", type_=sa.Uuid()),
)


class MatchReportService:
    """Takes reports. Never commits."""

    def __init__(
        self, session: Session, clock: Clock, settings: Settings, line: WaitingLine, talks: TalkService
    ) -> None:
        self._session = session
        self._clock = clock
        self._settings = settings
        self._line = line
        self._talks = talks

    @valkey_answers()
    def report(self, member_id: UUID, match_id: UUID, new: NewMatchReport) -> MatchReportOut:
        """Report the other, and leave them, if that has not happened yet; twice is the same as once.

        The reported is paused, and does not wait any more. The two never meet again here while the report is
        kept.

        Raises:
            NotFound: not one of the member's, or over for too long.
            Unavailable
        """
        match = self._talks.find(member_id, match_id)
        reported_id = match.partner_of(member_id)
        row = {
            "id": new_id(),
            "match_id": match_id,
            "reporter_id": member_id,
            "reported_id": reported_id,
            "reason": new.reason.value,
            "note": new.note,
            "evidence": [self._judged(match, member_id, each) for each in new.evidence],
            "created_at": self._clock.now(),
        }
        self._session.execute(insert(MatchReport).on_conflict_do_nothing(), row)
        taken = self._session.execute(_BEFORE, {"reporter": member_id, "match": match_id}).one()
        self._line.keep_apart_for_good(member_id, reported_id)  # also one who waits already
        self._talks.part(match, "reported")
        self._line.leave(reported_id)
        proven = sum(each["proven"] for each in taken.evidence)
        return MatchReportOut(id=taken.id, created_at=taken.created_at, proven=proven)

    def _judged(self, match: Match, reporter_id: UUID, evidence: Evidence) -> dict[str, Any]:
        """What was said as moderators see it: by whom, and whether that is proven."""
        is_own = match.seat_of(reporter_id).value == evidence.seat
        return {
            "said_by": "reporter" if is_own else "reported",
            "body": evidence.body,
            "sent_at": evidence.sent_at,
            "proven": is_proven(
                self._settings.secret,
                match.id,
                evidence.seat,
                evidence.sent_at,
                evidence.body,
                evidence.proof or "",
            ),
        }


def clean_up(services: Services) -> None:
    """Delete reports that are too old to matter; body of a job."""
    until = services[Clock].now() - KEPT
    services[Session].execute(sa.delete(MatchReport).where(MatchReport.created_at < until))
