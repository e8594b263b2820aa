"""How errors look: the standard envelope for programs, a small page for people."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
import psycopg
import sqlalchemy.exc
import structlog
from pydantic import BaseModel
from pyramid.config import Configurator
from pyramid.csrf import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPException, HTTPForbidden, HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.response import Response

from web.core.errors import (
    BadRequest,
    DomainError,
    InternalError,
    InvalidCsrfToken,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from web.core.requests import Request
from web.core.security import refuse

log = structlog.get_logger(__name__)


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorEnvelope(BaseModel):
    """Every error of every API of Plaza."""

    error: ErrorBody
    request_id: str
    timestamp: datetime


def wants_json(request: Request) -> bool:
    """API addresses and processes without pages always get JSON; elsewhere a browser gets a page."""
    if getattr(request.registry, "json_only", False):
        return True
    return request.path_info.startswith("/api/") or "text/html" not in request.headers.get("Accept", "")


def render_error(error: DomainError, request: Request) -> Response:
    """The response for an error."""
    message = request.localizer.translate(error.message, domain="plaza")
    if wants_json(request):
        envelope = {
            "error": {"code": error.code, "message": message, "details": error.details},
            "request_id": request.request_id,
            "timestamp": request.clock.now(),
        }
        response = Response(
            body=orjson.dumps(envelope, default=str), content_type="application/json", charset=None
        )
    else:
        page = {"status": error.status, "message": message, "request_id": request.request_id}
        response = render_to_response("web:templates/error.jinja2", page, request=request)
    response.status_int = error.status
    response.headers.update(error.headers)
    return response


def add_error_page(
    config: Configurator, kind: type[DomainError], page: Callable[[DomainError, Request], Response]
) -> None:
    """Configurator directive: what people get for an error, where a number and a sentence are not enough."""
    config.registry.error_pages[kind.code] = page


def _domain_error(error: DomainError, request: Request) -> Response:
    if not wants_json(request) and error.code in request.registry.error_pages:
        page: Response = request.registry.error_pages[error.code](error, request)
        return page
    if isinstance(error, Unauthenticated) and not wants_json(request) and request.method == "GET":
        return Response(status=303, headers={"Location": f"/login?next={quote(request.path_info)}"})
    return render_error(error, request)


def _forbidden(error: HTTPForbidden, request: Request) -> Response:
    return _domain_error(refuse(request), request)


def _bad_csrf(error: HTTPException, request: Request) -> Response:
    return render_error(InvalidCsrfToken(), request)


def _not_found(error: HTTPNotFound, request: Request) -> Response:
    return render_error(NotFound(), request)


def _http_error(error: HTTPException, request: Request) -> Response:
    if error.status_int < 400:
        return error
    return render_error(BadRequest() if error.status_int < 500 else InternalError(), request)


def _undecodable(error: UnicodeDecodeError, request: Request) -> Response:
    return render_error(BadRequest("The address is not UTF-8."), request)


def _unexpected(error: Exception, request: Request) -> Response:
    log.error("request_failed", exc_info=error)
    return render_error(InternalError(), request)


def _database_away(error: Exception, request: Request) -> Response:
    """No free connection in time, or no database: the caller may try again, so say so."""
    if isinstance(error, sqlalchemy.exc.DBAPIError) and not isinstance(error.orig, psycopg.OperationalError):
        return _unexpected(error, request)
    log.error("database_unavailable", error=str(error))
    return render_error(Unavailable(headers={"Retry-After": "2"}), request)


def includeme(config: Configurator) -> None:
    """Install the exception views, and the directive for pages of their own."""
    config.registry.error_pages = {}
    config.add_directive("add_error_page", add_error_page)
    for kind, view in (
        (DomainError, _domain_error),
        (HTTPException, _http_error),
        (HTTPForbidden, _forbidden),
        (HTTPNotFound, _not_found),
        (BadCSRFToken, _bad_csrf),
        (BadCSRFOrigin, _bad_csrf),
        (UnicodeDecodeError, _undecodable),
        (sqlalchemy.exc.TimeoutError, _database_away),
        (sqlalchemy.exc.DBAPIError, _database_away),
        (Exception, _unexpected),
    ):
        config.add_exception_view(view, context=kind)
