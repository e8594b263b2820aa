"""Tries at a code that was mailed, counted before it is known whether they are right."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from web.accounts.models import EmailChange, SignUp
from web.core.db import Engines

MOST_TRIES = 5


def count_try(
    engines: Engines, proof: type[SignUp | EmailChange], proof_id: UUID, now: datetime
) -> str | None:
    """Count a try in a transaction of its own, because a wrong one rolls the request's back.

    The caller holds no connection meanwhile (:func:`web.core.db.give_back`).

    Returns:
        The hash that the code must have; None when there is no such proof, or none to try any more.
    """
    statement = (
        sa.update(proof)
        .where(proof.id == proof_id, proof.tries < MOST_TRIES, proof.expires_at > now, proof.code_hash != "")
        .values(tries=proof.tries + 1)
        .returning(proof.code_hash)
    )
    with engines.writes.begin() as connection:
        return connection.scalar(statement)
