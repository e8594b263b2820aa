"""What every API route has in common."""

from typing import Any
from uuid import uuid4

import pytest
import webtest

from tests.factories import Person
from tests.web.conftest import Api
from web.core.api import LARGEST_JSON, Routes, refuse_nul
from web.core.errors import ValidationFailed
from web.core.security import Permission


def test_a_trailing_slash_means_the_same(api: Api, mina: Person) -> None:
    assert api.get("/auth/me/", mina) == api.get("/auth/me", mina)


def test_an_unknown_address_is_404_in_the_envelope(api: Api) -> None:
    response = api.call("GET", "/no/such/thing", status=404)
    assert response.json["error"]["code"] == "NOT_FOUND"
    assert response.json["request_id"] == response.headers["X-Request-Id"]
    assert response.json["timestamp"]


def test_an_id_that_is_none_is_404(api: Api, mina: Person) -> None:
    assert api.get("/posts/not-an-id", mina, status=404)["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_405_and_says_which_are_right(api: Api, method: str) -> None:
    response = api.call(method, "/posts", status=405)
    assert response.headers["Allow"] == "GET, OPTIONS, POST"
    assert response.json["error"]["code"] == "METHOD_NOT_ALLOWED"


def test_options_says_which_methods_are_right(api: Api) -> None:
    assert api.call("OPTIONS", "/posts", status=204).headers["Allow"] == "GET, OPTIONS, POST"


def test_head_answers_like_get_without_a_body(api: Api, mina: Person) -> None:
    response = api.call("HEAD", "/auth/me", mina, status=200)
    assert response.body == b""


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"body": NaN}'])
def test_a_body_that_is_not_json_is_400(wsgi: Any, mina: Person, body: bytes) -> None:
    headers = {**mina.headers, "Content-Type": "application/json"}
    response = webtest.TestApp(wsgi).post("/api/v1/posts", body, headers=headers, status=400)
    assert response.json["error"]["code"] == "BAD_REQUEST"


def test_wrong_values_are_named_and_not_echoed(api: Api, mina: Person) -> None:
    secret = "hunter2"
    wrong = {"email": "no address", "password": secret, "nickname": "", "birth_date": "soon"}
    error = api.post("/auth/register", wrong, status=422)["error"]
    assert error["code"] == "VALIDATION_FAILED"
    fields = {problem["field"] for problem in error["details"]["fields"]}
    assert fields == {"email", "password", "nickname", "birth_date"}
    assert secret not in str(error)


def test_unknown_fields_are_refused(api: Api, mina: Person) -> None:
    error = api.post("/posts", {"body": "x", "colour": "green"}, mina, status=422)["error"]
    assert error["details"]["fields"][0]["field"] == "colour"


@pytest.mark.parametrize("body", ["a\0b", "\0"])
def test_the_character_that_the_database_cannot_hold_is_refused(api: Api, mina: Person, body: str) -> None:
    assert api.post("/posts", {"body": body}, mina, status=422)["error"]["code"] == "VALIDATION_FAILED"


def test_it_is_found_however_deep_it_is() -> None:
    value: Any = "a\0b"
    for _ in range(1000):  # what the reader of JSON lets through
        value = [value]
    with pytest.raises(ValidationFailed) as refusal:
        refuse_nul("body", {"posts": value})
    assert refusal.value.details["fields"][0]["field"] == "posts"


def test_a_backslash_u_in_a_text_is_just_text(api: Api, mina: Person) -> None:
    assert api.post("/posts", {"body": r"\u0000"}, mina)["body"] == r"\u0000"


def test_a_body_that_is_too_large_is_413(api: Api, mina: Person) -> None:
    error = api.post("/posts", {"body": "x" * LARGEST_JSON}, mina, status=413)["error"]
    assert error["code"] == "REQUEST_TOO_LARGE"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x"])
def test_a_limit_out_of_range_is_422(api: Api, mina: Person, query: str) -> None:
    api.get(f"/feed/following?{query}", mina, status=422)


def test_a_forged_cursor_is_400(api: Api, mina: Person) -> None:
    error = api.get("/feed/following?cursor=AAAA", mina, status=400)["error"]
    assert error["code"] == "INVALID_CURSOR"


def test_a_cursor_of_one_list_does_not_fit_another(api: Api, mina: Person, joon: Person) -> None:
    for number in range(3):
        api.post("/posts", {"body": f"post {number}"}, mina)
    cursor = api.get(f"/users/{mina.id}/posts?limit=1", joon)["next_cursor"]
    api.get(f"/users/{mina.id}/posts?limit=2&cursor={cursor}", joon)
    api.get(f"/users/{joon.id}/posts?cursor={cursor}", joon, status=400)


def test_the_callers_request_id_is_kept_when_it_looks_like_one(api: Api) -> None:
    given = str(uuid4())
    assert api.call("GET", "/posts?ids=x", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given
    forged = api.call("GET", "/posts?ids=x", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"]
    assert forged != "a b"


def test_a_query_that_is_not_utf_8_is_400(api: Api) -> None:
    assert api.call("GET", "/posts?ids=%ff", status=400).json["error"]["code"] == "BAD_REQUEST"


def test_a_route_cannot_be_declared_without_a_permission() -> None:
    with pytest.raises(TypeError, match="permission"):
        Routes("x").get("/x")  # type: ignore[call-arg]  # this is what must fail


def test_every_route_of_the_app_has_a_permission_of_ours(wsgi: Any) -> None:
    views = wsgi.registry.introspector.get_category("views")
    bare = [
        view["introspectable"].title
        for view in views
        if view["introspectable"]["route_name"] and not _permission(wsgi, view["introspectable"])
    ]
    assert bare == []


def _permission(wsgi: Any, view: Any) -> bool:
    related = wsgi.registry.introspector.related(view)
    return any(item.category_name == "permissions" and item["value"] in list(Permission) for item in related)


def test_the_security_headers_are_on_every_answer(api: Api) -> None:
    headers = api.call("GET", "/nothing").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
