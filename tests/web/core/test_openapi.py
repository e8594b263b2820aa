"""The OpenAPI document is complete, and the API keeps to it."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from web.core.app import App
from web.core.errors import CATALOGUE
from web.core.long_poll import LONGEST_WAIT
from web.core.openapi import build_openapi

bounded = settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
# Ends the session that the other examples use.
EXCLUDED = "/api/v1/auth/logout"


@pytest.fixture(scope="module")
def document(wsgi: Any) -> dict[str, Any]:
    """The document that the app serves."""
    return build_openapi(wsgi.registry.api_routes, "http://localhost")


def test_every_route_is_described(document: dict[str, Any], wsgi: Any) -> None:
    described = {
        operation["operationId"] for item in document["paths"].values() for operation in item.values()
    }
    assert described == {route.name for route in wsgi.registry.api_routes}
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"], operation["operationId"]


def test_the_seed_routes_that_a_route_stands_for_are_named(document: dict[str, Any]) -> None:
    description = document["paths"]["/api/v1/users/{user_id}/follow"]["put"]["description"]
    assert "003 component 1" in description


def test_the_whole_error_catalogue_is_described(document: dict[str, Any]) -> None:
    text = document["info"]["description"]
    assert [code for code in CATALOGUE if f"`{code}`" not in text] == []


def test_the_document_and_its_page_are_served(api: Api, document: dict[str, Any]) -> None:
    assert api.get("/openapi.json")["openapi"] == "3.1.0"
    page = api.call("GET", "/docs", status=200, headers={"Accept": "text/html"})
    assert "/api/v1/users/{user_id}/follow" in page.text


@pytest.fixture
def caller(app: App) -> Person:
    """Somebody with a post, so that some addresses exist."""
    person = make_person(app, "fuzz")
    make_post(app, person)
    return person


def test_no_request_gets_an_answer_outside_the_document(
    wsgi: Any, document: dict[str, Any], caller: Person
) -> None:
    """No server error, no status, content type or body that the document does not name."""
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", wsgi).exclude(path=EXCLUDED)
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:

        @bounded
        @given(operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            if (case.query or {}).get("wait") in range(LONGEST_WAIT + 1):
                case.query["wait"] = 0  # nothing comes, however long one waits
            case.call_and_validate(headers=caller.headers, checks=checks)

        check()
    assert len(operations) == sum(len(item) for item in document["paths"].values()) - 1
