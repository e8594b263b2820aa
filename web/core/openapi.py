"""The OpenAPI 3.1 document, made from the same declarations that serve the API."""

from collections import defaultdict
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from pyramid.config import Configurator

from web.core.api import PREFIX, Route
from web.core.errors import (
    CATALOGUE,
    BadRequest,
    DomainError,
    Forbidden,
    IdempotencyKeyReused,
    InvalidCsrfToken,
    NotFound,
    RateLimited,
    RequestInFlight,
    RequestTooLarge,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
)
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.responses import ErrorEnvelope
from web.core.security import COOKIE, HOST_PREFIX, Permission

REF = "#/components/schemas/{model}"


def build_openapi(routes: list[Route], server_url: str) -> dict[str, Any]:
    """The document for a list of routes.

    Args:
        routes: what ``config.add_api`` collected.
        server_url: scheme and host in front of ``/api/v1``.
    """
    used: dict[tuple[Any, str], None] = {(ErrorEnvelope, "serialization"): None}
    for route in routes:
        hints = route.hints
        body, _ = route.body
        if body is not None:
            used[body, "validation"] = None
        for answer in _answers(hints):
            used[answer, "serialization"] = None
    refs, definitions = models_json_schema(list(used), ref_template=REF)  # type: ignore[arg-type]  # (model, mode)
    cookie = HOST_PREFIX + COOKIE if server_url.startswith("https://") else COOKIE
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in sorted(routes, key=lambda route: route.path):
        paths[PREFIX + route.path][route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Plaza",
            "version": "1",
            "description": "The members' API of Plaza. Errors: " + _catalogue(),
        },
        "servers": [{"url": server_url}],
        "paths": dict(paths),
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
    }


def _answers(hints: dict[str, Any]) -> list[type[BaseModel]]:
    """The models that a view may answer with: one, those of a union, or none."""
    answer = hints.get("return", type(None))
    kinds = get_args(answer) if get_origin(answer) is UnionType else (answer,)
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _catalogue() -> str:
    codes = sorted(CATALOGUE.values(), key=lambda error: (error.status, error.code))
    return ", ".join(f"{error.status} `{error.code}`" for error in codes)


def _operation(route: Route, refs: Any) -> dict[str, Any]:
    hints = route.hints
    doc = (route.view.__doc__ or "").strip()
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.feature],
        "summary": doc.split("\n")[0],
        "description": "\n\n".join(filter(None, (doc, f"Stands for: {route.seeds}." if route.seeds else ""))),
        "parameters": _parameters(route, hints),
        "responses": _responses(route, hints, refs),
    }
    body, required = route.body
    if body is not None:
        schema = refs[body, "validation"]
        kind = "multipart/form-data" if route.form else "application/json"
        operation["requestBody"] = {"required": required, "content": {kind: {"schema": schema}}}
    if route.permission is not Permission.PUBLIC:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
    return operation


def _parameters(route: Route, hints: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = []
    for place in ("path", "query"):
        if (model := hints.get(place)) is None:
            continue
        schema = model.model_json_schema()
        for name, reference in schema.get("properties", {}).items():
            property_schema = _inlined(reference, schema.get("$defs", {}))
            parameter = {
                "name": name,
                "in": place,
                "required": place == "path" or name in schema.get("required", ()),
                "schema": property_schema,
            }
            if property_schema.get("type") == "array":
                parameter |= {"style": "form", "explode": False}  # ?ids=a,b
            parameters.append(parameter)
    if route.takes_idempotency_key:
        schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema})
    return parameters


def _inlined(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema with what it refers to in its place: only models are among the components."""
    if "anyOf" in schema:
        return schema | {"anyOf": [_inlined(part, definitions) for part in schema["anyOf"]]}
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    return {**definitions[name], **{key: value for key, value in schema.items() if key != "$ref"}}


def _responses(route: Route, hints: dict[str, Any], refs: Any) -> dict[str, Any]:
    answer = hints.get("return", type(None))
    if answer is type(None):
        responses: dict[str, Any] = {"204": {"description": "Done."}}
    else:
        responses = {str(route.status): {"description": "Done.", "content": _content(hints, refs)}}
    by_status: dict[int, list[str]] = defaultdict(list)
    for error in (*_common_errors(route, hints), *route.errors):
        by_status[error.status].append(f"`{error.code}`")
    envelope = {"application/json": {"schema": refs[ErrorEnvelope, "serialization"]}}
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {"description": ", ".join(dict.fromkeys(codes)), "content": envelope}
    return responses


def _content(hints: dict[str, Any], refs: Any) -> dict[str, Any]:
    """What an answer holds: one of the view's models, or bytes when the view makes the response itself."""
    models = [refs[model, "serialization"] for model in _answers(hints)]
    if not models:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": models[0] if len(models) == 1 else {"anyOf": models}}}


def _common_errors(route: Route, hints: dict[str, Any]) -> list[type[DomainError]]:
    errors: list[type[DomainError]] = [RateLimited, Unavailable]
    if route.permission is not Permission.PUBLIC:
        errors += [Unauthenticated, Forbidden]
    if route.method != "GET":
        errors.append(InvalidCsrfToken)
    if "path" in hints:
        errors.append(NotFound)
    query, body = hints.get("query"), hints.get("body")
    if body is not None:
        errors += [BadRequest, RequestTooLarge]
    if query is not None:
        errors.append(BadRequest)
    if body is not None or query is not None or "path" in hints or route.takes_idempotency_key:
        errors.append(ValidationFailed)
    if isinstance(query, type) and issubclass(query, PageQuery):
        errors.append(BadRequest)
    if route.takes_idempotency_key:
        errors += [RequestInFlight, IdempotencyKeyReused]
    return errors


def _document(request: Request) -> dict[str, Any]:
    registry = request.registry
    if registry.openapi is None:
        registry.openapi = build_openapi(registry.api_routes, request.settings.public_url)
    document: dict[str, Any] = registry.openapi
    return document


def _docs(request: Request) -> dict[str, Any]:
    document = _document(request)
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag[operation["tags"][0]].append((method.upper(), path, operation))
    return {"title": "API", "document": document, "by_tag": sorted(by_tag.items())}


def includeme(config: Configurator) -> None:
    """Serve the document and a page that shows it, without any third party's scripts."""
    config.registry.openapi = None
    public = Permission.PUBLIC.value
    config.add_route("openapi", PREFIX + "/openapi.json")
    config.add_view(_document, route_name="openapi", renderer="json", permission=public)
    config.add_route("page:docs", PREFIX + "/docs")
    config.add_view(_docs, route_name="page:docs", renderer="web:templates/docs.jinja2", permission=public)
