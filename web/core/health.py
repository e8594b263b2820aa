"""What operators and other services ask a process: alive, ready, measured, which keys."""

import redis
import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pyramid.config import Configurator
from pyramid.response import Response

from web.core import metrics
from web.core.app import App
from web.core.key_file import SIGNS_AFTER
from web.core.models import Job
from web.core.requests import Request
from web.core.security import Permission

# The oldest migration that this code can work with: any later one is additive.
NEEDED_REVISION = "0009"

_WAITING = sa.select(
    Job.kind,
    sa.func.count().label("waiting"),
    sa.func.coalesce(sa.func.extract("epoch", sa.func.now() - sa.func.min(Job.due_at)), 0).label("age"),
).group_by(Job.kind)


def problems(app: App) -> list[str]:
    """Why this process cannot do its work now; empty when it can."""
    found = []
    try:
        with app.engines.reads.connect() as connection:
            revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        if revision is None or revision < NEEDED_REVISION:
            found.append(f"the schema is at {revision}; run `plaza migrate`")
    except sa.exc.SQLAlchemyError as error:
        found.append(f"database: {type(error).__name__}")
    try:
        app.valkey.client.ping()
    except redis.RedisError as error:
        found.append(f"valkey: {type(error).__name__}")
    return found


def _alive(request: Request) -> dict[str, str]:
    return {"status": "ok"}


def _ready(request: Request) -> dict[str, object]:
    found = problems(request.app)
    for more in request.registry.readiness:
        found += more()
    if found:
        request.response.status_int = 503
    return {"status": "unready" if found else "ok", "problems": found}


def _metrics(request: Request) -> Response:
    with request.app.engines.reads.connect() as connection:
        metrics.JOBS_WAITING.clear()
        metrics.JOBS_OLDEST.clear()
        for kind, waiting, age in connection.execute(_WAITING):
            metrics.JOBS_WAITING.labels(kind).set(waiting)
            metrics.JOBS_OLDEST.labels(kind).set(max(0.0, float(age)))
    return Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _jwks(request: Request) -> dict[str, object]:
    # Shorter than a new key waits before it signs: a cache on the way must not keep it from others.
    request.response.cache_control = f"public, max-age={int(SIGNS_AFTER.total_seconds() / 2)}"
    jwks: dict[str, object] = request.app.keys.public_jwks()
    return jwks


def includeme(config: Configurator) -> None:
    """Routes outside the API prefix; nginx keeps ``/metrics`` and ``/readyz`` from the outside.

    A process with more to be ready for adds a function like :func:`problems` to ``registry.readiness``.
    """
    config.registry.readiness = []
    for name, path, view in (
        ("healthz", "/healthz", _alive),
        ("readyz", "/readyz", _ready),
        ("metrics", "/metrics", _metrics),
        ("jwks", "/.well-known/jwks.json", _jwks),
    ):
        config.add_route(name, path)
        config.add_view(view, route_name=name, renderer="json", permission=Permission.PUBLIC.value)
