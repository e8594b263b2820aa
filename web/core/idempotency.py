"""``Idempotency-Key`` on POSTs: the first answer is stored in the request's own transaction and replayed.

The row is the truth, so neither a lost connection nor a lost cache makes anything happen twice. Errors are
not stored: what failed may be tried again under the same key.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from pyramid.response import Response
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import IdempotencyKeyReused, RequestInFlight, ValidationFailed
from web.core.models import IdempotencyKey
from web.core.requests import Request

KEPT = timedelta(hours=24)
LONGEST_KEY = 200


def once(request: Request, answer: Callable[[], Response]) -> Response:
    """Answer a request, or replay what was answered to its key within the last 24 hours.

    Raises:
        RequestInFlight: another request with this key is being answered.
        IdempotencyKeyReused: the key belongs to a request with other contents.
    """
    key, member_id = request.headers["Idempotency-Key"], request.member_id
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise ValidationFailed(
            fields=[{"field": "Idempotency-Key", "message": "1 to 200 printable characters"}]
        )
    fingerprint = hashlib.sha256(
        b"\0".join((request.method.encode(), request.path_qs.encode(), request.body))
    ).hexdigest()
    session, now = request.services[Session], request.services[Clock].now()

    lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(f"{member_id}|{key}", 0))
    if not session.scalar(sa.select(lock)):
        raise RequestInFlight()
    earlier = session.get(IdempotencyKey, (member_id, key))
    if earlier and earlier.created_at > now - KEPT:
        if earlier.fingerprint != fingerprint:
            raise IdempotencyKeyReused()
        replayed = Response(body=earlier.body, status=earlier.status, content_type="application/json")
        replayed.headers["Idempotency-Replayed"] = "true"
        return replayed
    response = answer()
    new = {
        "fingerprint": fingerprint,
        "status": response.status_int,
        "body": response.body,
        "created_at": now,
    }
    # What is slow gives its transaction back (``give_back``), and the lock with it; so the row has to be free
    # still. A request that was faster is waited for here, and everything done by this one is undone.
    insert = pg_insert(IdempotencyKey).values(member_id=member_id, key=key, **new)
    kept = insert.on_conflict_do_update(
        index_elements=["member_id", "key"], set_=new, where=IdempotencyKey.created_at <= now - KEPT
    )
    if session.scalar(kept.returning(IdempotencyKey.key)) is None:
        raise RequestInFlight()
    return response
