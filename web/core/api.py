"""API declarations: one decorator gives route, permission, validation, rendering and OpenAPI entry.

    routes = Routes("graph")

    @routes.put("/users/{user_id}/follow", permission=Permission.FOLLOW, seeds="003 component 1")
    def follow(request: Request, path: MemberPath) -> Relationship:
        "Follow a member; twice is the same as once."
        return request.services[GraphService].follow(request.member_id, path.user_id)

``path``, ``query`` and ``body`` are pydantic models by parameter name, a ``body`` with files among its fields
is a :class:`~web.core.multipart.MultipartForm`; the return annotation is the response model. A feature's
``includeme`` hands its routes over with ``config.add_api(routes)``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from pyramid.config import Configurator
from pyramid.response import Response

from web.core import idempotency, multipart
from web.core.errors import (
    BadRequest,
    DomainError,
    MethodNotAllowed,
    NotFound,
    RequestTooLarge,
    ValidationFailed,
)
from web.core.multipart import BrokenMultipart, MultipartForm
from web.core.pagination import CursorSigner, PageQuery
from web.core.requests import Request
from web.core.routing import OPTIONAL_SLASH
from web.core.security import NameDirectory, Permission
from web.core.threads import off_the_loop

PREFIX = "/api/v1"
UUID_PATTERN = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
NAME_PATTERN = r"@[\w.\-]{1,30}"
LARGEST_JSON = 256 * 1024

View = TypeVar("View", bound=Callable[..., Any])


class MemberPath(BaseModel):
    """A member in an address: an id, or ``@username``, which is looked up before the view runs."""

    user_id: UUID


@dataclass(frozen=True)
class Route:
    """One declared API operation."""

    feature: str
    method: str
    path: str
    view: Callable[..., Any]
    permission: Permission
    seeds: str
    status: int
    errors: tuple[type[DomainError], ...]
    issues_tokens: bool

    @property
    def name(self) -> str:
        """Unique name, also the OpenAPI operation id."""
        return f"{self.feature}.{self.view.__name__}"

    @property
    def hints(self) -> dict[str, Any]:
        """The view's annotations: models by parameter name, and ``return``."""
        return get_type_hints(self.view)

    @property
    def body(self) -> tuple[Any, bool]:
        """The body's model and whether it must be there; ``body: Model | None`` may be left out."""
        hint = self.hints.get("body")
        if get_origin(hint) is not UnionType or type(None) not in get_args(hint):
            return hint, hint is not None
        return next(kind for kind in get_args(hint) if kind is not type(None)), False

    @property
    def form(self) -> type[MultipartForm] | None:
        """The body's model where it is a form with files."""
        model, _ = self.body
        return model if isinstance(model, type) and issubclass(model, MultipartForm) else None

    @property
    def takes_idempotency_key(self) -> bool:
        """Whether the same POST may safely be sent twice under one key.

        Not a form with files: its bytes differ each time that it is sent.
        """
        is_safe_twice = not self.issues_tokens and self.form is None
        return self.method == "POST" and is_safe_twice and self.permission is not Permission.PUBLIC


class Routes:
    """The API routes of one feature."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        self.declared: list[Route] = []

    def _declare(
        self,
        method: str,
        path: str,
        permission: Permission,
        seeds: str = "",
        status: int = 200,
        errors: tuple[type[DomainError], ...] = (),
        issues_tokens: bool = False,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            self.declared.append(
                Route(self.feature, method, path, view, permission, seeds, status, errors, issues_tokens)
            )
            return view

        return declare

    def get(self, path: str, *, permission: Permission, **options: Any) -> Callable[[View], View]:
        """Declare a GET: runs on the read-only pool, outside a transaction."""
        return self._declare("GET", path, permission, **options)

    def post(self, path: str, *, permission: Permission, **options: Any) -> Callable[[View], View]:
        """Declare a POST: answers 201 unless told otherwise, and takes an Idempotency-Key."""
        return self._declare("POST", path, permission, **{"status": 201, **options})

    def put(self, path: str, *, permission: Permission, **options: Any) -> Callable[[View], View]:
        """Declare an idempotent PUT."""
        return self._declare("PUT", path, permission, **options)

    def patch(self, path: str, *, permission: Permission, **options: Any) -> Callable[[View], View]:
        """Declare a PATCH."""
        return self._declare("PATCH", path, permission, **options)

    def delete(self, path: str, *, permission: Permission, **options: Any) -> Callable[[View], View]:
        """Declare a DELETE: answers 204 without a body unless told otherwise."""
        return self._declare("DELETE", path, permission, **{"status": 204, **options})


class Endpoint:
    """The Pyramid view of a route: validate, call once, render."""

    def __init__(self, route: Route, validate_responses: bool) -> None:
        self._route = route
        hints = route.hints
        self._models = {name: TypeAdapter(hints[name]) for name in ("path", "query", "body") if name in hints}
        _, self._needs_body = route.body
        self._form = route.form
        response = hints.get("return", type(None))
        makes_it_itself = response in (type(None), Response)
        self._response = None if makes_it_itself else TypeAdapter(response)
        self._validate_responses = validate_responses

    def __call__(self, context: Any, request: Request) -> Response:
        arguments = self._arguments(request)
        if self._route.takes_idempotency_key and "Idempotency-Key" in request.headers:
            return idempotency.once(request, lambda: self._answer(request, arguments))
        return self._answer(request, arguments)

    def _answer(self, request: Request, arguments: dict[str, Any]) -> Response:
        result = self._route.view(request, **arguments)
        if isinstance(result, Response):
            return result
        response = request.response
        response.status_int = self._route.status
        if self._response is None or result is None:
            response.status_int = 204
            del response.content_type
            return response
        if self._validate_responses:
            self._response.validate_python(self._response.dump_python(result))
        response.content_type = "application/json"
        response.body = self._response.dump_json(result)
        return response

    def _arguments(self, request: Request) -> dict[str, Any]:
        raw: dict[str, Callable[[], Any]] = {
            "path": lambda: _path_values(request),
            "query": lambda: _query_values(request),
            "body": lambda: (
                _form_value(request, self._form) if self._form else _body_value(request, self._needs_body)
            ),
        }
        arguments: dict[str, Any] = {}
        problems: list[dict[str, str]] = []
        for name, model in self._models.items():
            try:
                arguments[name] = model.validate_python(raw[name]())
            except ValidationError as error:
                problems += field_problems(error)
        if problems:
            raise ValidationFailed(fields=problems)
        if isinstance(query := arguments.get("query"), PageQuery):
            query.bind(CursorSigner(request.settings.secret, self._list_scope(request, query)))
        return arguments

    def _list_scope(self, request: Request, query: PageQuery) -> str:
        filters = query.model_dump_json(exclude={"cursor", "limit"})
        return f"{self._route.name}|{request.path_info.rstrip('/')}|{filters}"


def field_problems(error: ValidationError) -> list[dict[str, str]]:
    """A pydantic error as ``{"field", "message"}`` pairs, without echoing the values."""
    return [
        {"field": ".".join(str(part) for part in item["loc"]) or "body", "message": item["msg"]}
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _path_values(request: Request) -> dict[str, Any]:
    values = {name: value for name, value in request.matchdict.items() if name != "slash"}
    for name, value in values.items():
        if value.startswith("@"):
            values[name] = request.services[NameDirectory].id_of(value[1:])
    return values


def _query_values(request: Request) -> dict[str, Any]:
    try:
        params = request.GET
        values = {
            name: params.getall(name) if len(params.getall(name)) > 1 else params[name] for name in params
        }
    except UnicodeDecodeError as error:
        raise BadRequest("The query string is not UTF-8.") from error
    refuse_nul("query", values)
    return values


def _body_value(request: Request, needed: bool) -> Any:
    if (request.content_length or 0) > LARGEST_JSON:
        raise RequestTooLarge(limit_bytes=LARGEST_JSON)
    if not needed and not request.body:
        return None
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise BadRequest("The body is not JSON.", reason=str(error)) from error
    refuse_nul("body", value)
    return value


def _form_value(request: Request, form: type[MultipartForm]) -> dict[str, Any]:
    if (request.content_length or 0) > form.LARGEST:
        raise RequestTooLarge(limit_bytes=form.LARGEST)
    try:
        boundary = multipart.boundary_of(request.headers.get("Content-Type", ""))
        values = off_the_loop(multipart.parse, request.body_file_seekable, boundary)
    except BrokenMultipart as error:
        raise BadRequest("The body is not multipart/form-data.", reason=str(error)) from error
    refuse_nul("body", values)
    return values


def refuse_nul(field: str, value: Any) -> None:
    """PostgreSQL's text cannot hold U+0000, so no input may.

    Args:
        field: what ``value`` is called.
    Raises:
        ValidationFailed
    """
    left = [(field, value)]  # a list of our own: JSON may be nested more deeply than calls may be
    while left:
        field, value = left.pop()
        if isinstance(value, dict):
            left += ((field, name) for name in value)
            left += value.items()
        elif isinstance(value, list):
            left += ((field, item) for item in value)
        elif isinstance(value, str) and "\0" in value:
            raise ValidationFailed(
                fields=[{"field": field, "message": "text must not contain the character U+0000"}]
            )


def add_api(config: Configurator, routes: Routes) -> None:
    """Configurator directive: serve a feature's routes."""
    config.registry.api_routes.extend(routes.declared)


def _pattern(path: str, route: Route) -> str:
    """The Pyramid pattern: ids restricted to UUIDs (or ``@name``), a trailing slash meaning the same."""
    model = route.hints.get("path")
    fields = model.model_fields if model else {}
    for name, field in fields.items():
        if field.annotation is UUID:
            regex = f"{UUID_PATTERN}|{NAME_PATTERN}" if name == "user_id" else UUID_PATTERN
            path = path.replace(f"{{{name}}}", f"{{{name}:{regex}}}")
    return PREFIX + path + OPTIONAL_SLASH


def _specificity(path: str) -> list[tuple[bool, str]]:
    """Sorts static segments before variable ones, because Pyramid takes the first pattern that matches."""
    return [(segment.startswith("{"), segment) for segment in path.strip("/").split("/")]


def register_api(config: Configurator) -> None:
    """Turn everything declared into Pyramid routes; called once, after every feature was included."""
    validate = config.registry.app.settings.environment == "test"
    by_path: dict[str, list[Route]] = {}
    for route in config.registry.api_routes:
        by_path.setdefault(route.path, []).append(route)
    for path in sorted(by_path, key=_specificity):
        methods = by_path[path]
        name = f"api:{path}"
        config.add_route(name, _pattern(path, methods[0]))
        for route in methods:
            config.add_view(
                Endpoint(route, validate),
                route_name=name,
                request_method=route.method,
                permission=route.permission.value,
            )
        allowed = sorted({route.method for route in methods} | {"OPTIONS"})
        config.add_view(
            _refuse_method(allowed), route_name=name, permission=Permission.PUBLIC.value, require_csrf=False
        )
    config.add_route("api:none", PREFIX + "/*rest")
    config.add_view(
        _nothing_here, route_name="api:none", permission=Permission.PUBLIC.value, require_csrf=False
    )


def _refuse_method(allowed: list[str]) -> Callable[[Any, Request], Response]:
    def refuse(context: Any, request: Request) -> Response:
        headers = {"Allow": ", ".join(allowed)}
        if request.method == "OPTIONS":
            return Response(status=204, headers=headers)
        raise MethodNotAllowed(headers=headers)

    return refuse


def _nothing_here(context: Any, request: Request) -> Response:
    raise NotFound()


def includeme(config: Configurator) -> None:
    """Add the ``add_api`` directive."""
    config.registry.api_routes = []
    config.add_directive("add_api", add_api)
