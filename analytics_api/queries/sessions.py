"""Sessions that ended before their tokens did."""

from sqlalchemy import select

from analytics_api.db import Statement
from analytics_api.marts import revoked_sessions

REVOKED_SESSIONS = Statement("revoked_sessions", select(revoked_sessions.c.session_id))
