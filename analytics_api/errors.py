"""Every error this API can answer, and the one envelope that all of them come in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from psycopg import OperationalError
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException

from analytics_api.schemas.errors import ErrorBody, ErrorDetails, ErrorEnvelope, FieldProblem

log = structlog.get_logger()

# The same codes as the transactional API uses for the same statuses.
CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    422: "VALIDATION_FAILED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
MESSAGES = {
    400: "The request could not be read.",
    401: "This needs an access token.",
    403: "You may not read this.",
    404: "There is nothing here.",
    405: "This address does not take that method.",
    422: "Some values are not valid.",
    500: "Something went wrong on our side.",
    503: "Plaza is busy. Try again in a moment.",
}


class ApiError(Exception):
    """An answer other than the one asked for.

    Args:
        status: one of the statuses in `CODES`.
        message: what to tell people; default: the sentence of the status.
        fields: the parameters at fault.
        headers: to send with it.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        fields: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or MESSAGES[status])
        self.status = status
        self.message = message or MESSAGES[status]
        self.details = ErrorDetails(fields=list(fields))
        self.headers = dict(headers or {})


class Unauthenticated(ApiError):
    """401: no token, or one that does not count. `WWW-Authenticate` as RFC 6750 §3 has it."""

    def __init__(self, message: str | None = None) -> None:
        challenge = 'Bearer realm="plaza"' + (', error="invalid_token"' if message else "")
        super().__init__(401, message, headers={"WWW-Authenticate": challenge})


class Forbidden(ApiError):
    """403: we know who asks, and it is not for them."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(403, message)


class Unavailable(ApiError):
    """503: something that the answer needs is away; worth another try soon."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(503, message, headers={"Retry-After": "1"})


class InvalidField(ApiError):
    """422 for a rule that no single field can check alone."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(422, fields=[FieldProblem(field=field, message=message)])


def render(error: ApiError, request_id: str) -> Response:
    """The error as it goes over the wire."""
    envelope = ErrorEnvelope(
        error=ErrorBody(code=CODES[error.status], message=error.message, details=error.details),
        request_id=request_id,
        timestamp=datetime.now(UTC),
    )
    return Response(
        envelope.model_dump_json(exclude_defaults=True),
        status_code=error.status,
        headers={"Cache-Control": "no-store"} | error.headers,
        media_type="application/json",
    )


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries of the error answers of a route."""
    return {status: {"model": ErrorEnvelope, "description": MESSAGES[status]} for status in statuses}


def register_error_handlers(app: FastAPI) -> None:
    """Make every error of the framework, of the database and of our own come in the envelope."""

    async def answer(request: Request, error: Exception) -> Response:
        return render(_as_api_error(error), request.state.request_id)

    for kind in (ApiError, HTTPException, RequestValidationError, *_DATABASE_AWAY):
        app.add_exception_handler(kind, answer)


# A statement that ran into its time limit is an OperationalError too.
_DATABASE_AWAY = (OperationalError, PoolTimeout, PoolClosed, TooManyRequests)


def _as_api_error(error: Exception) -> ApiError:
    match error:
        case ApiError():
            return error
        case HTTPException(status_code=405):
            return ApiError(405, headers={"Allow": "GET, HEAD"})
        case HTTPException():
            return ApiError(error.status_code)
        case RequestValidationError():
            return ApiError(
                422,
                fields=[
                    FieldProblem(field=".".join(map(str, problem["loc"][1:])), message=problem["msg"])
                    for problem in error.errors()
                ],
            )
        case _:
            log.warning("database_away", error=repr(error))
            return Unavailable()
