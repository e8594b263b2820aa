"""What the people and programs that run this process ask it, and the documentation.

Health and metrics are at the root, for supervisors and scrapers that reach the port itself, and under the
prefix, for those who come through the proxy; there the metrics need a token.
"""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from analytics_api.auth import Access
from analytics_api.docs import CONTENT_SECURITY_POLICY, docs_page
from analytics_api.errors import Unavailable
from analytics_api.metrics import Metrics
from analytics_api.queries.readiness import MISSING_RELATIONS
from analytics_api.routing import PREFIX, CurrentDatabase, Routes

routes = Routes("Operations")


@routes.operation("/healthz", access=Access.PUBLIC)
@routes.operation(f"{PREFIX}/healthz", access=Access.PUBLIC)
async def healthz() -> Response:
    """The process lives."""
    return JSONResponse({"status": "ok"})


@routes.operation("/readyz", access=Access.PUBLIC)
@routes.operation(f"{PREFIX}/readyz", access=Access.PUBLIC)
async def readyz(database: CurrentDatabase) -> Response:
    """It can answer: the database is there, with the relations that every answer needs."""
    missing = [row["name"] for row in await database.read(MISSING_RELATIONS)]
    if missing:
        raise Unavailable(f"Not in the database, or not readable: {', '.join(missing)}.")
    return JSONResponse({"status": "ok"})


@routes.operation("/metrics", access=Access.PUBLIC)
@routes.operation(f"{PREFIX}/metrics", access=Access.DASHBOARD)
async def metrics(request: Request) -> Response:
    """For Prometheus."""
    instruments: Metrics = request.app.state.metrics
    return Response(generate_latest(instruments.registry), media_type=CONTENT_TYPE_LATEST)


@routes.operation(f"{PREFIX}/openapi.json", access=Access.PUBLIC)
async def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document."""
    return JSONResponse(request.app.openapi())


@routes.operation(f"{PREFIX}/docs", access=Access.PUBLIC)
async def docs(request: Request) -> Response:
    """The same for people."""
    page = docs_page(request.app.openapi(), f"{PREFIX}/openapi.json")
    return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})
