"""Whether the schema has what this API was written for."""

from sqlalchemy import Boolean, Text, column, func, not_, select, values

from analytics_api.db import Statement
from analytics_api.marts import published, revoked_sessions, runs

# The marts themselves come with the first night; without them the answers are empty, not wrong.
_needed = values(column("name", Text), name="needed").data(
    [(table.fullname,) for table in (runs, published, revoked_sessions)]
)

MISSING_RELATIONS = Statement(
    "missing_relations",
    select(_needed.c.name).where(
        not_(
            func.coalesce(
                func.has_table_privilege(func.to_regclass(_needed.c.name), "select", type_=Boolean), False
            )
        )
    ),
)
