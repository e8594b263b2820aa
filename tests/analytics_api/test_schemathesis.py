"""Requests made from the OpenAPI document: none may break the API or contradict the document."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from analytics_api.main import create_app
from analytics_api.settings import Settings
from tests.analytics_api.conftest import Night, Tokens, bearer
from tests.analytics_api.rows import one_of_each
from web.core.ids import new_id

bounded = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    # The API and the night are the same for all examples, as they are for all requests.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def document() -> dict[str, Any]:
    """The document, for a caller whose token is settled.

    Without the security requirements, as a request without its token would count as one that the document
    forbids, and the token is always sent. Who is let in without one is in test_access.
    """
    document = create_app(Settings("test", "postgresql://", "http://127.0.0.1")).openapi()
    for methods in document["paths"].values():
        methods["get"].pop("security", None)
    return document


schema = schemathesis.openapi.from_dict(document())


@pytest.fixture
def served(api: httpx.Client, night: Night) -> str:
    """Address of an API that has a night to show."""
    night.publish(one_of_each())
    return str(api.base_url)


@schema.parametrize()
@bounded
def test_an_admin_gets_what_the_document_says(case: schemathesis.Case, served: str, tokens: Tokens) -> None:
    # That a period must not end before it starts is a rule that JSON Schema cannot say.
    excluded = (
        [positive_data_acceptance] if case.operation.path.endswith(("/daily-users", "/chat-usage")) else []
    )
    headers = bearer(tokens.make("member admin"))
    answer = case.call_and_validate(base_url=served, headers=headers, excluded_checks=excluded)
    assert answer.status_code not in (401, 403)


@schema.parametrize()
@bounded
def test_a_member_gets_what_the_document_says(case: schemathesis.Case, served: str, tokens: Tokens) -> None:
    headers = bearer(tokens.make("member", subject=str(new_id())))
    answer = case.call_and_validate(base_url=served, headers=headers)
    assert answer.status_code != 401


@schema.parametrize()
@bounded
def test_an_anonymous_reader_gets_what_the_document_says(case: schemathesis.Case, served: str) -> None:
    case.call_and_validate(base_url=served)
