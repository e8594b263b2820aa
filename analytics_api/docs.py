"""The documentation page: the OpenAPI document as plain HTML, made once, with nothing from elsewhere."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

_STYLE = (Path(__file__).parent / "templates" / "docs.css").read_text()
_STYLE_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()

# The one stylesheet, named by its digest, is all that the page may load.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def docs_page(document: dict[str, Any], document_url: str) -> str:
    """Render an OpenAPI 3.1 document.

    Args:
        document_url: where the document itself is, for those who want it raw.
    """
    environment = Environment(
        loader=PackageLoader("analytics_api"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    environment.filters["type_name"] = _type_name
    return environment.get_template("docs.html.jinja").render(
        info=document["info"],
        topics=_by_topic(document),
        schemas=document["components"]["schemas"],
        document_url=document_url,
        style=_STYLE,
    )


def _by_topic(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations with their address, under the heading of their first tag."""
    topics: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            entry = operation | {"path": path, "method": method.upper()}
            entry.setdefault("parameters", [])
            topics.setdefault(operation["tags"][0], []).append(entry)
    return topics


def _type_name(schema: dict[str, Any]) -> Markup | str:
    """A JSON schema in a few words, linked to the schema that it refers to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{name}">{name}</a>').format(name=name)
    if "anyOf" in schema:
        return Markup(" or ").join(_type_name(choice) for choice in schema["anyOf"])
    if schema.get("type") == "array":
        return Markup("list of {}").format(_type_name(schema["items"]))
    if "enum" in schema:
        return Markup(" | ").join(Markup("<code>{}</code>").format(value) for value in schema["enum"])
    limits = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([schema.get("format", schema.get("type", "any")), *limits])
