"""Days in a row."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from analytics_api.auth import Access
from analytics_api.caching import Audience
from analytics_api.publications import Reading
from analytics_api.queries.streaks import MEMBER_STREAK, STREAK_LEADERBOARD
from analytics_api.routing import CurrentAnswers, Limit, Routes
from analytics_api.schemas.streaks import MemberStreak, StreakLeaderboard

routes = Routes("Streaks")


@routes.get("/streaks/leaderboard", access=Access.PUBLIC, model=StreakLeaderboard, seeds="004; 000 streak")
async def streak_leaderboard(request: Request, answers: CurrentAnswers, limit: Limit = 20) -> Response:
    """The longest running streaks, longest first."""
    return await answers.serve(
        request,
        STREAK_LEADERBOARD,
        {"limit": limit},
        audience=Audience.ANYONE,
        present=lambda reading: StreakLeaderboard(items=reading.rows, **reading.stamp),
    )


@routes.get("/streaks/{user_id}", access=Access.OWNER, model=MemberStreak, seeds="004; 000 streak")
async def member_streak(
    request: Request,
    answers: CurrentAnswers,
    user_id: Annotated[UUID, Path(description="The member")],
) -> Response:
    """A member's days in a row; all zero for a member that never was active."""

    def present(reading: Reading) -> MemberStreak:
        if not reading.rows:
            return MemberStreak.none_of(user_id, **reading.stamp)
        return MemberStreak(**reading.rows[0], **reading.stamp)

    return await answers.serve(
        request, MEMBER_STREAK, {"member_id": user_id}, audience=Audience.ITS_READER, present=present
    )
